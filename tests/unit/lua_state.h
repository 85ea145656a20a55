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
        if (luaL_loadbufferx(L, (const char *)file->text, file->len, name, "t") || lua_pcall(L, 0, 0, 0))
            fail_msg("%s", lua_tostring(L, -1));
        return;
    }
    fail_msg("there is no prelude file %s", name);
}

/* What the core of the prelude gives its other files, as far as they need it here: misuse raises. */
static inline lua_State *state_new(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    state_run(L, "lab = {misuse = function(format, ...) error(format:format(...), 0) end,\n"
                 "       nearest = function() return '' end}\n"
                 "function raises(part, f, ...)\n"
                 "  local fine, message = pcall(f, ...)\n"
                 "  assert(not fine, 'nothing was raised')\n"
                 "  assert(tostring(message):find(part, 1, true), message)\n"
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
