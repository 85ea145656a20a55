#pragma once
/*
 * A trial: one attempt of a known work (the start, a right solution, a wrong one) in a folder of its own, judged by the same
 * engine and box as a learner's. It is told as JSON, so that it can come from another process or from the cache:
 *
 *     {"verdict": "fail", "points": 6, "possible": 40, "seconds": 3.1, "seed": 7,
 *      "checks": [check_done as docs/events.md has it, …], "transcript": "what the learner sees, 80 columns"}
 *
 * or {"error": "what went wrong before there was a verdict", "code": exit code}.
 */

#include "attempt/event.h"
#include "base/str.h"
#include "course/variants.h"

/* What a verdict must not depend on, and what a trial can therefore change. */
enum trial_condition {
    TRIAL_ORDER = 1,   /* independent checks begin in another order */
    TRIAL_CLOCK = 2,   /* LAB_NOW is another day for programs that ask it, unless the check sets it */
    TRIAL_UMASK = 4,   /* lab is called with umask 077 */
    TRIAL_PATH = 8,    /* the workspace lies in a folder whose name has a space and an accent */
    TRIAL_LOCALE = 16, /* lab is called with another language and time zone */
    TRIAL_HASH = 32,   /* PYTHONHASHSEED is another, unless the check sets it */
    TRIAL_LOAD = 64,   /* other programs keep the processors busy */
};
enum { TRIAL_CONDITIONS = 7 };
const char *trial_condition_name(enum trial_condition condition); /* "in another order of checks" … */

struct trial {
    const struct course *course;
    const struct exercise *exercise;
    const struct variants *variants;
    const struct variant *variant; /* NULL: the start */
    const char *environment;       /* folder of the Python environment */
    const char *cache;             /* as in attempt_options */
    uint64_t seed;                 /* 0: the tree's own */
    unsigned conditions;           /* of enum trial_condition, together */
    unsigned jobs;                 /* checks at once */
    /* A file put over the variant's, for mutants; path NULL: none. */
    const char *patch_path;
    struct sv patch_text;
    const char *const *only; /* as in attempt_options */
    struct sv checker;       /* as in attempt_options */
    struct sink *also;       /* is told the events too; NULL: none */
    bool one_failure_ends;   /* stop at the first check that fails: the verdict is then "fail" or "interrupted" */
    int beginning;           /* a newline is written here when the first check begins; 0: nowhere */
};

/* Lays the work out below folder, which is empty, and runs its checks; the caller removes the folder. Changes the process's umask
 * and environment as the conditions say, so it is called in a process of its own unless there are none. `width` is that of the
 * transcript, `interrupt` as in attempt_options. Never NULL. */
json_t *trial_run(const struct trial *trial, const char *folder, int width, int interrupt);

/* The result of a trial that came to no verdict. */
json_t *trial_failed(const struct err *err);
