/* The engine, the editor's types (checker/lab.d*.lua) and the reference (docs/checker-reference*.md) name the same things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdlib.h>

#include "base/fs.h"
#include "checker/checker.h"

typedef array(char *) names;

static void add_name(names *list, const char *data, size_t len) { *array_push(list) = mem_copy(data, len); }

static bool has_name(const names *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i], name)) return true;
    return false;
}

static void free_names(names *list) {
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    array_free(list);
}

/* Calls take(line) for every line of every file that matches. */
static void each_line(const char *pattern, void (*take)(names *list, const char *line), names *list) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found)) fail_msg("no %s: run me from the top of the repository", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        scoped(str) text = STR_INIT;
        assert_int_equal(fs_read(&text, found.gl_pathv[i], 1 << 20, NULL), 0);
        struct sv rest = sv_str(&text), line;
        while (sv_next_line(&rest, &line)) {
            autofree char *copy = mem_copy(line.data, line.len);
            take(list, copy);
        }
    }
    globfree(&found);
}

/* ---- what the engine has ---- */

static const char *const of_lua[] = {"assert",       "error",    "getmetatable", "ipairs", "next",   "pairs",
                                     "pcall",        "rawequal", "rawget",       "rawlen", "rawset", "select",
                                     "setmetatable", "tonumber", "tostring",     "type",   "xpcall"};

static bool is_of_lua(const char *name) {
    for (size_t i = 0; i < LENGTH(of_lua); i++)
        if (!strcmp(of_lua[i], name)) return true;
    return false;
}

static void take_engine(names *list) {
    struct checker *checker;
    scoped(str) text = STR_INIT;
    assert_int_equal(checker_new(&checker, 0, NULL), 0);
    assert_int_equal(checker_names(checker, &text, NULL), 0);
    checker_free(checker);
    struct sv rest = sv_str(&text), line;
    while (sv_next_line(&rest, &line)) {
        autofree char *name = mem_copy(line.data, line.len);
        if (!is_of_lua(name)) add_name(list, name, line.len);
    }
    assert_true(list->count > 100);
}

/* ---- what the types have ---- */

static const struct {
    const char *class, *name;
} classes[] = {{"Check:", "t:"},
               {"Result:", "result:"},
               {"Service:", "service:"},
               {"File:", "file:"},
               {"Expectation:", "expect:"},
               {"FileExpectation:", "expect.file:"},
               {"HttpResponse:", "response:"}};

/* "function Check:run(options) end" is t:run. */
static void take_type(names *list, const char *line) {
    if (!string_starts_with(line, "function ")) return;
    const char *name = line + strlen("function ");
    size_t len = strcspn(name, "(");
    scoped(str) full = STR_INIT;
    for (size_t i = 0; i < LENGTH(classes); i++) {
        size_t prefix = strlen(classes[i].class);
        if (strncmp(name, classes[i].class, prefix) != 0) continue;
        str_append(&full, classes[i].name);
        name += prefix;
        len -= prefix;
        break;
    }
    str_append_bytes(&full, name, len);
    add_name(list, full.data, full.len);
}

/* ---- what the page has ---- */

/* A heading "### `expect(value):near(expected, tolerance)`" is expect:near: what stands in brackets is left out. */
static void take_heading(names *list, const char *line) {
    if (!string_starts_with(line, "### `")) return;
    scoped(str) name = STR_INIT;
    int depth = 0;
    for (const char *at = line + strlen("### `"); *at && *at != '`'; at++) {
        if (strchr("({[", *at)) depth++;
        if (!depth) str_append_char(&name, *at);
        if (strchr(")}]", *at)) depth--;
    }
    add_name(list, name.data, name.len);
}

/* ---- comparing ---- */

/* The page has one line for all of the forms not_…, and values that are no functions. */
static bool is_negative(const char *name) { return strstr(name, ":not_") && !string_starts_with(name, "expect.file:"); }

static const char *const values[] = {"checks", "expect", "json.null", "t.needs"};

static bool is_value(const char *name) {
    for (size_t i = 0; i < LENGTH(values); i++)
        if (!strcmp(values[i], name)) return true;
    return false;
}

static size_t report_missing(const names *wanted, const names *found, const char *where,
                             bool (*excused)(const char *)) {
    size_t missing = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        if (has_name(found, wanted->items[i]) || excused(wanted->items[i])) continue;
        print_error("%s lacks %s\n", where, wanted->items[i]);
        missing++;
    }
    return missing;
}

static bool no_excuse(const char *name) {
    (void)name;
    return false;
}

static void test_reference(void **state) {
    (void)state;
    names engine = {0}, types = {0}, page = {0};
    take_engine(&engine);
    each_line("checker/lab.d*.lua", take_type, &types);
    each_line("docs/checker-reference*.md", take_heading, &page);
    size_t missing = report_missing(&engine, &types, "checker/lab.d.lua", is_value) +
                     report_missing(&types, &engine, "the engine", no_excuse) +
                     report_missing(&engine, &page, "docs/checker-reference.md", is_negative) +
                     report_missing(&page, &engine, "the engine", no_excuse);
    free_names(&engine);
    free_names(&types);
    free_names(&page);
    assert_int_equal(missing, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
