#pragma once
/*
 * Guards: memory of C that must not outlive a Lua error. A guard is a userdata, made before it is filled; what it holds
 * is released when it is collected or closed, or at once by guard_release, whichever comes first.
 */

#include <jansson.h>
#include <lua.h>
#include <stddef.h>

/* Pushes a guard of `size` zeroed bytes and returns their address; `release` gets that address, once. */
void *guard_new(lua_State *L, size_t size, void (*release)(void *memory));

/* Releases what the guard at index holds, now. */
void guard_release(lua_State *L, int index);

/* Pushes a guard of one JSON reference, NULL to begin. */
json_t **guard_json(lua_State *L);

/* Pushes a guard of a string, empty to begin. */
struct str *guard_str(lua_State *L);
