#pragma once
/*
 * What the attacks of `lab doctor --attack` are after: things of the host that a program in the box must not reach.
 * They are laid out for the time of the suite, in a temporary home of lab's, and nothing that belongs to the user is
 * touched.
 *
 * The checks of the suite learn of them from exercises/shared/facts.json in the home's copy of the suite's course:
 * `home`; `course` and `suite`, the copy and what it was made of; `left`, with which the name of all begins that a
 * program may leave somewhere; `canary`, a file; `variable`, of lab's environment; `scratch`, the folder of all
 * scratch copies; `port` and `abstract`, where lab listens; `shared_memory`, the number of a segment; `processes`,
 * lab's namespace of processes. Inside commands/ only.
 */

#include "base/err.h"

struct bait {
    char *home;   /* temporary */
    char *course; /* home/course */
    char *name;   /* the last part of home */
    int tcp, abstract;
    void *shared; /* the segment of shared memory, NULL when there is none */
};

#define BAIT_INIT \
    { .tcp = -1, .abstract = -1 }

/* A variable of the environment can only be seen by others when a program was started with it, so the first call
 * starts lab again, with its arguments and the variable; the second one returns 0. To be called before anything is
 * read from the environment. */
int bait_enter(struct err *err);

/* Lays everything out for the suite in the folder `suite`, and makes the home that of this process (LAB_HOME). */
int bait_lay(struct bait *bait, const char *suite, struct err *err);

/* Variables by which the user's environment could reach into programs that lab starts: set when lab has what it needs
 * itself. */
int bait_set_variables(const struct bait *bait, struct err *err);

/* Removes all of it, and what the programs have left behind elsewhere. */
void bait_release(struct bait *bait);
