/* The engine, the editor's types (checker/lab.d*.lua) and the reference (docs/checker-reference*.md) name the same things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdlib.h>

#include "base/fs.h"
#include "checker/api.h"
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

static void take_types(names *list) {
    for (const struct api_function *function = api_functions(); function; function = function->next)
        if (strcmp(function->name, "expect") != 0) add_name(list, function->name, strlen(function->name));
    assert_true(list->count > 100);
}

/* "json.decode(text[, options])", as the page writes it. */
static void append_call(struct str *out, const struct api_function *function) {
    size_t open = 0;
    str_append_char(out, '(');
    for (const struct api_parameter *p = function->parameters; p; p = p->next) {
        if (p->optional) str_append_char(out, '['), open++;
        if (p != function->parameters) str_append(out, ", ");
        str_append(out, strcmp(p->name, "...") ? p->name : "…");
    }
    str_append_repeat(out, ']', open);
    str_append_char(out, ')');
}

/* Every function has words and a signature, every parameter and field a type. */
static void test_described(void **state) {
    (void)state;
    for (const struct api_function *function = api_functions(); function; function = function->next) {
        if (!*function->doc || !*function->group) fail_msg("checker/types/: %s has no words", function->name);
        if (!string_starts_with(function->signature, function->name)) fail_msg("%s: no signature", function->name);
        for (const struct api_parameter *p = function->parameters; p; p = p->next)
            if (!*p->type.text) fail_msg("checker/types/: %s: %s has no type", function->name, p->name);
    }
    for (const struct api_class *class = api_classes(); class; class = class->next) {
        if (class->group && !*class->doc && class->members) fail_msg("checker/types/: %s has no words", class->name);
        for (const struct api_member *member = class->members; class->group && member; member = member->next)
            if (!member->function && (!*member->type.text || !*member->doc))
                fail_msg("checker/types/: %s.%s has no type or no words", class->name, member->name);
    }
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

/* What stands in the last brackets of the heading is what the types say; "{…}" is one table of options. */
static size_t differs(const char *line, const struct api_function *function) {
    const char *last = NULL;
    scoped(str) wanted = STR_INIT;
    append_call(&wanted, function);
    for (const char *at = strchr(line, '('); at; at = strchr(at + 1, '(')) last = at;
    if (strstr(line, "{…}")) return !function->parameters || function->parameters->next;
    return !last || strncmp(last, wanted.data, wanted.len) != 0 || last[wanted.len] != '`';
}

static size_t wrong_headings;

static void take_signature(names *list, const char *line) {
    (void)list;
    names heading = {0};
    take_heading(&heading, line);
    for (const struct api_function *function = api_functions(); function && heading.count; function = function->next) {
        if (strcmp(function->name, heading.items[0]) != 0 || !differs(line, function)) continue;
        print_error("docs/checker-reference.md: %s is %s\n", line, function->signature);
        wrong_headings++;
    }
    free_names(&heading);
}

static void test_signatures(void **state) {
    (void)state;
    wrong_headings = 0;
    each_line("docs/checker-reference*.md", take_signature, NULL);
    assert_int_equal(wrong_headings, 0);
}

/* ---- options ---- */

/* The tables of the prelude that say which options a call takes, and the class that tells the editor. */
static const struct {
    const char *table, *class;
} option_tables[] = {
    {"run_options", "RunOptions"},
    {"service_options", "ServiceOptions"},
    {"ready_options", "ReadyOptions"},
    {"log_options", "GitLogOptions"},
    {"request_options", "HttpRequestOptions"},
    {"load_options", "HttpLoadOptions"},
    {"wanted_options", "KubernetesWanted"},
    {"probes_options", "ProbesStory"},
    {"drain_options", "DrainOptions"},
    {"flow_options", "Flow"},
    {"end_options", "FlowEnd"},
    {"stub_options", "LlmStubOptions"},
    {"call_options", "LlmCalls"},
    {"pytest_options", "PytestOptions"},
    {"mutants_options", "MutantsOptions"},
    {"where_options", "SpansWanted"},
    {"story_options", "PromStory"},
    {"mcp_options", "McpOptions"},
};

static struct str prelude;

static void take_prelude(names *list, const char *line) {
    (void)list;
    str_append(&prelude, line);
    str_append_char(&prelude, '\n');
}

/* The names of "local NAME = {a = "string", b = …}". */
static void take_options(names *list, const char *table) {
    autofree char *start = str_format("local %s = {", table);
    const char *at = strstr(prelude.data, start);
    if (!at) fail_msg("checker/prelude has no %s", start);
    const char *end = strchr(at, '}');
    for (at += strlen(start); (at = strstr(at, " = \"")) && at < end; at++) {
        const char *name = at;
        while (name[-1] == '_' || (name[-1] >= 'a' && name[-1] <= 'z')) name--;
        add_name(list, name, (size_t)(at - name));
    }
}

static size_t count_fields(const struct api_class *class) {
    size_t count = 0;
    for (; class; class = class->parent)
        for (const struct api_member *member = class->members; member; member = member->next) count++;
    return count;
}

/* Those of http.load are three of its own beside those of http.request, save `stream`. */
static void test_options(void **state) {
    (void)state;
    prelude = (struct str)STR_INIT;
    each_line("checker/prelude/*.lua", take_prelude, NULL);
    for (size_t i = 0; i < LENGTH(option_tables); i++) {
        names list = {0};
        const struct api_class *class = api_class(option_tables[i].class);
        take_options(&list, option_tables[i].table);
        if (!strcmp(option_tables[i].table, "load_options")) take_options(&list, "request_options");
        size_t extra = !strcmp(option_tables[i].table, "load_options");
        for (size_t k = 0; k < list.count; k++)
            if (!api_member(class, list.items[k]) && !(extra && !strcmp(list.items[k], "stream")))
                fail_msg("checker/types/: %s lacks %s", class->name, list.items[k]);
        if (list.count != count_fields(class) + extra)
            fail_msg("checker/types/: %s has more than %s", class->name, option_tables[i].table);
        free_names(&list);
    }
    str_release(&prelude);
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
    take_types(&types);
    each_line("docs/checker-reference*.md", take_heading, &page);
    size_t missing = report_missing(&engine, &types, "checker/types/", is_value) +
                     report_missing(&types, &engine, "the engine", no_excuse) +
                     report_missing(&engine, &page, "docs/checker-reference.md", is_negative) +
                     report_missing(&page, &engine, "the engine", no_excuse);
    free_names(&engine);
    free_names(&types);
    free_names(&page);
    assert_int_equal(missing, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference), cmocka_unit_test(test_described),
                                       cmocka_unit_test(test_signatures), cmocka_unit_test(test_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
