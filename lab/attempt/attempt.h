#pragma once
/*
 * One run of an exercise's checks: snapshot → scratch → worker and box → events.
 *
 * The supervisor (this process) never runs a byte of the learner's or the checker's code. For each check it forks a
 * runner, which lays out the scratch copy, owns the check's box, and forks the worker in which Lua runs; the worker asks
 * the runner for everything that reaches outside. Independent checks run at once; dependent ones wait.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attempt/event.h"
#include "base/err.h"
#include "course/course.h"
#include "workspace/python.h"
#include "workspace/workspace.h"

struct attempt_options {
    const struct course *course;
    const struct exercise *exercise;
    struct workspace *workspace;
    const char *environment; /* folder of the Python environment */
    const char *cache;       /* where scratch may lie when memory has no room */
    bool seed_given;
    uint64_t seed;
    const char *const *only;      /* ids, NULL-terminated; NULL: all. What they need runs too */
    unsigned jobs;                /* checks at once; 0: the cores, at most 4 */
    bool keep;                    /* leave the scratch copies */
    uint64_t order;               /* not 0: checks that may run begin in an order drawn from it, not in the author's */
    const char *const *variables; /* "NAME=value", NULL-terminated, over the fixed ones of every run; NULL: none */
    struct sv checker;            /* its text, in place of the exercise's checker.lua; data NULL: that file */
    int interrupt;                /* readable when the attempt must end; -1 is none */
};

/* Runs the attempt and tells the sinks. -1 when it could not begin or its checker cannot be loaded (ERR_COURSE with the
 * place); what happens to single checks is in the events. *summary is what ATTEMPT_DONE carried. */
int attempt_run(const struct attempt_options *options, struct sink *const *sinks, size_t sink_count,
                struct attempt_summary *summary, struct err *err);

/* Builds the Python environments of the exercise's services, and of what those depend on, where they are not there yet: an attempt only
 * finds them. As python_ensure. */
int attempt_services_ensure(struct course *course, const struct exercise *exercise,
                            const struct python_watcher *watcher, struct err *err);

/* What loading a checker shows, without an attempt. */
struct probe_function {
    const char *id;
    int line; /* in checker.lua */
};
struct probe {
    struct probe_function *functions; /* in the order of their definition; NULL when it cannot be loaded */
    size_t function_count;
    const char *error;  /* one line, without the place; NULL when it was loaded */
    int line;           /* of the error; 0: not known */
    bool asks_material; /* it asked for hidden data that could be made, and was not: an error may come from that */
};

/* Loads the exercise's checker in a process of its own, under the limits that a checker has while it is loaded, and
 * nothing else: no workspace, no tree, no box; a generator that it asks for is looked up, and not run. The texts live
 * in arena. -1 when checker.lua cannot be read (ERR_COURSE) or the machine fails. */
int attempt_probe(struct probe *probe, const struct course *course, const struct exercise *exercise,
                  struct arena *arena, struct err *err);

/* The seed of a tree: the same on every machine. 31 bits, never 0. */
uint64_t attempt_seed(const char *exercise, const char *tree);
