#pragma once
/*
 * Trials in processes of their own, some at once. What a trial leaves (its folder, a process that outlived it) is part of its
 * result, since a checker that leaves something is faulty; the pool removes it.
 */

#include "author/trial.h"

struct pool_task {
    struct trial trial;
    /* Kill the trial's processes, all but the learner's programs, as soon as its first check has begun: then the result is what it
     * left. */
    bool killed;
    /* Of the trial (author/trial.h), with "processor", seconds that all its processes used, and "took", seconds on the
     * clock from the begin of its process to the end. NULL while not run. */
    json_t *result;
};

struct pool {
    struct pool_task *tasks;
    size_t count;
    unsigned jobs;                             /* at once */
    const char *cache;                         /* as in attempt_options */
    int interrupt;                             /* readable when all must end; -1 is none */
    void (*done)(void *context, size_t index); /* a task has its result */
    void *context;
};

/* Runs the tasks that have no result, in order. ERR_INTERRUPTED, or what the machine refuses; what happens to single trials is
 * in their results. */
int pool_run(struct pool *pool, struct err *err);
