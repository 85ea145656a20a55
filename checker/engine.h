#pragma once
/*
 * What the parts of the engine share: the state behind a `struct checker`, found from any Lua state by engine_of. The
 * sandbox keeps its promises here: memory is counted, processor time is counted, and running over is remembered in C,
 * where no pcall of a checker can undo it.
 */

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "checker/checker.h"

enum engine_phase {
    ENGINE_MAKING,  /* the prelude is being loaded */
    ENGINE_LOADING, /* the checker's own top level runs */
    ENGINE_CHECKING /* a check runs */
};

struct checker {
    lua_State *L;
    size_t memory, memory_most; /* bytes held, and how many may be */
    double processor_most;      /* seconds of processor time for what runs now */
    double processor_start;     /* the clock when it began */
    bool over_time;             /* it ran over */
    uint64_t random[4];         /* the generator behind random() */
    enum engine_phase phase;
    const struct checker_task *task; /* NULL while being made */
    char chunk[128];                 /* name of the checker's chunk: "@checker.lua" */
};

struct checker *engine_of(lua_State *L);

/* ---- sandbox.c ---- */

/* The allocator of a capped state. `context` is the checker. */
void *sandbox_allocate(void *context, void *pointer, size_t old_size, size_t size);

/* Gives what runs next `seconds` of processor time, from now; 0 lifts the limit. */
void sandbox_allow(struct checker *checker, double seconds);

/* Opens the safe parts of Lua's own libraries. */
void sandbox_open(lua_State *L);

/* Makes the globals of checkers, a new table that holds exactly what they may see, and leaves it on the stack. Code loaded
 * before, the prelude, keeps its own globals, which no checker can change. */
void sandbox_close(lua_State *L);

/* ---- libraries.c ---- */

/* Sets every group of functions as a global table. */
void libraries_open(lua_State *L);

/* ---- lib_host.c ---- */

/* A connection to a port of the box's loopback, made by the supervisor. The descriptor, or -1. Raises nothing; `context` is the
 * checker, as for http_set_hooks. */
int engine_connect(void *context, unsigned short port);

/* One end of a talking service's pipes, "input" or "output": a descriptor that does not block, or -1. */
int engine_service_end(struct checker *checker, int service, const char *end);

/* ---- lib_random.c ---- */

/* Begins the sequence of (seed, name): the same on every machine. */
void random_begin(uint64_t state[4], uint64_t seed, const char *name);
