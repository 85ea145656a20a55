#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "term/fold.h"
#include "term/markdown.h"

static const struct term plain = {.unicode = true, .width = 40};
static const struct term ascii = {.width = 40};
static const struct term colored = {.unicode = true, .color = true, .width = 40};

static void assert_shown(const struct term *term, const char *text, const char *expected) {
    scoped(str) out = STR_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(term_markdown(&out, term, sv_of(text), &err), 0);
    assert_string_equal(out.data, expected);
}

static void test_blocks(void **state) {
    (void)state;
    assert_shown(&plain, "# Title\n\nOne paragraph that is longer than a line is broken.\n\n## Part\n\ntext\n",
                 "Title\n═════\n\nOne paragraph that is longer than a line\nis broken.\n\nPart\n────\n\ntext\n");
    assert_shown(&ascii, "# Title\n\n---\n\n### Deep\n",
                 "Title\n=====\n\n----------------------------------------\n\nDeep\n");
    assert_shown(&plain, "before\n\n```sh\n$ ls  -l\n\tx\n```\n\nafter\n",
                 "before\n\n    $ ls  -l\n        x\n\nafter\n");
    assert_shown(&plain, "> said\n>\n> twice\n", "│ said\n│\n│ twice\n");
    assert_shown(&plain, "one  \ntwo\nthree\n", "one\ntwo three\n");
    assert_shown(&plain, "", "");
}

static void test_lists(void **state) {
    (void)state;
    assert_shown(&plain, "text\n\n- one\n- two words that go on over the end of it\n  - inner\n- three\n\nafter\n",
                 "text\n\n• one\n• two words that go on over the end of\n  it\n  • inner\n• three\n\nafter\n");
    assert_shown(&ascii, "9. nine\n10. ten\n", "9. nine\n10. ten\n");
    assert_shown(&plain, "1. a\n\n   b\n\n2. c\n", "1. a\n\n   b\n\n2. c\n");
    assert_shown(&plain, "- [ ] open\n- [x] done\n", "• [ ] open\n• [x] done\n");
    assert_shown(&plain, "-\n- b\n", "• \n• b\n");
    assert_shown(&plain, "- a\n\n  ```\n  code\n  ```\n", "• a\n\n      code\n");
}

static void test_tables(void **state) {
    (void)state;
    assert_shown(&plain, "| file | what |\n|---|---|\n| `a.py` | short |\n| `b` | |\n",
                 "file    what\n──────  ─────\n`a.py`  short\n`b`\n");
    assert_shown(&ascii, "| a | b |\n|---|---|\n| x | one two three four five six seven eight |\n",
                 "a  b\n-  -------------------------------------\nx  one two three four five six seven\n   eight\n");
}

static void test_in_a_line(void **state) {
    (void)state;
    assert_shown(&plain, "**strong** *slanted* `co*de` ~~no~~\n", "strong slanted `co*de` no\n");
    assert_shown(&plain, "[page](docs/a.md) <https://a.example>\n", "page (docs/a.md) https://a.example\n");
    assert_shown(&plain, "[bad](javascript:x) [part](#part)\n", "bad part\n");
    assert_shown(&plain, "![a plot](plot.png)\n", "[image: a plot]\n");
    assert_shown(&plain, "a &amp; b &#8212; &#x41; &unknown;\n", "a & b \u2014 A &unknown;\n");
    assert_shown(&colored, "a **b *c* d** e\n", "a \033[1mb \033[3mc\033[0m\033[1m d\033[0m e\n");
    assert_shown(&colored, "# A `b`\n", "\033[1mA `b`\033[0m\n═════\n");
}

/* A style does not run over the end of a line. */
static void test_styles_end_with_their_line(void **state) {
    (void)state;
    assert_shown(&colored, "**a first line of thirty-nine columns aa and a second**\n",
                 "\033[1ma first line of thirty-nine columns aa\033[0m\n\033[1mand a second\033[0m\n");
    scoped(str) out = STR_INIT;
    term_fold(&out, &(struct fold){.columns = 4, .rest = "> "}, sv_of("\033[1mabcdef\033[0m\n\ngh"));
    assert_string_equal(out.data, "\033[1mabcd\033[0m\n> \033[1mef\033[0m\n> \n> gh");
}

/* Nothing of it may steer the terminal, however it got there. */
static void test_hostile_text(void **state) {
    (void)state;
    assert_shown(&colored, "a\033[31mb &#27;[2J c &#x9b;x\n\n```\n\033]0;t\007\n```\n\n<b>\033[1m</b>\n",
                 "a\\x1b[31mb \\x1b[2J c \\u009bx\n\n    \\x1b]0;t\\x07\n\n<b>\\x1b[1m</b>\n");
    assert_shown(&plain, "[t](http://a/\u202e)\n", "t (http://a/\\u202e)\n");
    assert_shown(&plain, "| a |\n|---|\n| \033[1m\xff |\n", "a\n───────────\n\\x1b[1m\\xff\n");
}

static void test_limits(void **state) {
    (void)state;
    scoped(str) text = STR_INIT;
    scoped(str) out = STR_INIT;
    struct err err = ERR_INIT;
    str_append_repeat(&text, '>', 20000);
    str_append(&text, " deep\n\n");
    for (int i = 0; i < 5000; i++) str_append(&text, "[l](a.md) **x** `c`\n");
    assert_int_equal(term_markdown(&out, &plain, sv_str(&text), &err), 0);
    assert_non_null(strstr(out.data, "deep"));
    str_append_repeat(&text, 'x', MARKDOWN_MOST);
    assert_int_equal(term_markdown(&out, &plain, sv_str(&text), &err), -1);
    assert_int_equal(err.code, ERR_COURSE);
    str_clear(&text);
    str_append(&text, "|");
    for (int i = 0; i < 40; i++) str_append(&text, "a|");
    str_append(&text, "\n|");
    for (int i = 0; i < 40; i++) str_append(&text, "---|");
    assert_int_equal(term_markdown(&out, &plain, sv_str(&text), &err), -1);
    assert_non_null(strstr(err.message, "32 columns"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),       cmocka_unit_test(test_lists),
        cmocka_unit_test(test_tables),       cmocka_unit_test(test_in_a_line),
        cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_styles_end_with_their_line),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
