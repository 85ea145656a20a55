/* Command lines: what they set, and what is wrong with them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commands/options.h"

struct values {
    bool all, long_form;
    const char *name;
    struct option_number jobs;
    struct option_texts only;
};

static const struct option own[] = {
    {"all", 'a', OPTION_FLAG, offsetof(struct values, all), NULL, "", 0, 0},
    {"long-form", 'l', OPTION_FLAG, offsetof(struct values, long_form), NULL, "", 0, 0},
    {"name", 'n', OPTION_TEXT, offsetof(struct values, name), "NAME", "", 0, 0},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct values, jobs), "N", "", 1, 64},
    {"only", 0, OPTION_LIST, offsetof(struct values, only), "ID", "", 0, 0},
};

enum { WORDS_MOST = 80 };

struct parsed {
    struct values values;
    struct option_set set;
    struct option_line line;
    char *argv[WORDS_MOST];
    struct err err;
};

/* Parses words that end in NULL. */
static int parse(struct parsed *parsed, const char *const *words) {
    *parsed = (struct parsed){0};
    int count = 0;
    for (; words[count]; count++) parsed->argv[count] = (char *)(uintptr_t)words[count];
    parsed->set = (struct option_set){own, LENGTH(own), &parsed->values};
    parsed->line = (struct option_line){.sets = &parsed->set, .set_count = 1, .argc = count, .argv = parsed->argv};
    return options_parse(&parsed->line, &parsed->err);
}

#define PARSE(parsed, ...) parse(parsed, (const char *const[]){__VA_ARGS__, NULL})

static void test_forms(void **state) {
    struct parsed p;
    (void)state;
    assert_int_equal(PARSE(&p, "one", "-la", "two", "--name=x=y", "-j", "3", "--only", "a", "--only=b"), 0);
    assert_true(p.values.all && p.values.long_form);
    assert_string_equal(p.values.name, "x=y");
    assert_true(p.values.jobs.given && p.values.jobs.value == 3);
    assert_int_equal(p.values.only.count, 2);
    assert_string_equal(p.values.only.items[1], "b");
    assert_int_equal(p.line.words, 2);
    assert_string_equal(p.line.argv[1], "two");
    assert_int_equal(p.line.before_dashes, 2);
    assert_int_equal(PARSE(&p, "-aj7", "-nlast", "-n", "-a"), 0);
    assert_int_equal(p.values.jobs.value, 7);
    assert_string_equal(p.values.name, "-a");
    assert_false(p.values.long_form);
    assert_int_equal(PARSE(&p, "--name", "", "-"), 0);
    assert_string_equal(p.values.name, "");
    assert_string_equal(p.line.argv[0], "-");
}

static void test_dashes_end_options(void **state) {
    struct parsed p;
    (void)state;
    assert_int_equal(PARSE(&p, "-a", "ex", "--", "pytest", "-l", "--", "x"), 0);
    assert_true(p.values.all);
    assert_false(p.values.long_form);
    assert_int_equal(p.line.before_dashes, 1);
    assert_int_equal(p.line.words, 5);
    assert_string_equal(p.line.argv[2], "-l");
    assert_string_equal(p.line.argv[3], "--");
    assert_int_equal(PARSE(&p, "--name", "--", "x"), 0);
    assert_string_equal(p.values.name, "--");
}

static void test_faults(void **state) {
    static const struct {
        const char *words[3], *message;
    } cases[] = {
        {{"--nmae"}, "unknown option '--nmae', did you mean '--name'?"},
        {{"--something-else"}, "unknown option '--something-else'"},
        {{"-ax"}, "unknown option '-x'"},
        {{"--name"}, "option '--name' needs a value: NAME"},
        {{"-n"}, "option '--name' needs a value: NAME"},
        {{"--all=yes"}, "option '--all' takes no value"},
        {{"-j", "many"}, "option '--jobs' takes a whole number, not 'many'"},
        {{"-j", ""}, "option '--jobs' takes a whole number, not ''"},
        {{"-j", "3x"}, "option '--jobs' takes a whole number, not '3x'"},
        {{"-j", "0"}, "option '--jobs' takes a number from 1 to 64, not 0"},
        {{"-j", "99999999999999999999"}, "option '--jobs' takes a number from 1 to 64, not 99999999999999999999"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct parsed p;
        assert_int_equal(parse(&p, cases[i].words), -1);
        assert_int_equal(p.err.code, ERR_USAGE);
        assert_string_equal(p.err.message, cases[i].message);
    }
}

static void test_list_is_bounded(void **state) {
    const char *words[WORDS_MOST] = {0};
    struct parsed p;
    (void)state;
    for (size_t i = 0; i <= OPTION_TEXTS_MOST; i++) words[i] = "--only=x";
    assert_int_equal(parse(&p, words), -1);
    assert_string_equal(p.err.message, "option '--only' is given more than 64 times");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_dashes_end_options),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_list_is_bounded),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
