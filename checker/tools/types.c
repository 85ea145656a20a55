/*
 * Run while lab is built: prints C source with the text of lab.d.lua, and with the fields of the tables of Lua
 * that checkers see, as this Lua has them. What lab knows of its own API is therefore what the editor knows.
 */

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

static const luaL_Reg tables[] = {
    {"math", luaopen_math}, {"string", luaopen_string}, {"table", luaopen_table}, {"utf8", luaopen_utf8}, {NULL, NULL}};

static int print_text(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    puts("const char api_types[] = {");
    long count = 0;
    for (int c; (c = getc(file)) != EOF; count++) printf("%d,%s", (signed char)c, count % 24 == 23 ? "\n" : "");
    puts("0};");
    int failed = ferror(file);
    fclose(file);
    return failed || !count;
}

static void print_fields(lua_State *L, const luaL_Reg *table) {
    luaL_requiref(L, table->name, table->func, 0);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        printf("    {\"%s\", \"%s\", %d},\n", table->name, lua_tostring(L, -2), lua_isfunction(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

int main(int argc, char **argv) {
    lua_State *L = luaL_newstate();
    if (!L || argc != 2) return 1;
    puts("#include \"checker/api_parts.h\"");
    if (print_text(argv[1])) return 1;
    puts("const struct api_lua_field api_lua_fields[] = {");
    for (const luaL_Reg *table = tables; table->name; table++) print_fields(L, table);
    puts("    {0, 0, 0},\n};");
    lua_close(L);
    return fflush(stdout) ? 1 : 0;
}
