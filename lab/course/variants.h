#pragma once
/*
 * The works that prove an exercise: its right solutions (solution/, solution-NAME/) and its wrong ones (wrong/NAME/,
 * an overlay over solution/ with a wrong.yaml that says what is wrong and which checks must see it). Read through
 * descriptors that stay beneath the course, since other people's courses are hostile.
 */

#include "course/course.h"

struct wrong {
    const char *why;
    struct strings fails; /* ids of checks, at least one; all other checks pass or wait for these */
    const char *reason;   /* the reason code that one of them gives, or NULL */
    const char *message;  /* text that the failure of one of them holds, or NULL */
    struct yaml_position fails_at;
};

enum variant_kind { VARIANT_SOLUTION, VARIANT_WRONG };

struct variant {
    enum variant_kind kind;
    const char *name;          /* "solution", "solution-short", "wrong/set-order" */
    const char *folder;        /* from the course's folder: exercises/ID/solution … */
    const struct wrong *wrong; /* of a wrong one */
    const char *file;          /* of a wrong one: exercises/ID/wrong/NAME/wrong.yaml */
};

struct variants {
    struct variant *items; /* solution first, then its alternatives, then the wrong ones; each sort by name */
    size_t count;
};

/* Lists them; everything lives in arena. ERR_COURSE with located errors for a wrong.yaml that is missing, faulty or
 * names a check that the exercise has not, and for a folder that is none. An exercise without solution/ or wrong/ has
 * none of that kind. */
int variants_list(struct variants *variants, const struct course *course, const struct exercise *exercise,
                  struct arena *arena, struct err *err);

/* As variants_list; the listener hears the faults, and the variants that have none are listed. */
int variants_list_heard(struct variants *variants, const struct course *course, const struct exercise *exercise,
                        struct arena *arena, const struct course_listener *listener, struct err *err);

/* The first solution; NULL when there is none. */
const struct variant *variants_solution(const struct variants *variants);

/* Lays the variant's files over what stands in directory, as the variant of `exercise` says: solution/ first for a
 * wrong one. wrong.yaml, byte code and what is no regular file are left out; a file's mode is kept to 0755. ERR_COURSE
 * names the file that cannot be copied, ERR_ENVIRONMENT what the machine refuses. */
int variant_lay_out(const struct variant *variant, const struct variants *all, const struct course *course,
                    int directory, struct err *err);
