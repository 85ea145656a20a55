#pragma once
/* A Lua state for tests of the checker's libraries: those asked for, and the parts of the prelude that stand on them. */

#include <lua.h>
#include <lualib.h>

#include "checker/library.h"
#include "checker/prelude.h"
#include "checker/value.h"

static inline void state_open_library(lua_State *L, const struct library *library) {
    lua_newtable(L);
    luaL_setfuncs(L, library->functions, 0);
    if (library->constants) library->constants(L);
    lua_setglobal(L, library->name);
}

/* Runs a chunk; a Lua error fails the test and is printed. */
static inline void state_run(lua_State *L, const char *chunk) {
    if (luaL_dostring(L, chunk)) fail_msg("%s", lua_tostring(L, -1));
    lua_settop(L, 0);
}

/* Loads one file of the prelude. */
static inline void state_load_prelude(lua_State *L, const char *name) {
    for (size_t i = 0; i < prelude_file_count; i++) {
        const struct prelude_file *file = &prelude_files[i];
        if (strcmp(file->name, name)) continue;
        if (luaL_loadbufferx(L, (const char *)file->code, file->len, name, "b") || lua_pcall(L, 0, 0, 0))
            fail_msg("%s", lua_tostring(L, -1));
        return;
    }
    fail_msg("there is no prelude file %s", name);
}

/* nearest(word, names): what string_nearest says, or nil. */
static inline int state_nearest(lua_State *L) {
    const char *names[64];
    size_t count = 0;
    luaL_checkstack(L, LENGTH(names), "names");
    for (; count < LENGTH(names) && lua_rawgeti(L, 2, (lua_Integer)count + 1) == LUA_TSTRING; count++)
        names[count] = lua_tostring(L, -1);
    lua_pushstring(L, string_nearest(luaL_checkstring(L, 1), names, count));
    return 1;
}

/* A state with all of Lua's own libraries, some words for tests, and what the prelude's core gives its other files. */
static inline lua_State *state_new(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_register(L, "nearest", state_nearest);
    state_run(L, "lab = {}\n"
                 "function lab.misuse(format, ...) error(format:format(...), 0) end\n"
                 "function lab.nearest(word, names)\n"
                 "  local near = nearest(word, names)\n"
                 "  return near and (\", did you mean '%s'?\"):format(near) or ''\n"
                 "end\n"
                 "function lab.argument(what, value, wanted)\n"
                 "  if wanted == 'any' or type(value) == wanted or math.type(value) == wanted then return value end\n"
                 "  lab.misuse('%s must be %s, got %s', what, wanted, type(value))\n"
                 "end\n"
                 "function lab.options(what, given, allowed)\n"
                 "  for key, value in pairs(given) do\n"
                 "    if not allowed[key] then lab.misuse(\"%s: unknown option '%s'\", what, key) end\n"
                 "    lab.argument(what .. ': ' .. key, value, allowed[key])\n"
                 "  end\n"
                 "end\n"
                 "function lab.enter() end\n"
                 "function lab.fitting(_, text, called, ...) return called(text, ...) end\n"
                 "function lab.decode(format, text, name)\n"
                 "  local value, message = _G[format].decode(text, name)\n"
                 "  if value == nil then error('failure: ' .. message, 0) end\n"
                 "  return value\n"
                 "end\n"
                 "function raises(part, f, ...)\n"
                 "  local fine, message = pcall(f, ...)\n"
                 "  assert(not fine, 'nothing was raised')\n"
                 "  if not tostring(message):find(part, 1, true) then error(message, 2) end\n"
                 "end\n"
                 "function same(actual, expected)\n"
                 "  if actual ~= expected then\n"
                 "    error(('expected %s, got %s'):format(expected, actual), 2)\n"
                 "  end\n"
                 "end\n");
    return L;
}

static inline int state_close(void **state) {
    lua_close(*state);
    return 0;
}
