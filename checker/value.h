#pragma once
/*
 * Values between Lua and JSON. null is the light userdata NULL (`json.null` in Lua). An empty table is an empty object
 * unless its metatable is the list's (json.list{}); a table is a list when its keys are exactly 1..n. Lua integers stay integers.
 */

#include <jansson.h>
#include <lua.h>

/* Pushes the value: objects and lists as tables (lists keep the list's metatable, so an empty one stays one). */
void value_push(lua_State *L, const json_t *value);

/* The value at index as JSON: a new reference, which the caller must not hold across anything that may raise. Functions, cycles, mixed
 * keys, NaN and infinities, depth over 200 return NULL with a message in `why`, and raise nothing. Strings that are not UTF-8: with
 * `lossy` bytes become U+FFFD, else refused. */
json_t *value_to_json(lua_State *L, int index, int lossy, char why[128]);
