/* The engine itself: what a checker can see, what it cannot load, what it may cost. What checks say is in test_prelude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_supervisor.h"

static struct fake fake;
static struct checker *checker;

static int open_all(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    fake_open(&fake);
    if (!checker_new(&checker, 0, &err)) return 0;
    print_error("%s\n", err.message);
    return -1;
}

static int close_all(void **state) {
    (void)state;
    checker_free(checker);
    fake_close(&fake);
    return 0;
}

static json_t *run(struct sv text, const char *check) {
    return fake_work(&fake, checker,
                     (struct checker_task){
                         .name = "exercises/x/checker.lua", .text = text, .check = check, .seed = 7, .processor = 0.5});
}

static json_t *run_body(const char *body) {
    scoped(str) text = STR_INIT;
    str_printf(&text, "checks[\"c\"] = function(t)\n%s\nend\n", body);
    return run(sv_str(&text), "c");
}

/* ---- what a checker sees ---- */

static const char visible[] =
    "assert build_context checks compose csv docker dockerfile dotenv error expect file getmetatable git glob hash hint holds http ini ipairs jq json k8s llm math mcp mlflow next onnx otlp pairs pcall pickle_ops port print private prom random rawequal rawget rawlen rawset safetensors schema seed select service setmetatable shared shuffle "
    "sql start_file stats string table toml tonumber tostring tree tree_diff type utf8 within xml xpcall yaml";

static const char in_string[] =
    "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper";

static const char in_table[] = "concat insert move pack remove sort unpack";

static const char in_math[] =
    "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad "
    "sin sqrt tan tointeger type ult";

static void expect_names(const char *table, const char *wanted) {
    scoped(str) body = STR_INIT;
    str_printf(&body,
               "local names = {}\n"
               "for name in next, %s do names[#names + 1] = name end\n"
               "table.sort(names)\n"
               "expect(1):equals(1)\n"
               "return table.concat(names, ' ')\n",
               table);
    autojson json_t *outcome = run_body(body.data);
    assert_string_equal(json_get_string(outcome, "value", "(none)"), wanted);
}

static void test_globals(void **state) {
    (void)state;
    expect_names("_ENV", visible);
    expect_names("string", in_string);
    expect_names("table", in_table);
    expect_names("math", in_math);
}

/* ---- what it cannot load ---- */

static void expect_error(struct sv text, const char *words) {
    autojson json_t *outcome = run(text, NULL);
    const char *message = json_get_string(json_object_get(outcome, "error"), "message", "(none)");
    if (!strstr(message, words)) fail_msg("%s: says nothing of %s", message, words);
    if (strncmp(message, "checker.lua", 11) != 0) fail_msg("%s: does not name the file", message);
}

static void test_unloadable(void **state) {
    (void)state;
    expect_error(SV("\x1bLua\x54\x00\x19\x93"), "attempt to load a binary chunk");
    expect_error(SV("\xff\xfe\x00"), "unexpected symbol");
    expect_error(SV("checks['a'] = function(t) \n"), "'end' expected");
    expect_error(SV("goto nowhere\n"), "no visible label");
    scoped(str) deep = STR_INIT;
    str_append(&deep, "local x = ");
    for (int i = 0; i < 1000; i++) str_append(&deep, "{");
    expect_error(sv_str(&deep), "C stack overflow");
}

/* A file with a shebang, a BOM, CRLF line ends: all text. */
static void test_loadable(void **state) {
    (void)state;
    autojson json_t *outcome = run(SV("checks['a'] = function(t)\r\nend\r\n"), NULL);
    const json_t *functions = json_object_get(outcome, "functions");
    assert_int_equal(json_array_size(functions), 1);
    assert_string_equal(json_get_string(json_array_get(functions, 0), "id", ""), "a");
    autojson json_t *empty = run(SV(""), NULL);
    assert_true(json_is_array(json_object_get(empty, "functions")));
}

/* ---- the supervisor's side ---- */

static void test_supervisor_gone(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    close(ends[1]);
    struct err err = ERR_INIT;
    struct checker_task task = {.name = "checker.lua",
                                .text = SV("checks['c'] = function(t) t:run{'fake'} end"),
                                .check = "c",
                                .scratch = fake.scratch,
                                .start = -1,
                                .material = -1,
                                .scratch_path = fake.scratch_path,
                                .material_path = fake.material_path,
                                .channel = ends[0]};
    assert_int_equal(checker_work(checker, &task, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    close(ends[0]);
}

/* A service is stopped whether the check passes, fails or breaks. */
static void test_services_are_stopped(void **state) {
    (void)state;
    static const char *const endings[] = {"", "expect(1):equals(2)", "error('broken')"};
    for (size_t i = 0; i < LENGTH(endings); i++) {
        size_t before = fake.requests.count;
        scoped(str) body = STR_INIT;
        str_printf(&body, "t:service{'fake', 'log=up', ready = {log = 'up'}}\n%s", endings[i]);
        autojson json_t *outcome = run_body(body.data);
        assert_non_null(outcome);
        assert_true(fake.requests.count > before);
        assert_string_equal(fake.requests.items[fake.requests.count - 1], "service_stop");
    }
}

static void test_writes_are_told(void **state) {
    (void)state;
    size_t before = fake.requests.count;
    autojson json_t *outcome =
        run_body("t:write('a.txt', 'x') t:patch('a.txt', 'x', 'y') t:remove('a.txt')\nexpect(1):equals(1)");
    assert_string_equal(json_get_string(outcome, "verdict", ""), "pass");
    assert_int_equal(fake.requests.count - before, 3);
    for (size_t i = before; i < fake.requests.count; i++) assert_string_equal(fake.requests.items[i], "wrote");
}

/* The same seed, the same values; another seed or another check, others. */
static void test_chance(void **state) {
    (void)state;
    struct sv text = SV(
        "local top = random(1000000)\n"
        "for _, id in ipairs{'c', 'd'} do checks[id] = function() expect(1):equals(1) return {top, random(1000000)} end end");
    autojson json_t *first = run(text, "c"), *again = run(text, "c"), *other = run(text, "d");
    const json_t *a = json_object_get(first, "value"), *b = json_object_get(again, "value"),
                 *c = json_object_get(other, "value");
    assert_true(json_equal(a, b));
    assert_true(json_equal(json_array_get(a, 0), json_array_get(c, 0)));
    assert_false(json_equal(json_array_get(a, 1), json_array_get(c, 1)));
}

/* ---- memory ---- */

static void test_memory_is_capped(void **state) {
    (void)state;
    struct checker *small;
    struct err err = ERR_INIT;
    assert_int_equal(checker_new(&small, 1 << 16, &err), -1); /* the prelude alone needs more */
    assert_non_null(strstr(err.message, "not enough memory"));
    assert_int_equal(checker_new(&small, 2 << 20, &err), 0);
    checker_free(small);
}

/* ---- figures ---- */

enum { ENGINES = 20, CHECKS = 50 };

/* Generous bounds: this machine may be busy, and sanitizers are slow. bench prints the figures. */
static void test_cost(void **state) {
    (void)state;
    double began = clock_monotonic();
    for (int i = 0; i < ENGINES; i++) {
        struct checker *one;
        assert_int_equal(checker_new(&one, 0, NULL), 0);
        checker_free(one);
    }
    double engine = (clock_monotonic() - began) / ENGINES;
    began = clock_monotonic();
    for (int i = 0; i < CHECKS; i++) {
        autojson json_t *outcome = run_body("expect(1):equals(1)");
        assert_string_equal(json_get_string(outcome, "verdict", ""), "pass");
    }
    double check = (clock_monotonic() - began) / CHECKS;
    print_message("an engine: %.2f ms; a check with nothing in it, fork included: %.2f ms\n", engine * 1e3,
                  check * 1e3);
    assert_true(engine < 0.1);
    assert_true(check < 0.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globals),
        cmocka_unit_test(test_unloadable),
        cmocka_unit_test(test_loadable),
        cmocka_unit_test(test_supervisor_gone),
        cmocka_unit_test(test_services_are_stopped),
        cmocka_unit_test(test_writes_are_told),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_memory_is_capped),
        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
