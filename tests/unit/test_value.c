/* Values between Lua and JSON: checker/value.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lua.h>
#include <lualib.h>

#include "checker/guard.h"
#include "checker/library.h"
#include "checker/value.h"

static int open_state(void **state) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushlightuserdata(L, NULL);
    lua_setglobal(L, "null");
    lua_newtable(L);
    value_mark_list(L, -1);
    lua_setglobal(L, "empty_list");
    *state = L;
    return 0;
}

static int close_state(void **state) {
    lua_close(*state);
    return 0;
}

/* The JSON text of a Lua expression, or "!" and why there is none. The caller frees. */
static char *encoded(lua_State *L, const char *expression, int lossy) {
    char *chunk = str_format("return %s", expression);
    assert_int_equal(luaL_dostring(L, chunk), LUA_OK);
    free(chunk);
    char why[128];
    int top = lua_gettop(L);
    json_t *value = value_to_json(L, -1, lossy, why);
    assert_int_equal(lua_gettop(L), top);
    lua_pop(L, 1);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : str_format("!%s", why);
    json_decref(value);
    return text;
}

static void expect_json(lua_State *L, const char *expression, const char *expected) {
    char *text = encoded(L, expression, 0);
    assert_string_equal(text, expected);
    free(text);
}

static void test_to_json(void **state) {
    static const struct {
        const char *lua, *json;
    } cases[] = {
        {"nil", "null"},
        {"null", "null"},
        {"true", "true"},
        {"math.maxinteger", "9223372036854775807"},
        {"math.mininteger", "-9223372036854775808"},
        {"3.0", "3.0"},
        {"'a\\0b'", "\"a\\u0000b\""},
        {"{}", "{}"},
        {"empty_list", "[]"},
        {"{1, null, 'x'}", "[1,null,\"x\"]"},
        {"{b = 1, a = {2}, aa = {}}", "{\"a\":[2],\"aa\":{},\"b\":1}"},
        {"{['k\\0'] = 1}", "{\"k\\u0000\":1}"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) expect_json(*state, cases[i].lua, cases[i].json);
}

static void test_refused(void **state) {
    static const struct {
        const char *lua, *why;
    } cases[] = {
        {"print", "!a function"},
        {"io.stdout", "!a userdata"},
        {"0/0", "!not a number (NaN)"},
        {"{a = {1, math.huge}}", "!an infinite number at .a[2]"},
        {"{1, nil, 3}", "!a list with holes"},
        {"{1, a = 2}", "!a table with both text and numbers as keys"},
        {"{[true] = 1}", "!a table with keys that are neither text nor 1..n"},
        {"{[0] = 1}", "!a table with keys that are neither text nor 1..n"},
        {"{[1.5] = 1}", "!a table with keys that are neither text nor 1..n"},
        {"{[2^53] = 1}", "!a list with holes"},
        {"(function() local t = {} t.x = {t} return t end)()", "!a table that contains itself at .x[1]"},
        {"'\\xff'", "!text that is not UTF-8"},
        {"{['\\xff'] = 1}", "!a key that is not UTF-8"},
        {"{rows = {{fn = print}}}", "!a function at .rows[1].fn"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) expect_json(*state, cases[i].lua, cases[i].why);
}

static void test_lossy(void **state) {
    char *text = encoded(*state, "{['k\\xff'] = 'v\\xfe'}", 1);
    assert_string_equal(text, "{\"k\xef\xbf\xbd\":\"v\xef\xbf\xbd\"}");
    free(text);
}

static void expect_start(lua_State *L, const char *expression, const char *start) {
    char *text = encoded(L, expression, 0);
    assert_memory_equal(text, start, strlen(start));
    free(text);
}

#define NEST(n) "(function() local t = {} for _ = 2, " #n " do t = {t} end return t end)()"

static void test_depth_and_size(void **state) {
    expect_start(*state, NEST(200), "[[");
    expect_start(*state, NEST(201), "!a value nested deeper than 200 levels at …[1]");
    /* 2^40 items that share memory */
    expect_start(*state, "(function() local t = {} for _ = 1, 40 do t = {t, t} end return t end)()",
                 "!a value that is too large at …");
}

static int push_text(lua_State *L) {
    json_t **value = guard_json(L);
    *value = json_loads(lua_tostring(L, 1), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    value_push(L, *value);
    guard_release(L, -2);
    guard_release(L, -2); /* releasing twice does nothing */
    return 1;
}

static void test_push(void **state) {
    lua_State *L = *state;
    lua_pushcfunction(L, push_text);
    lua_setglobal(L, "push");
    assert_int_equal(luaL_dostring(L, "local t = push('{\"a\":[1,2.0,null,\"x\"],\"e\":[],\"o\":{},\"t\":true}')\n"
                                      "assert(math.type(t.a[1]) == 'integer' and math.type(t.a[2]) == 'float')\n"
                                      "assert(t.a[3] == null and t.a[4] == 'x' and t.t == true and #t.a == 4)\n"
                                      "assert(getmetatable(t.e) == 'list' and getmetatable(t.o) == nil)\n"
                                      "assert(push('9223372036854775807') == math.maxinteger)\n"),
                     LUA_OK);
    expect_json(L, "push('{\"b\":[[],{}],\"a\":null}')", "{\"a\":null,\"b\":[[],{}]}");
}

static void test_push_too_deep(void **state) {
    lua_State *L = *state;
    lua_pushcfunction(L, push_text);
    lua_setglobal(L, "push");
    assert_int_not_equal(luaL_dostring(L, "push(string.rep('[', 300) .. string.rep(']', 300))"), LUA_OK);
    assert_non_null(strstr(lua_tostring(L, -1), "nested deeper than 200 levels"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_to_json, open_state, close_state),
        cmocka_unit_test_setup_teardown(test_refused, open_state, close_state),
        cmocka_unit_test_setup_teardown(test_lossy, open_state, close_state),
        cmocka_unit_test_setup_teardown(test_depth_and_size, open_state, close_state),
        cmocka_unit_test_setup_teardown(test_push, open_state, close_state),
        cmocka_unit_test_setup_teardown(test_push_too_deep, open_state, close_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
