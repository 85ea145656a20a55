#pragma once
/* What checker/tools/types.c embeds, for checker/api.c alone. */

extern const char api_types[]; /* the text of lab.d.lua, which is made of checker/types/ */

/* Fields of the tables of Lua that checkers see; the sandbox takes some out of them (sandbox_removes). */
struct api_lua_field {
    const char *table, *name; /* NULL behind the last */
    int is_function;
};
extern const struct api_lua_field api_lua_fields[];
