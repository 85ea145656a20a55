#pragma once
/*
 * The event stream: the spine of lab. Whatever shows or stores what happened in an attempt is a sink of it, and knows
 * nothing of how checks run. docs/events.md describes the same events as `--json` prints them.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "course/course.h"
#include "course/verdict.h"

enum event_kind {
    EVENT_ATTEMPT_STARTED,
    EVENT_SERVICE, /* one of the attempt's services is starting, or ready, or could not be had */
    EVENT_CHECK_STARTED,
    EVENT_OUTPUT, /* a program of the learner's has ended */
    EVENT_CHECK_DONE,
    EVENT_ATTEMPT_DONE,
};

struct attempt_facts {
    const struct exercise *exercise;
    const char *workspace, *tree;
    int number; /* of the recorded attempt */
    uint64_t seed;
    bool untried;                 /* the tree equals the start */
    const bool *selected;         /* the checks that run, parallel to the exercise's */
    const char *const *isolation; /* layers in force, NULL-terminated */
    const char *notes;            /* lines about the snapshot, or "" */
};

struct check_result {
    const struct check *check;
    enum verdict verdict;
    double score;           /* 0..1 */
    int points;             /* earned */
    double seconds;         /* wall, the whole check */
    const char *message;    /* one line, or NULL on pass */
    const char *reason;     /* code, or NULL */
    const char *blocked_by; /* id of the needed check, or NULL */
    const json_t *failures; /* [failure] as in checker/protocol.md, each with `try` (a command) added */
    const char *kept;       /* scratch that --keep left, or NULL */
    const json_t *value;    /* what the check's function returned, or NULL; no learner is shown it */
};

struct program_output {
    const struct check *check;
    const json_t *run; /* {argv, command, code, signal, limit, seconds, cpu, max_rss, stdout, stderr, …} */
};

enum service_state { SERVICE_STARTING, SERVICE_READY, SERVICE_FAILED };
const char *service_state_name(enum service_state state);

struct service_news {
    const char *name; /* NULL: the failure says whose */
    enum service_state state;
    double seconds;      /* until it was ready */
    const char *message; /* of a failure, one line; else NULL */
};

enum attempt_verdict { /* of the whole attempt */
                       ATTEMPT_PASS,
                       ATTEMPT_FAIL,
                       ATTEMPT_BLOCKED,
                       ATTEMPT_BROKEN,
                       ATTEMPT_UNTRIED,
                       ATTEMPT_INTERRUPTED,
};
const char *attempt_verdict_name(enum attempt_verdict verdict);
int attempt_exit_code(enum attempt_verdict verdict); /* of the command that ran it */

struct attempt_summary {
    enum attempt_verdict verdict;
    int points, possible;
    size_t passed, failed, blocked, broken; /* checks; timeouts count as failed */
    double seconds;
};

struct event {
    enum event_kind kind;
    const struct attempt_facts *attempt;   /* always */
    const struct service_news *service;    /* SERVICE */
    const struct check *check;             /* CHECK_STARTED */
    const struct check_result *result;     /* CHECK_DONE */
    const struct program_output *output;   /* OUTPUT */
    const struct attempt_summary *summary; /* ATTEMPT_DONE */
};

/* A consumer of events. `take` must not keep what the event points to. */
struct sink {
    void (*take)(struct sink *sink, const struct event *event);
};
