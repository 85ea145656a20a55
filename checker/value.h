#pragma once
/*
 * Values between Lua and JSON. null is the light userdata NULL (`json.null` in Lua). An empty table is an empty object
 * unless its metatable is the list's (json.list{}); a table is a list when its keys are exactly 1..n. Lua integers stay integers.
 */

#include <jansson.h>
#include <lua.h>

enum {
    VALUE_DEPTH_MOST = 200,
    VALUE_BYTES_MOST = 64 << 20, /* of one converted value, each item counted as 64 bytes and its text */
};

/* Pushes the value: objects and lists as tables (lists keep the list's metatable, so an empty one stays one). Raises when the value
 * is nested deeper than VALUE_DEPTH_MOST, or when Lua's memory is out: whoever owns `value` keeps it in a guard (checker/guard.h). */
void value_push(lua_State *L, const json_t *value);

/* The value at index as JSON: a new reference, which the caller must not hold across anything that may raise. Functions, cycles, mixed
 * keys, NaN and infinities, depth over 200 return NULL with a message in `why`, and raise nothing. Strings that are not UTF-8: with
 * `lossy` bytes become U+FFFD, else refused. Keys come in byte order. */
json_t *value_to_json(lua_State *L, int index, int lossy, char why[128]);

/* Gives the table at index the list's metatable. */
void value_mark_list(lua_State *L, int index);

/* Makes the metatable on top of the stack one of a list, as value_mark_list's is: for lists that carry more, such as rows with a header. */
void value_make_list_metatable(lua_State *L);

/* The same value without const: jansson's iterators ask for it, though they change nothing. */
json_t *value_unconst(const json_t *value);
