#pragma once
/*
 * The groups of functions that C gives to the prelude and to checkers. A group is a file checker/lib_NAME.c and a row of the
 * table in checker/libraries.c.
 *
 * Binding functions check every argument first and own nothing but stack values: the cleanup attribute does not run on
 * lua_error. A resource that is held across API calls is a userdata, made before it is filled, whose __gc and __close are the same
 * idempotent function. Misuse raises; an expected failure of the world returns nil and a message.
 */

#include <lauxlib.h>
#include <lua.h>

#include "base/json.h"
#include "base/mem.h"

#undef scoped
#undef autofree
#undef autoclose
#undef autojson
#pragma GCC poison scoped autofree autoclose autojson

/* A group: its name, the functions in it, and whether checkers see it under that name (else only the prelude does). */
struct library {
    const char *name;
    const luaL_Reg *functions;
    int public;
    void (*constants)(lua_State *L); /* adds values beside the functions to the table on top, or NULL */
};

extern const struct library *const libraries[];
extern const size_t library_count;
