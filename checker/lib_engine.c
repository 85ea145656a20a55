#include <string.h>

#include "checker/engine.h"
#include "checker/library.h"
#include "checker/value.h"

#include "base/str.h"

/* What the prelude asks of the engine: the checker's text and facts, and where in it something happened. */

enum { TRACEBACK_MOST = 8 };

/* engine.compile() -> the checker's chunk; or nil, message. Text only: precompiled code could break any promise. */
static int engine_compile(lua_State *L) {
    struct checker *checker = engine_of(L);
    const struct sv *text = &checker->task->text;
    if (luaL_loadbufferx(L, text->data, text->len, checker->chunk, "t") == LUA_OK) return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    const char *message = lua_tostring(L, -1), *name = checker->chunk + 1;
    if (message && !strncmp(message, name, strlen(name))) return 2;
    lua_pushfstring(L, "%s: %s", name, message ? message : "cannot be loaded"); /* a binary chunk, a too deep nesting */
    lua_replace(L, -2);
    return 2;
}

/* Finds the innermost function of the checker's own file, from `level` on; its level, or -1. */
static int own_level(lua_State *L, int level, lua_Debug *activation) {
    const char *chunk = engine_of(L)->chunk;
    for (; lua_getstack(L, level, activation); level++) {
        lua_getinfo(L, "Sl", activation);
        if (!strcmp(activation->source, chunk)) return level;
    }
    return -1;
}

/* engine.line() -> the line of the checker that led here, or nil */
static int engine_line(lua_State *L) {
    lua_Debug activation;
    if (own_level(L, 1, &activation) < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, activation.currentline);
    return 1;
}

/* engine.traceback() -> list of the checker's own frames: "checker.lua:12: in function 'train'" */
static int engine_traceback(lua_State *L) {
    lua_Debug activation;
    lua_newtable(L);
    int level = own_level(L, 1, &activation);
    for (lua_Integer i = 1; level >= 0 && i <= TRACEBACK_MOST; i++) {
        lua_getinfo(L, "n", &activation);
        if (activation.name)
            lua_pushfstring(L, "%s:%d: in %s '%s'", activation.short_src, activation.currentline, activation.namewhat,
                            activation.name);
        else
            lua_pushfstring(L, "%s:%d: in the %s", activation.short_src, activation.currentline,
                            *activation.what == 'm' ? "main chunk" : "check");
        lua_rawseti(L, -2, i);
        level = own_level(L, level + 1, &activation);
    }
    return 1;
}

/* engine.defined(function) -> line where it is defined */
static int engine_defined(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_Debug about;
    lua_settop(L, 1);
    lua_getinfo(L, ">S", &about);
    lua_pushinteger(L, about.linedefined);
    return 1;
}

/* engine.over_time() -> whether the checker used up its processor time */
static int engine_over_time(lua_State *L) {
    lua_pushboolean(L, engine_of(L)->over_time);
    return 1;
}

static void set_json(lua_State *L, const char *key, const json_t *value) {
    if (value)
        value_push(L, value);
    else
        lua_newtable(L);
    lua_setfield(L, -2, key);
}

/* engine.task() -> {name, check, scratch_path, material_path, needs, exercise} */
static int engine_task(lua_State *L) {
    const struct checker *checker = engine_of(L);
    const struct checker_task *task = checker->task;
    lua_createtable(L, 0, 6);
    lua_pushstring(L, checker->chunk + 1);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, task->check);
    lua_setfield(L, -2, "check");
    lua_pushstring(L, task->scratch_path);
    lua_setfield(L, -2, "scratch_path");
    lua_pushstring(L, task->material_path);
    lua_setfield(L, -2, "material_path");
    set_json(L, "needs", task->needs);
    set_json(L, "exercise", task->exercise);
    return 1;
}

enum { NEAREST_MOST = 128 };

/* engine.nearest(word, list) -> the item that word is probably meant to be, or nil */
static int engine_nearest(lua_State *L) {
    const char *word = luaL_checkstring(L, 1), *candidates[NEAREST_MOST];
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checkstack(L, NEAREST_MOST + 4, "a list of names");
    size_t count = 0;
    for (lua_Integer i = 1; count < NEAREST_MOST && lua_rawgeti(L, 2, i) == LUA_TSTRING; i++)
        candidates[count++] = lua_tostring(L, -1);
    lua_pushstring(L, string_nearest(word, candidates, count));
    return 1;
}

/* engine.list(table) -> the same table, marked as a list, so that an empty one stays one in JSON */
static int engine_list(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    value_mark_list(L, 1);
    return 1;
}

/* engine.utf8_valid(text) */
static int engine_utf8_valid(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_pushboolean(L, utf8_valid(text, len));
    return 1;
}

static const luaL_Reg functions[] = {
    {"compile", engine_compile},
    {"line", engine_line},
    {"traceback", engine_traceback},
    {"defined", engine_defined},
    {"task", engine_task},
    {"over_time", engine_over_time},
    {"nearest", engine_nearest},
    {"list", engine_list},
    {"utf8_valid", engine_utf8_valid},
    {NULL, NULL},
};

const struct library library_engine = {"engine", functions, 0, NULL};
