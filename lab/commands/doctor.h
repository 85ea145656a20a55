#pragma once
/* The rows of `lab doctor`. Each look fills in one row, or several; none changes anything but what doctor.c names. Inside commands/ only. */

#include "base/arena.h"
#include "commands/command.h"

enum doctor_state {
    DOCTOR_OK,
    DOCTOR_WEAK,    /* it works without, at a cost */
    DOCTOR_MISSING, /* something that is needed */
};

struct doctor_row {
    const char *what;
    enum doctor_state state;
    const char *found;
    const char *cost; /* of the lack; NULL when ok */
    const char *mend; /* the command or step that mends it; NULL when ok */
};

struct doctor {
    const struct context *context;
    struct course *course; /* NULL when it cannot be opened */
    struct arena arena;    /* of all strings of rows */
    array(struct doctor_row) rows;
};

/* Adds a row; strings are copied into the arena, "" counts as NULL. */
void doctor_add(struct doctor *doctor, const char *what, enum doctor_state state, const char *found, const char *cost,
                const char *mend);

typedef void doctor_look(struct doctor *doctor);

/* Of Python: doctor_python.c. */
doctor_look doctor_interpreter, doctor_venv, doctor_uv, doctor_environments;
/* Of the machine: doctor_machine.c. */
doctor_look doctor_git, doctor_locale, doctor_terminal, doctor_kernel;
/* Of what exercises need of the machine: doctor_tools.c. */
doctor_look doctor_tools;
/* Of what keeps programs in: doctor_isolation.c. */
doctor_look doctor_isolation;
/* Of lab's own folders: doctor_places.c. */
doctor_look doctor_course, doctor_added_courses, doctor_progress, doctor_folders, doctor_leftovers;

/* Of what runs for the learner: doctor_services.c. */
doctor_look doctor_services;

/* lab doctor --attack: its exit status, or -1. */
int doctor_attack(const struct context *context, struct err *err);
