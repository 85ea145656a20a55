/*
 * curl: what the prelude's http stands on. Both functions take one table whose fields the prelude has checked and filled
 * in: url, method, headers (list of "Name: value"), body, timeout, follow, stream, unverified, authority.
 */
#include "checker/curl.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/stats.h"
#include "checker/value.h"

enum { HEADERS_MOST = 100 };

/* The string of a field, kept alive by the table at index 1. */
static struct sv get_text(lua_State *L, const char *field) {
    struct sv text = {NULL, 0};
    if (lua_getfield(L, 1, field) == LUA_TSTRING) text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1);
    return text;
}

static int get_flag(lua_State *L, const char *field) {
    lua_getfield(L, 1, field);
    int flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

static void read_headers(lua_State *L, const char *headers[HEADERS_MOST + 1]) {
    size_t count = lua_getfield(L, 1, "headers") == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
    if (count > HEADERS_MOST) luaL_error(L, "more than %d headers", HEADERS_MOST);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING) luaL_error(L, "a header that is no text");
        headers[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    headers[count] = NULL;
    lua_pop(L, 1);
}

static struct http_request read_request(lua_State *L, const char *headers[HEADERS_MOST + 1]) {
    luaL_checktype(L, 1, LUA_TTABLE);
    read_headers(L, headers);
    struct http_request request = {
        .url = get_text(L, "url").data,
        .method = get_text(L, "method").data,
        .headers = headers,
        .body = get_text(L, "body"),
        .follow = get_flag(L, "follow"),
        .stream = get_flag(L, "stream"),
        .unverified = get_flag(L, "unverified"),
        .authority = get_text(L, "authority"),
    };
    lua_getfield(L, 1, "timeout");
    request.timeout = luaL_checknumber(L, -1);
    lua_pop(L, 1);
    if (!request.url || !request.method) luaL_error(L, "url and method are needed");
    return request;
}

static int fail(lua_State *L, const struct err *err) {
    lua_pushnil(L);
    lua_pushstring(L, err->message);
    return 2;
}

static void set_number(lua_State *L, const char *name, double number) {
    lua_pushnumber(L, number);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer number) {
    lua_pushinteger(L, number);
    lua_setfield(L, -2, name);
}

static void set_json(lua_State *L, const char *name, const json_t *value) {
    if (!value) return;
    value_push(L, value);
    lua_setfield(L, -2, name);
}

static void push_chunks(lua_State *L, const struct http_answer *answer) {
    size_t start = 0;
    lua_createtable(L, (int)answer->chunks.count, 0);
    for (size_t i = 0; i < answer->chunks.count; i++) {
        const struct http_chunk *chunk = &answer->chunks.items[i];
        lua_createtable(L, 0, 2);
        set_number(L, "at", chunk->at);
        lua_pushlstring(L, answer->body.data + start, chunk->end - start);
        lua_setfield(L, -2, "data");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
        start = chunk->end;
    }
}

static void push_answer(lua_State *L, const struct http_answer *answer, int stream) {
    lua_createtable(L, 0, 8);
    set_integer(L, "status", answer->status);
    set_number(L, "seconds", answer->seconds);
    set_json(L, "headers", answer->headers);
    set_json(L, "tls", answer->tls);
    lua_pushstring(L, answer->url);
    lua_setfield(L, -2, "url");
    lua_pushlstring(L, answer->body.data, answer->body.len);
    lua_setfield(L, -2, "body");
    if (!stream) return;
    push_chunks(L, answer);
    lua_setfield(L, -2, "chunks");
    lua_pushboolean(L, answer->timed_out);
    lua_setfield(L, -2, "timed_out");
    lua_pushboolean(L, answer->cut_off);
    lua_setfield(L, -2, "cut_off");
}

static void release_answer(void *memory) { http_answer_release(memory); }

static int request(lua_State *L) {
    const char *headers[HEADERS_MOST + 1];
    struct http_request asked = read_request(L, headers);
    struct http_answer *answer = guard_new(L, sizeof *answer, release_answer);
    int guard = lua_gettop(L);
    struct err err = ERR_INIT;
    int result = http_perform(answer, &asked, &err);
    if (!result) push_answer(L, answer, asked.stream);
    guard_release(L, guard);
    return result ? fail(L, &err) : 1;
}

/* ---- load ---- */

/* The statuses as {[status] = how often}. */
static void push_statuses(lua_State *L, const struct http_figures *figures) {
    lua_newtable(L);
    for (size_t i = 0; i < figures->answered; i++) {
        lua_rawgeti(L, -1, figures->statuses[i]);
        lua_Integer before = lua_tointeger(L, -1);
        lua_pop(L, 1);
        lua_pushinteger(L, before + 1);
        lua_rawseti(L, -2, figures->statuses[i]);
    }
}

static void push_figures(lua_State *L, struct http_figures *figures) {
    size_t count = figures->answered;
    stats_sort(figures->times, count);
    lua_createtable(L, 0, 11);
    lua_Integer answered = (lua_Integer)count, errors = (lua_Integer)figures->errors;
    set_integer(L, "requests", answered + errors);
    set_integer(L, "errors", errors);
    set_number(L, "seconds", figures->seconds);
    set_number(L, "requests_per_second", figures->seconds > 0 ? (double)count / figures->seconds : 0);
    set_number(L, "mean", stats_mean(figures->times, count));
    set_number(L, "p50", stats_quantile_sorted(figures->times, count, 0.5));
    set_number(L, "p95", stats_quantile_sorted(figures->times, count, 0.95));
    set_number(L, "p99", stats_quantile_sorted(figures->times, count, 0.99));
    set_number(L, "max", figures->times[count - 1]);
    push_statuses(L, figures);
    lua_setfield(L, -2, "statuses");
    if (!figures->errors) return;
    lua_pushstring(L, figures->first_error);
    lua_setfield(L, -2, "first_error");
}

static void release_figures(void *memory) { http_figures_release(memory); }

/* load(request, count, concurrency, seconds): figures of the answered ones; nil and the first error when none was. */
static int load(lua_State *L) {
    const char *headers[HEADERS_MOST + 1];
    struct http_request asked = read_request(L, headers);
    lua_Integer count = luaL_checkinteger(L, 2), concurrency = luaL_checkinteger(L, 3);
    struct http_burst burst = {(size_t)count, (size_t)concurrency, luaL_checknumber(L, 4)};
    luaL_argcheck(L, count >= 1 && count <= 100000, 2, "must be 1 to 100000");
    luaL_argcheck(L, concurrency >= 1 && concurrency <= 256, 3, "must be 1 to 256");
    luaL_argcheck(L, burst.seconds > 0, 4, "must be above 0");
    struct http_figures *figures = guard_new(L, sizeof *figures, release_figures);
    int guard = lua_gettop(L);
    struct err err = ERR_INIT;
    int result = http_load(figures, &asked, burst, &err);
    if (!result && !figures->answered) result = err_set(&err, ERR_ENVIRONMENT, "%s", figures->first_error);
    if (!result) push_figures(L, figures);
    guard_release(L, guard);
    return result ? fail(L, &err) : 1;
}

static const luaL_Reg functions[] = {{"request", request}, {"load", load}, {NULL, NULL}};

const struct library library_http = {"curl", functions, 0, NULL};
