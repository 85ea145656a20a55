/*
 * Run while lab is built: compiles the Lua files named, and prints C source for `prelude_files` with the byte code of each.
 * Parsing the prelude at every start would take 4 ms of every check. Line numbers are kept, for messages.
 */

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_bytes(lua_State *L, const void *data, size_t len, void *context) {
    (void)L;
    size_t *total = context;
    for (size_t i = 0; i < len; i++, ++*total)
        if (printf("%u,%s", ((const unsigned char *)data)[i], *total % 24 == 23 ? "\n" : "") < 0) return 1;
    return 0;
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The whole file, NUL-terminated; it lives as long as the program. */
static char *read_file(const char *path, size_t *len) {
    enum { MOST = 1 << 20 };
    char *text = malloc(MOST);
    FILE *file = fopen(path, "r");
    if (!text || !file) return NULL;
    *len = fread(text, 1, MOST, file);
    bool complete = !ferror(file) && feof(file);
    fclose(file);
    return complete ? text : NULL;
}

static int embed(lua_State *L, const char *path, int number) {
    size_t len, total = 0;
    char *text = read_file(path, &len);
    if (!text) {
        fprintf(stderr, "%s: cannot be read, or is larger than 1 MiB\n", path);
        return -1;
    }
    lua_pushfstring(L, "=[prelude %s]", base_of(path));
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -1), "t")) {
        fprintf(stderr, "%s: %s\n", path, lua_tostring(L, -1));
        return -1;
    }
    printf("static const unsigned char code_%d[] = {\n", number);
    if (lua_dump(L, print_bytes, &total, 0)) return -1;
    printf("};\n");
    lua_settop(L, 0);
    free(text);
    return 0;
}

int main(int argc, char **argv) {
    lua_State *L = luaL_newstate();
    if (!L) return 1;
    puts("#include \"checker/prelude.h\"");
    for (int i = 1; i < argc; i++)
        if (embed(L, argv[i], i)) return 1;
    puts("const struct prelude_file prelude_files[] = {");
    for (int i = 1; i < argc; i++) printf("    {\"%s\", code_%d, sizeof code_%d},\n", base_of(argv[i]), i, i);
    printf("};\nconst size_t prelude_file_count = %d;\n", argc - 1);
    lua_close(L);
    return fflush(stdout) ? 1 : 0;
}
