/* The formats of checkers, on anything: a text is read, or refused with its name and line; what is read can be read again when it was
 * written. The first byte chooses the format. */
#include <stdint.h>
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "checker/library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char chunk[] = "local name, text = ...\n"
                            "local format, options = _G[name], {name = 'f.txt'}\n"
                            "local value, message = format.decode(text, options)\n"
                            "if value == nil then\n"
                            "  assert(message:find('^f%.txt:%d'), message)\n"
                            "  return\n"
                            "end\n"
                            "local written, again = pcall(format.encode, value)\n"
                            "if written then\n"
                            "  local read, why = format.decode(again, options)\n"
                            "  assert(read ~= nil, why)\n"
                            "end\n";

static lua_State *open_state(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    for (size_t i = 0; i < library_count; i++) {
        lua_newtable(L);
        luaL_setfuncs(L, libraries[i]->functions, 0);
        if (libraries[i]->constants) libraries[i]->constants(L);
        lua_setglobal(L, libraries[i]->name);
    }
    if (luaL_loadstring(L, chunk)) __builtin_trap();
    lua_setglobal(L, "try");
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const formats[] = {"json", "yaml", "toml", "csv", "xml", "dotenv", "ini"};
    static lua_State *L;
    if (!size) return 0;
    if (!L) L = open_state();
    lua_getglobal(L, "try");
    lua_pushstring(L, formats[data[0] % LENGTH(formats)]);
    lua_pushlstring(L, (const char *)data + 1, size - 1);
    if (lua_pcall(L, 2, 0, 0)) {
        fprintf(stderr, "%s: %s\n", formats[data[0] % LENGTH(formats)], lua_tostring(L, -1));
        __builtin_trap();
    }
    lua_settop(L, 0);
    return 0;
}
