#pragma once
/*
 * The checking engine: Lua 5.4 with an allow-listed world, in a process of its own.
 *
 * The supervisor makes an engine once (state and prelude, our own code), forks, and the child, the worker, loads the
 * exercise's checker into it and runs one check. All that reaches outside (running programs, services, generators, the
 * learner's git history) goes as requests over the channel to the supervisor; files of the scratch copy and HTTP are done
 * in the worker. Requests and the worker's last word, the outcome, are described in checker/protocol.md.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct checker; /* an engine: a Lua state with the prelude loaded */

/* memory: bytes that the state may hold (0: 64 MiB). */
int checker_new(struct checker **checker, size_t memory, struct err *err);
void checker_free(struct checker *checker);

/* Counts changes of what checkers are offered that can change a verdict which was right before; new functions are none. */
#define CHECKER_VERSION "1"

/* The names of all that checkers can call, one a line in byte order, with those of Lua itself that they see: "assert", "json.decode",
 * "t:run", "file:json". ERR_INTERNAL when the engine has no memory left. */
int checker_names(struct checker *checker, struct str *out, struct err *err);

/* What one worker is to do. */
struct checker_task {
    const char *name;  /* of the checker's file, for messages: exercises/ID/checker.lua */
    struct sv text;    /* its text, read by the supervisor */
    const char *check; /* id of the check to run; NULL: only load, and answer with the functions' names */
    uint64_t seed;
    int scratch;               /* descriptor of the scratch copy; -1 when only loading */
    int material;              /* descriptor of the folder where generators' outputs appear, or -1 */
    int start;                 /* descriptor of the exercise's start/ folder or -1 */
    const char *scratch_path;  /* the absolute path by which programs know the scratch copy */
    const char *material_path; /* and that of the material */
    const json_t *needs;       /* {id: value} of the needed checks */
    const json_t *exercise;    /* {id, minutes, timeout, …}: facts that the prelude may need */
    double processor;          /* seconds of its own processor time that a check may use; 0: 50 */
    int channel;
};

/* Runs the task in this process (the worker): loads, runs, sends the outcome frame. Returns when it was sent; what the
 * checker does wrong is part of the outcome, -1 only when the channel fails. */
int checker_work(struct checker *checker, const struct checker_task *task, struct err *err);
