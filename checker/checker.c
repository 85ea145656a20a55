#include "checker/checker.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/path.h"
#include "checker/channel.h"
#include "checker/curl.h"
#include "checker/engine.h"
#include "checker/library.h"
#include "checker/prelude.h"
#include "checker/value.h"

enum {
    MEMORY_DEFAULT = 64 << 20,
    MEMORY_RESERVE = 8 << 20, /* added for the outcome, when the checker has used up its own */
    FIRST_PAUSE = 1000,       /* before the next collection, per cent of the memory in use now */
    LATER_PAUSE = 200,
    LOAD_SECONDS = 1,
    CHECK_SECONDS = 50, /* less than the supervisor gives: this end can say at which line */
};

static const char driver[] = "lab"; /* the prelude's own table, in the registry */

/* ---- making ---- */

static void load_prelude(lua_State *L) {
    for (size_t i = 0; i < prelude_file_count; i++) {
        const struct prelude_file *file = &prelude_files[i];
        if (luaL_loadbufferx(L, (const char *)file->code, file->len, file->name, "b")) lua_error(L);
        lua_call(L, 0, 0);
    }
}

static int make(lua_State *L) {
    lua_gc(L, LUA_GCSTOP); /* nothing of what follows is garbage */
    sandbox_open(L);
    libraries_open(L);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, driver);
    lua_setglobal(L, driver);
    load_prelude(L);
    lua_getfield(L, LUA_REGISTRYINDEX, driver);
    lua_getfield(L, -1, "guard");
    sandbox_close(L);
    lua_call(L, 1, 0);
    /* Each check runs in a fork of this process, and a collection there would touch, hence copy, every page of the
     * prelude: the next one waits until a checker has made several times as much. */
    lua_gc(L, LUA_GCRESTART);
    lua_gc(L, LUA_GCINC, FIRST_PAUSE, 0, 0);
    lua_gc(L, LUA_GCCOLLECT);
    lua_gc(L, LUA_GCINC, LATER_PAUSE, 0, 0);
    return 0;
}

int checker_new(struct checker **out, size_t memory, struct err *err) {
    struct checker *checker = mem_alloc(sizeof *checker);
    checker->memory_most = memory ? memory : MEMORY_DEFAULT;
    checker->L = lua_newstate(sandbox_allocate, checker);
    if (!checker->L) {
        free(checker);
        return err_set(err, ERR_INTERNAL, "the checking engine does not start in %zu bytes", memory);
    }
    *(struct checker **)lua_getextraspace(checker->L) = checker;
    lua_pushcfunction(checker->L, make);
    if (lua_pcall(checker->L, 0, 0, 0) == LUA_OK) {
        *out = checker;
        return 0;
    }
    const char *message = lua_tostring(checker->L, -1);
    err_set(err, ERR_INTERNAL, "the checking engine does not start: %s", message ? message : "unknown error");
    checker_free(checker);
    return -1;
}

void checker_free(struct checker *checker) {
    if (!checker) return;
    lua_close(checker->L);
    free(checker);
}

/* ---- calling the prelude ---- */

/* Calls the driver's function named by the light userdata at 1 with the other arguments. */
static int enter(lua_State *L) {
    const char *name = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, driver);
    lua_getfield(L, -1, name);
    lua_replace(L, 1);
    lua_pop(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* Calls it with what is on the stack; the results, or the error, take its place. Allocates nothing outside the
 * protected call. */
static int call(lua_State *L, const char *name) {
    void *function;
    memcpy(&function, &name, sizeof function);
    lua_pushcfunction(L, enter);
    lua_insert(L, 1);
    lua_pushlightuserdata(L, function);
    lua_insert(L, 2);
    return lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
}

int checker_names(struct checker *checker, struct str *out, struct err *err) {
    lua_settop(checker->L, 0);
    int status = call(checker->L, "names");
    const char *text = lua_tostring(checker->L, -1);
    if (status != LUA_OK)
        return err_set(err, ERR_INTERNAL, "the names of the checker api: %s", text ? text : "unknown error");
    str_append(out, text);
    lua_settop(checker->L, 0);
    return 0;
}

static void begin(struct checker *checker, const struct checker_task *task) {
    const char *base = path_base(task->name);
    snprintf(checker->chunk, sizeof checker->chunk, "@%.120s", base);
    checker->task = task;
    checker->over_time = false;
    random_begin(checker->random, task->seed, "");
    http_set_hooks((struct http_hooks){engine_connect, checker});
    lua_settop(checker->L, 0);
}

static double check_seconds(const struct checker_task *task) {
    return task->processor > 0 ? task->processor : CHECK_SECONDS;
}

/* The checker's own file, then the check. What goes wrong outside the driver's care stays on the stack. */
static void run(struct checker *checker) {
    const struct checker_task *task = checker->task;
    double seconds = check_seconds(task);
    sandbox_allow(checker, seconds < LOAD_SECONDS ? seconds : LOAD_SECONDS);
    int status = call(checker->L, "load");
    if (status == LUA_OK && task->check) {
        lua_settop(checker->L, 0);
        random_begin(checker->random, task->seed, task->check);
        sandbox_allow(checker, seconds);
        status = call(checker->L, "check");
    }
    sandbox_allow(checker, 0);
    if (status == LUA_OK) lua_settop(checker->L, 0);
}

/* ---- the outcome ---- */

static json_t *broken(const char *message) {
    return json_pack("{s:s, s:f, s:s, s:[]}", "verdict", "broken", "score", 0.0, "message", message, "failures");
}

/* An empty table is an object to Lua: lists are mended by name. */
static void mend_list(json_t *outcome, const char *key) {
    const json_t *list = json_object_get(outcome, key);
    if (list && json_object_size(list) == 0 && json_is_object(list)) json_put(outcome, key, json_array());
}

/* The check's own value, the second result of "finish", goes to the checks that need it: it must be representable. */
static void put_value(lua_State *L, json_t *outcome) {
    char why[128], message[256];
    if (strcmp(json_get_string(outcome, "verdict", ""), "pass") != 0) return;
    json_t *value = lua_isnoneornil(L, 2) ? json_null() : value_to_json(L, 2, 0, why);
    if (value) {
        json_put(outcome, "value", value);
        return;
    }
    snprintf(message, sizeof message, "the value that the check returned cannot be handed on: %s", why);
    json_put(outcome, "verdict", json_string("broken"));
    json_put(outcome, "score", json_real(0));
    json_put(outcome, "message", json_text(message, strlen(message)));
}

static json_t *outcome_of(struct checker *checker) {
    lua_State *L = checker->L;
    char why[128];
    checker->memory_most += MEMORY_RESERVE;
    int status = call(L, "finish");
    checker->memory_most -= MEMORY_RESERVE;
    if (status != LUA_OK) {
        const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "unknown error";
        return broken(message);
    }
    json_t *outcome = value_to_json(L, 1, 1, why);
    if (!outcome) return broken(why);
    mend_list(outcome, "failures");
    mend_list(outcome, "functions");
    if (checker->task->check) put_value(L, outcome);
    return outcome;
}

int checker_work(struct checker *checker, const struct checker_task *task, struct err *err) {
    begin(checker, task);
    run(checker);
    json_t *outcome = outcome_of(checker);
    json_put(outcome, "op", json_string("outcome"));
    int result = channel_send(task->channel, outcome, NULL, 0, err);
    json_decref(outcome);
    return result;
}
