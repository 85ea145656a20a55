#pragma once
/*
 * lab author preview on a terminal: the lesson and the check of one variant, as the learner sees them, made anew when a file of the
 * exercise is saved. Trials run in processes of their own (author/live.h); this one only watches, and shows.
 */

#include "base/err.h"
#include "term/term.h"

struct preview_options {
    const char *course;   /* its folder */
    const char *exercise; /* id */
    const char *variant;  /* as work_load takes it */
    const char *cache;    /* as in attempt_options */
    struct term term;     /* of standard output */
    bool verbose, quiet;  /* as lab check -v and -q */
    int interrupt;        /* readable when it must end */
};

/* Until the author quits. What is wrong with the exercise is shown; an error is one of the machine, or ERR_INTERRUPTED. */
int preview_run(const struct preview_options *options, struct err *err);
