#pragma once
/*
 * The worker: the process in which an exercise's checker runs, as a Lua program. It reaches the scratch copy through
 * descriptors that it was given, and all else through its channel to the runner. When boxes have a user of their own, it
 * is that user's too: a checker that broke out of Lua would be no more than a program under check.
 */

#include <jansson.h>

#include "attempt/places.h"

struct worker_task {
    const struct attempt *attempt;
    const struct check *check; /* NULL: only load the checker and name its functions */
    const json_t *needs;       /* {id: value} */
    const struct places *places;
    uid_t user;         /* 0: as this process */
    unsigned processor; /* seconds of processor time after which the kernel ends it; 0: someone else watches */
};

/* Starts it. *channel is the runner's end. */
int worker_start(const struct worker_task *task, pid_t *pid, int *channel, struct err *err);

/* An outcome (checker/protocol.md) for what the checker could not say itself. */
json_t *worker_broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
