/* TOML 1.0: documents that must be read, and how; documents that must be refused, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/lua_state.h"

extern const struct library library_json, library_toml;

static int open_state(void **state) {
    lua_State *L = state_new();
    state_open_library(L, &library_json);
    state_open_library(L, &library_toml);
    *state = L;
    return 0;
}

struct decoding {
    const char *text, *expected; /* JSON, or the error */
};

static void check(lua_State *L, struct decoding c) {
    assert_int_equal(luaL_loadstring(L, "local value, message = toml.decode(...)\n"
                                        "return value == nil and message or json.encode(value)"),
                     LUA_OK);
    lua_pushstring(L, c.text);
    if (lua_pcall(L, 1, 1, 0)) fail_msg("%s: %s", c.text, lua_tostring(L, -1));
    if (strcmp(lua_tostring(L, -1), c.expected) != 0)
        fail_msg("%s\n  gives    %s\n  expected %s", c.text, lua_tostring(L, -1), c.expected);
    lua_settop(L, 0);
}

#define CHECK_ALL(state, cases) \
    for (size_t case_ = 0; case_ < LENGTH(cases); case_++) check(state, (cases)[case_])

static void test_strings(void **state) {
    static const struct decoding cases[] = {
        {"a = \"x\\t\\\"\\\\\\u00e4\\U0001F600\"", "{\"a\":\"x\\t\\\"\\\\ä😀\"}"},
        {"a = 'C:\\x'", "{\"a\":\"C:\\\\x\"}"},
        {"a = \"\"", "{\"a\":\"\"}"},
        {"a = \"\"\"\nx\r\ny\"\"\"", "{\"a\":\"x\\ny\"}"},
        {"a = \"\"\"x \\\n   \n  y\"\"\"", "{\"a\":\"x y\"}"},
        {"a = \"\"\"\"x\"\"\"\"\"", "{\"a\":\"\\\"x\\\"\\\"\"}"},
        {"a = '''\n'x' \\n'''", "{\"a\":\"'x' \\\\n\"}"},
        {"a = ''''''", "{\"a\":\"\"}"},
    };
    CHECK_ALL(*state, cases);
}

static void test_numbers(void **state) {
    static const struct decoding cases[] = {
        {"a = [+99, -17, 0, -0, 1_000, 5_3_4]", "{\"a\":[99,-17,0,0,1000,534]}"},
        {"a = [0xDEAD_beef, 0o755, 0b1101]", "{\"a\":[3735928559,493,13]}"},
        {"a = [9223372036854775807, -9223372036854775808]", "{\"a\":[9223372036854775807,-9223372036854775808]}"},
        {"a = [1.0, -0.01, 5e+22, 1e06, 6.626e-34, 224_617.445_991]",
         "{\"a\":[1.0,-0.01,5e+22,1000000.0,6.626e-34,224617.445991]}"},
        {"a = [inf, -inf, +nan]", "{\"a\":[\"inf\",\"-inf\",\"+nan\"]}"},
        {"a = [true, false]", "{\"a\":[true,false]}"},
    };
    CHECK_ALL(*state, cases);
}

static void test_dates(void **state) {
    static const struct decoding cases[] = {
        {"a = [1979-05-27T07:32:00Z, 1979-05-27t00:32:00.999-07:00]",
         "{\"a\":[\"1979-05-27T07:32:00Z\",\"1979-05-27t00:32:00.999-07:00\"]}"},
        {"a = 1979-05-27 07:32:00Z", "{\"a\":\"1979-05-27 07:32:00Z\"}"},
        {"a = 1979-05-27 # day", "{\"a\":\"1979-05-27\"}"},
        {"a = [07:32:00, 2024-02-29, 1979-05-27T07:32:00]",
         "{\"a\":[\"07:32:00\",\"2024-02-29\",\"1979-05-27T07:32:00\"]}"},
    };
    CHECK_ALL(*state, cases);
}

static void test_keys_and_tables(void **state) {
    static const struct decoding cases[] = {
        {"", "{}"},
        {"# only a comment", "{}"},
        {"\xEF\xBB\xBF"
         "a=1\r\nb=2",
         "{\"a\":1,\"b\":2}"},
        {"a-b_1 = 1\n\"x y\" = 2\n'' = 3\n1234 = 4", "{\"\":3,\"1234\":4,\"a-b_1\":1,\"x y\":2}"},
        {"a . \"b.c\" . d = 1\na.e = 2", "{\"a\":{\"b.c\":{\"d\":1},\"e\":2}}"},
        {"3.14 = 1", "{\"3\":{\"14\":1}}"},
        {"[a]\nb = 1\n[a.c]\nd = 2", "{\"a\":{\"b\":1,\"c\":{\"d\":2}}}"},
        {"[a.b.c]\n[a]\nd = 1", "{\"a\":{\"b\":{\"c\":{}},\"d\":1}}"},
        {"[ j . \"k\" . 'l' ]", "{\"j\":{\"k\":{\"l\":{}}}}"},
        {"[fruit]\napple.color = 1\napple.taste.sweet = true\n[fruit.apple.texture]\nsmooth = true",
         "{\"fruit\":{\"apple\":{\"color\":1,\"taste\":{\"sweet\":true},\"texture\":{\"smooth\":true}}}}"},
        {"[[p]]\na = 1\n[[p]]\n[[p]]\na = 3", "{\"p\":[{\"a\":1},{},{\"a\":3}]}"},
        {"[[f]]\n[f.p]\nc = 1\n[[f.v]]\nn = 1\n[[f.v]]\nn = 2\n[[f]]\n[[f.v]]\nn = 3",
         "{\"f\":[{\"p\":{\"c\":1},\"v\":[{\"n\":1},{\"n\":2}]},{\"v\":[{\"n\":3}]}]}"},
    };
    CHECK_ALL(*state, cases);
}

static void test_lists_and_inline_tables(void **state) {
    static const struct decoding cases[] = {
        {"a = [ 1, # one\n\n 'x', [ ], [[2.0]], ]", "{\"a\":[1,\"x\",[],[[2.0]]]}"},
        {"a = { x = 1, y.z = 2, y.w = {} }", "{\"a\":{\"x\":1,\"y\":{\"w\":{},\"z\":2}}}"},
        {"a = [{b = 1}, {}]", "{\"a\":[{\"b\":1},{}]}"},
        {"a = {b = [1,\n2]}", "{\"a\":{\"b\":[1,2]}}"},
    };
    CHECK_ALL(*state, cases);
}

static void test_refused_text(void **state) {
    static const struct decoding cases[] = {
        {"a = \"x", "toml:1:5: a string that is never closed"},
        {"a = \"x\ny\"", "toml:1:7: a string that is not closed on its line"},
        {"a = 'x\n'", "toml:1:7: a string that is not closed on its line"},
        {"a = \"\"\"x\"\"", "toml:1:5: a string that is never closed"},
        {"a = '''x''''''", "toml:1:14: more text where the line should end"},
        {"a = \"\\q\"", "toml:1:6: an unknown escape"},
        {"a = \"\\u12\"", "toml:1:6: an escape with too few hexadecimal digits"},
        {"a = \"\\ud800\"", "toml:1:6: an escape that is no Unicode character"},
        {"a = \"\\U00110000\"", "toml:1:6: an escape that is no Unicode character"},
        {"a = \"x\x01\"", "toml:1:7: a control character in a string"},
        {"a = \"\"\"x\ry\"\"\"", "toml:1:9: a control character in a string"},
        {"# x\x07", "toml:1:4: a control character in a comment"},
        {"\"\"\"a\"\"\" = 1", "toml:1:1: a key in triple quotes"},
        {"a = \"\xff\"", "toml:1:6: not UTF-8"},
    };
    CHECK_ALL(*state, cases);
}

static void test_refused_values(void **state) {
    static const char *const numbers[] = {"00",
                                          "01",
                                          "1__0",
                                          "_1",
                                          "1_",
                                          "0x",
                                          "0xg",
                                          "+0x1",
                                          "0X1",
                                          "1.",
                                          "1.e5",
                                          "+",
                                          "1e",
                                          "--1",
                                          "1e400",
                                          "0b2",
                                          "0o8",
                                          "1.2.3",
                                          "9223372036854775808",
                                          "0xffffffffffffffff"};
    static const char *const dates[] = {"1979-13-01",
                                        "1979-02-30",
                                        "2023-02-29",
                                        "1979-05-27T24:00:00",
                                        "07:60:00",
                                        "07:32",
                                        "1979-05-27T07:32:00+24:00",
                                        "1979-05-27T",
                                        "1979-5-27"};
    static const char *const words[] = {"hello", "True", "Infinity", ".5", "nan1"};
    for (size_t i = 0; i < LENGTH(numbers) + LENGTH(dates); i++) {
        const char *value = i < LENGTH(numbers) ? numbers[i] : dates[i - LENGTH(numbers)];
        char *text = str_format("a = %s", value);
        bool word = value[0] == '_';
        check(*state, (struct decoding){text, word ? "toml:1:5: not a value: text needs quotes"
                                                   : "toml:1:5: not a number, date or time that TOML knows"});
        free(text);
    }
    for (size_t i = 0; i < LENGTH(words); i++) {
        char *text = str_format("a = %s", words[i]);
        check(*state, (struct decoding){text, "toml:1:5: not a value: text needs quotes"});
        free(text);
    }
}

static void test_refused_structure(void **state) {
    static const struct decoding cases[] = {
        {"a = ", "toml:1:5: a value is missing"},
        {"a", "toml:1:2: a '=' is missing after the key"},
        {"= 1", "toml:1:1: a key is missing, or needs quotes"},
        {"ä = 1", "toml:1:1: a key is missing, or needs quotes"},
        {"a. = 1", "toml:1:4: a key is missing, or needs quotes"},
        {"a = 1 b = 2", "toml:1:7: more text where the line should end"},
        {"[a] b = 1", "toml:1:5: more text where the line should end"},
        {"[a", "toml:1:3: a ']' is missing"},
        {"[[a]", "toml:1:4: a ']' is missing"},
        {"[]", "toml:1:2: a key is missing, or needs quotes"},
        {"a = [1, 2", "toml:1:10: a ',' or ']' is missing"},
        {"a = [1,", "toml:1:5: a list that is never closed"},
        {"a = [1 2]", "toml:1:8: a ',' or ']' is missing"},
        {"a = [,]", "toml:1:6: a value is missing"},
        {"a = {b = 1,}", "toml:1:12: a key is missing, or needs quotes"},
        {"a = {b = 1\n}", "toml:1:11: a ',' or '}' is missing"},
        {"a = 1\ra = 2", "toml:1:6: more text where the line should end"},
    };
    CHECK_ALL(*state, cases);
}

static void test_refused_redefinitions(void **state) {
    static const struct decoding cases[] = {
        {"a = 1\na = 2", "toml:2:1: 'a' is defined already"},
        {"a = 1\na.b = 2", "toml:2:1: 'a' is defined already, and dotted keys cannot add to it"},
        {"a.b = 1\na = 2", "toml:2:1: 'a' is defined already"},
        {"[a]\n[a]", "toml:2:1: 'a' is defined already"},
        {"[a]\nb = 1\n[a.b]", "toml:3:1: 'b' is defined already"},
        {"a.b = 1\n[a]", "toml:2:1: 'a' is defined already"},
        {"[f]\na.c = 1\n[f.a]", "toml:3:1: 'a' is defined already"},
        {"[a.b.c]\nz = 9\n[a]\nb.c.t = 1", "toml:4:1: 'c' is defined already, and dotted keys cannot add to it"},
        {"a = {b = 1}\na.c = 2", "toml:2:1: 'a' is defined already, and dotted keys cannot add to it"},
        {"a = {b = 1}\n[a.c]", "toml:2:1: 'a' is defined already as a value"},
        {"a = {b = {}, b.c = 1}", "toml:1:14: 'b' is defined already, and dotted keys cannot add to it"},
        {"a = {b.c = {}}\na.b.d = 1", "toml:2:1: 'a' is defined already, and dotted keys cannot add to it"},
        {"a = []\n[[a]]", "toml:2:1: 'a' is defined already, and is no list of tables"},
        {"[[a]]\n[a]", "toml:2:1: 'a' is defined already"},
        {"[a]\n[[a]]", "toml:2:1: 'a' is defined already, and is no list of tables"},
        {"a = [{}]\n[a.b]", "toml:2:1: 'a' is defined already as a value"},
    };
    CHECK_ALL(*state, cases);
}

static void test_limits(void **state) {
    state_run(*state, "assert(toml.decode('a = ' .. ('['):rep(64) .. (']'):rep(64)))\n"
                      "local value, message = toml.decode('a = ' .. ('['):rep(65) .. (']'):rep(65))\n"
                      "same(message, 'toml:1:69: nested deeper than 64 levels')\n"
                      "assert(toml.decode('a' .. ('.a'):rep(31) .. ' = 1'))\n"
                      "value, message = toml.decode('a' .. ('.a'):rep(32) .. ' = 1')\n"
                      "same(message, 'toml:1:1: a key of more than 32 parts')\n"
                      "local headers = {}\n"
                      "for i = 1, 32 do headers[i] = '[[a' .. ('.a'):rep(i - 1) .. ']]' end\n"
                      "headers[33] = 'a' .. ('.a'):rep(31) .. ' = ' .. ('['):rep(64) .. (']'):rep(64)\n"
                      "assert(toml.decode(table.concat(headers, '\\n')))\n");
}

static void test_encode(void **state) {
    state_run(
        *state,
        "local value = {title = 'x\"y', n = 1, f = 2.0, b = true, list = {1, {2}, {k = 1}}, empty = json.list{},\n"
        "  ['a b'] = {x = {y = 1}, z = 'ä'}, rows = {{n = 1, sub = {m = 2}}, {n = 2}}}\n"
        "local text = toml.encode(value)\n"
        "same(text, [==[b = true\n"
        "empty = []\n"
        "f = 2.0\n"
        "list = [1, [2], {k = 1}]\n"
        "n = 1\n"
        "title = \"x\\\"y\"\n"
        "\n[\"a b\"]\nz = \"ä\"\n"
        "\n[\"a b\".x]\ny = 1\n"
        "\n[[rows]]\nn = 1\n"
        "\n[rows.sub]\nm = 2\n"
        "\n[[rows]]\nn = 2\n]==])\n"
        "same(json.encode(toml.decode(text)), json.encode(value))\n"
        "raises('toml has no form for null', toml.encode, {a = {json.null}})\n"
        "raises('toml has no form for anything but a table with names', toml.encode, {1, 2})\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, state_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_strings),
        TEST(test_numbers),
        TEST(test_dates),
        TEST(test_keys_and_tables),
        TEST(test_lists_and_inline_tables),
        TEST(test_refused_text),
        TEST(test_refused_values),
        TEST(test_refused_structure),
        TEST(test_refused_redefinitions),
        TEST(test_limits),
        TEST(test_encode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
