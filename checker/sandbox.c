#include "checker/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "checker/engine.h"
#include "checker/library.h"

enum {
    HOOK_INSTRUCTIONS = 100000, /* about a millisecond */
    REPEAT_MOST = 16 << 20,     /* bytes that string.rep may make */
};

struct checker *engine_of(lua_State *L) {
    return *(struct checker **)lua_getextraspace(L);
}

/* ---- processor time ---- */

static double processor_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Once over, every further instruction raises again: a loop around a pcall ends too. */
static void on_count(lua_State *L, lua_Debug *activation) {
    (void)activation;
    struct checker *checker = engine_of(L);
    if (!checker->over_time && processor_time() - checker->processor_start < checker->processor_most) return;
    checker->over_time = true;
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
    luaL_error(L, "the checker ran longer than its %f s of processor time", checker->processor_most);
}

/* For work that counts few instructions. lua_sethook may be called at any moment. */
static void watch_time(struct checker *checker) {
    if (checker->processor_most > 0 && processor_time() - checker->processor_start >= checker->processor_most)
        lua_sethook(checker->L, on_count, LUA_MASKCOUNT, 1);
}

void sandbox_allow(struct checker *checker, double seconds) {
    checker->processor_most = seconds;
    checker->processor_start = processor_time();
    lua_sethook(checker->L, seconds > 0 ? on_count : NULL, seconds > 0 ? LUA_MASKCOUNT : 0, HOOK_INSTRUCTIONS);
}

/* ---- memory ---- */

/* For a new block `old_size` is a type tag, not a size. Over the cap Lua gets NULL, collects garbage, asks again, and raises
 * a memory error: nothing aborts. A checker that catches those errors spends its time in the collector, between two
 * instructions, hence the look at the clock. */
void *sandbox_allocate(void *context, void *pointer, size_t old_size, size_t size) {
    struct checker *checker = context;
    size_t held = pointer ? old_size : 0;
    if (!size) {
        free(pointer);
        checker->memory -= held;
        return NULL;
    }
    if (size > held && size - held > checker->memory_most - checker->memory) {
        if (checker->L) watch_time(checker);
        return NULL;
    }
    void *block = realloc(pointer, size);
    if (block) checker->memory = checker->memory - held + size;
    return block;
}

/* ---- Lua's own functions, tamed ---- */

/* __gc would run outside every limit. */
static int safe_setmetatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        lua_rawget(L, 2);
        luaL_argcheck(L, lua_isnil(L, -1), 2, "__gc is not available to checkers");
        lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* Metatables of tables only: those of strings and userdata belong to the engine. */
static int safe_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_istable(L, 1) || !lua_getmetatable(L, 1))
        lua_pushnil(L);
    else
        luaL_getmetafield(L, 1, "__metatable");
    return 1;
}

/* Lua's own would build gigabytes, or loop a quadrillion times over nothing, in one instruction. */
static int safe_rep(lua_State *L) {
    size_t len, separator_len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_len);
    size_t step = len + separator_len;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    if (step && count > 0 && (lua_Unsigned)count > REPEAT_MOST / step)
        return luaL_error(L, "string.rep: more than %d MiB", REPEAT_MOST >> 20);
    for (lua_Integer i = 0; step && i < count; i++) {
        if (i) luaL_addlstring(&buffer, separator, separator_len);
        luaL_addlstring(&buffer, text, len);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static const luaL_Reg tamed[] = {
    {"setmetatable", safe_setmetatable},
    {"getmetatable", safe_getmetatable},
    {NULL, NULL},
};

static const luaL_Reg opened[] = {
    {"_G", luaopen_base},   {"string", luaopen_string}, {"table", luaopen_table},
    {"math", luaopen_math}, {"utf8", luaopen_utf8},     {NULL, NULL},
};

/* Functions that a checker does not get, of tables that it does. */
static const struct {
    const char *table, *field;
} removed[] = {
    {"string", "dump"},
    {"math", "random"}, /* see random() and shuffle() */
    {"math", "randomseed"},
    /* Of Lua 5.2, which some builds of 5.4 still have: checkers are to run on all. */
    {"math", "atan2"},
    {"math", "cosh"},
    {"math", "frexp"},
    {"math", "ldexp"},
    {"math", "log10"},
    {"math", "pow"},
    {"math", "sinh"},
    {"math", "tanh"},
};

bool sandbox_removes(const char *table, const char *field) {
    for (size_t i = 0; i < LENGTH(removed); i++)
        if (!strcmp(removed[i].table, table) && !strcmp(removed[i].field, field)) return true;
    return false;
}

void sandbox_open(lua_State *L) {
    for (const luaL_Reg *library = opened; library->name; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < LENGTH(removed); i++) {
        lua_getglobal(L, removed[i].table);
        lua_pushnil(L);
        lua_setfield(L, -2, removed[i].field);
        lua_pop(L, 1);
    }
    lua_getglobal(L, "string");
    lua_pushcfunction(L, safe_rep);
    lua_setfield(L, -2, "rep");
    lua_pushglobaltable(L);
    luaL_setfuncs(L, tamed, 0);
    lua_pop(L, 2);
}

/* ---- what a checker sees ---- */

/* Beside the public groups of libraries.c. */
static const char *const visible[] = {
    /* of Lua */
    "assert", "error", "getmetatable", "ipairs", "math", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen",
    "rawset", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall",
    /* of the prelude */
    "build_context", "checks", "compose", "docker", "dockerfile", "expect", "file", "git", "glob", "hint", "holds",
    "http", "jq", "k8s", "llm", "mcp", "mlflow", "onnx", "otlp", "pickle_ops", "port", "print", "private", "prom",
    "random", "safetensors", "schema", "seed", "service", "shared", "shuffle", "sql", "start_file", "tree", "tree_diff",
    "within", NULL};

static void share(lua_State *L, const char *name) {
    if (lua_getglobal(L, name) == LUA_TNIL)
        lua_pop(L, 1);
    else
        lua_setfield(L, -2, name);
}

const char *sandbox_global(size_t number) {
    size_t count = LENGTH(visible) - 1;
    if (number < count) return visible[number];
    number -= count;
    for (size_t i = 0; i < library_count; i++)
        if (libraries[i]->public && !number--) return libraries[i]->name;
    return NULL;
}

void sandbox_close(lua_State *L) {
    const char *name;
    lua_newtable(L);
    for (size_t i = 0; (name = sandbox_global(i)); i++) share(L, name);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
