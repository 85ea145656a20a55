/* models: what the prelude's pickle_ops, safetensors and onnx stand on. Each function takes bytes, and answers a value, or nil and what is
 * wrong with them. */
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/modelfile.h"
#include "checker/value.h"

static int read_with(lua_State *L, json_t *(*read)(struct sv bytes, struct err *err)) {
    struct sv bytes;
    struct err err = ERR_INIT;
    bytes.data = luaL_checklstring(L, 1, &bytes.len);
    json_t **value = guard_json(L);
    int guard = lua_gettop(L);
    *value = read(bytes, &err);
    if (*value)
        value_push(L, *value);
    else
        lua_pushnil(L), lua_pushstring(L, err.message);
    guard_release(L, guard);
    return lua_gettop(L) - guard;
}

static int models_pickle(lua_State *L) { return read_with(L, pickle_read); }
static int models_safetensors(lua_State *L) { return read_with(L, safetensors_read); }
static int models_onnx(lua_State *L) { return read_with(L, onnx_read); }

static const luaL_Reg functions[] = {
    {"pickle", models_pickle}, {"safetensors", models_safetensors}, {"onnx", models_onnx}, {NULL, NULL}};

const struct library library_models = {"models", functions, 0, NULL};
