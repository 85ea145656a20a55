#include "checker/guard.h"

#include "base/str.h"
#include "checker/library.h"

static const char guard_type[] = "lab.guard";

struct guard {
    void (*release)(void *memory); /* NULL once released */
    _Alignas(max_align_t) unsigned char memory[];
};

static void release(struct guard *guard) {
    if (!guard->release) return;
    guard->release(guard->memory);
    guard->release = NULL;
}

static int collect(lua_State *L) {
    release(luaL_checkudata(L, 1, guard_type));
    return 0;
}

static void push_metatable(lua_State *L) {
    if (!luaL_newmetatable(L, guard_type)) return;
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__close");
}

void *guard_new(lua_State *L, size_t size, void (*release_memory)(void *memory)) {
    luaL_checkstack(L, 3, "too many values");
    push_metatable(L);
    struct guard *guard = lua_newuserdatauv(L, sizeof *guard + size, 0);
    memset(guard->memory, 0, size);
    guard->release = release_memory;
    lua_insert(L, -2);
    lua_setmetatable(L, -2);
    return guard->memory;
}

void guard_release(lua_State *L, int index) { release(luaL_checkudata(L, index, guard_type)); }

static void release_json(void *memory) { json_decref(*(json_t **)memory); }

json_t **guard_json(lua_State *L) { return guard_new(L, sizeof(json_t *), release_json); }

static void release_str(void *memory) { str_release(memory); }

struct str *guard_str(lua_State *L) {
    struct str *text = guard_new(L, sizeof *text, release_str);
    text->data = str_empty;
    return text;
}
