#pragma once
/*
 * Another start for a workspace: what its exercise's start files are now, merged into the work. The work is recorded as an
 * attempt before, and what comes of it after; then refs/lab/start moves on. Interrupted before that, it is offered again; what
 * was there is the attempt.
 */

#include "workspace/workspace.h"

struct renewal {
    struct workspace *workspace;
    const struct course *course;
    const struct exercise *exercise;
    struct snapshot present;
    struct merged merged;
    char start[TREE_ID_SIZE]; /* the new one */
};
#define RENEWAL_INIT \
    { \
        .present = {.notes = STR_INIT } \
    }
void renewal_release(struct renewal *renewal);

/* Looks whether the workspace in the folder is one of this exercise, and has another start now: *wanted. Nothing in the
 * folder changes. */
int renewal_prepare(struct renewal *renewal, const char *directory, struct course *course,
                    const struct exercise *exercise, bool *wanted, struct err *err);

struct renewed {
    int before, after; /* attempts that hold the work as it was, and as it is */
    size_t changed;    /* files */
};
int renewal_carry_out(struct renewal *renewal, struct renewed *renewed, struct err *err);
