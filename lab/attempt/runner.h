#pragma once
/*
 * A runner: the process that sees one check through. It lays out the check's scratch copy, owns its box, forks the worker in
 * which Lua runs, answers the worker's requests, and reports to the supervisor over a channel:
 *
 *     {"event": "output", "run": {…}}                      a program of the learner's has ended
 *     {"event": "done", "outcome": {…}, "seconds": s,      the worker's outcome, with the "try" lines put in
 *      "kept": path or null}
 *
 * It ends with its parent (SIGTERM by the kernel), and on SIGTERM ends its box at once.
 */

#include <sys/types.h>

#include "attempt/internal.h"
#include "checker/channel.h"

struct runner_task {
    const struct check *check; /* NULL: only load the checker and name its functions */
    const json_t *needs;       /* {id: value} */
    const char *from;          /* id of the check whose work this one continues, or NULL */
    bool leave_work;           /* others continue from this check's work */
};

struct runner {
    pid_t pid; /* 0: none */
    int channel;
};

int runner_start(struct runner *runner, const struct attempt *attempt, const struct runner_task *task, struct err *err);

/* The next frame that it sent; false at its end. */
bool runner_next(const struct runner *runner, struct frame *frame);

/* Waits for its end. */
void runner_reap(struct runner *runner);

/* Ends them all: word, a moment, force. */
void runners_end(const struct attempt *attempt, struct runner *const *runners, size_t count);

/* Ends what runners that did not end well have left behind; the attempt's keeper lives on. */
void runners_sweep(const struct attempt *attempt);
