#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "term/term.h"

static const struct term wide = {.unicode = true, .width = 80};
static const struct term narrow = {.unicode = true, .width = 40};
static const struct term ascii = {.width = 40};

static void assert_columns(const char *text, int columns) {
    int actual = term_columns(text, strlen(text));
    if (actual != columns) fail_msg("\"%s\" takes %d columns, not %d", text, actual, columns);
}

static void test_columns(void **state) {
    (void)state;
    assert_columns("", 0);
    assert_columns("plain", 5);
    assert_columns("caf\u00e9", 4);
    assert_columns("cafe\u0301", 4);         /* a combining accent */
    assert_columns("\u6a5f\u68b0", 4);       /* East Asian wide */
    assert_columns("\uff21", 2);             /* fullwidth */
    assert_columns("\uff71", 1);             /* halfwidth katakana */
    assert_columns("\ud55c\uae00", 4);       /* Hangul syllables */
    assert_columns("\u1112\u1161\u11ab", 2); /* the same, as jamo */
}

static void test_columns_of_emoji(void **state) {
    (void)state;
    assert_columns("\U0001f600", 2);
    assert_columns("\U0001f44d\U0001f3fd", 2);                                       /* skin tone */
    assert_columns("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 2); /* a family, joined */
    assert_columns("\u2764", 1);
    assert_columns("\u2764\ufe0f", 2);                             /* the same in its emoji form */
    assert_columns("1\ufe0f\u20e3", 2);                            /* keycap */
    assert_columns("\U0001f1eb\U0001f1f7", 2);                     /* a flag */
    assert_columns("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 4); /* two flags */
}

static void assert_escaped(const char *text, size_t len, bool lines, const char *expected) {
    scoped(str) out = STR_INIT;
    term_escape(&out, text, len, lines);
    assert_string_equal(out.data, expected);
}

#define ASSERT_ESCAPED(literal, lines, expected) assert_escaped(literal, sizeof(literal) - 1, lines, expected)

static void test_escape(void **state) {
    (void)state;
    ASSERT_ESCAPED("plain \u00e9 \U0001f600", false, "plain \u00e9 \U0001f600");
    ASSERT_ESCAPED("a\tb\r\nc", false, "a\\tb\\r\\nc");
    ASSERT_ESCAPED("a\tb\r\nc", true, "a\tb\\r\nc");
    ASSERT_ESCAPED("\x1b[31mred\x1b]0;title\x07", true, "\\x1b[31mred\\x1b]0;title\\x07");
    ASSERT_ESCAPED("a\0b\x7f", false, "a\\x00b\\x7f");
    ASSERT_ESCAPED("\xc2\x9b"
                   "31m",
                   false, "\\u009b31m"); /* CSI as one character */
    ASSERT_ESCAPED("\u202eevil\u202c\u2066x\u2069", false, "\\u202eevil\\u202c\\u2066x\\u2069");
    ASSERT_ESCAPED("\u061ca\u200eb\u200f", false, "\\u061ca\\u200eb\\u200f");
    ASSERT_ESCAPED("\x9b"
                   "a\xff\xc3",
                   false, "\\x9ba\\xff\\xc3");                /* no UTF-8 */
    ASSERT_ESCAPED("\xed\xa0\x80", false, "\\xed\\xa0\\x80"); /* a surrogate */
    ASSERT_ESCAPED("\xc0\xaf", false, "\\xc0\\xaf");          /* overlong */
    ASSERT_ESCAPED("e\x1b\u0301", false, "e\\x1b\u0301");     /* a mark cannot hide a control */
}

/* Every byte, alone and between others, leaves no control behind, and the width is that of what is shown. */
static void test_escape_leaves_no_control(void **state) {
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text[3] = {'a', (char)byte, 'b'};
        scoped(str) out = STR_INIT;
        term_escape(&out, text, sizeof text, false);
        for (size_t i = 0; i < out.len; i++) assert_in_range((unsigned char)out.data[i], 0x20, 0x7e);
        assert_int_equal(term_columns(text, sizeof text), (int)out.len);
    }
}

static void assert_cut(const struct term *term, const char *text, int columns, const char *expected) {
    scoped(str) out = STR_INIT;
    term_cut(&out, term, text, columns);
    assert_string_equal(out.data, expected);
    assert_true(term_columns(out.data, out.len) <= columns);
}

static void test_cut(void **state) {
    (void)state;
    assert_cut(&wide, "exact", 5, "exact");
    assert_cut(&wide, "too long", 5, "too \u2026");
    assert_cut(&ascii, "too long", 6, "too...");
    assert_cut(&ascii, "too long", 2, "to");
    assert_cut(&wide, "anything", 0, "");
    assert_cut(&wide, "\u6a5f\u68b0\u5b66", 4, "\u6a5f\u2026"); /* no half of a wide character */
    assert_cut(&wide, "a\x1b[2J", 4, "a\u2026");                /* no half of an escape */
    assert_cut(&wide, "\U0001f468\u200d\U0001f469 x", 3, "\U0001f468\u200d\U0001f469\u2026");
}

static void test_pad(void **state) {
    (void)state;
    scoped(str) out = STR_INIT;
    term_pad(&out, &wide, "\u6a5f", 4);
    term_pad(&out, &wide, "longer", 4);
    term_pad(&out, &wide, "\n", 4);
    assert_string_equal(out.data, "\u6a5f  lon\u2026\\n  ");
}

static void assert_wrapped(const char *text, int columns, int indent, const char *expected) {
    scoped(str) out = STR_INIT;
    term_wrap(&out, text, columns, indent);
    assert_string_equal(out.data, expected);
}

static void test_wrap(void **state) {
    (void)state;
    assert_wrapped("", 40, 2, "");
    assert_wrapped("  one   two  ", 40, 2, "one two");
    assert_wrapped("one two three four", 9, 0, "one two\nthree\nfour");
    assert_wrapped("one two three", 9, 2, "one two\n  three");
    assert_wrapped("a verylongwordindeed b", 8, 0, "a\nverylongwordindeed\nb");
    assert_wrapped("one\ntwo\n\nthree", 40, 1, "one\n two\n three");
    assert_wrapped("\u6a5f\u68b0 \u5b66\u7fd2", 8, 0, "\u6a5f\u68b0\n\u5b66\u7fd2");
    assert_wrapped("bad \x1b[2J", 40, 0, "bad \\x1b[2J");
}

/* What the table prints; caller frees. */
static char *printed(const struct term_table *table, const struct term *term) {
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    term_table_print(table, term, stream);
    fclose(stream);
    return text;
}

static struct term_table *table_of_exercises(void) {
    static const struct term_column columns[] = {
        {"id", false, false}, {"title", false, true}, {"minutes", true, false}, {"points", true, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    term_table_heading(table, "From notebook to project");
    term_table_row(table, (const char *[]){"seed-it", "Same input, same model", "25", "50"});
    term_table_row(table, (const char *[]){"plan-policy",
                                           "\u6a5f\u68b0\u5b66\u7fd2\u306e\u904b\u7528\u3068\u76e3\u8996 \U0001f600",
                                           "120", "5/80"});
    return table;
}

static void test_table(void **state) {
    (void)state;
    struct term_table *table = table_of_exercises();
    autofree char *text = printed(table, &wide);
    term_table_free(table);
    assert_string_equal(
        text,
        "id           title                    minutes  points\n"
        "From notebook to project\n"
        "seed-it      Same input, same model        25      50\n"
        "plan-policy  \u6a5f\u68b0\u5b66\u7fd2\u306e\u904b\u7528\u3068\u76e3\u8996 \U0001f600      120    5/80\n");
}

static void test_table_at_forty_columns(void **state) {
    (void)state;
    struct term_table *table = table_of_exercises();
    autofree char *text = printed(table, &narrow);
    term_table_free(table);
    assert_string_equal(text, "id           title       minutes  points\n"
                              "From notebook to project\n"
                              "seed-it      Same inpu\u2026       25      50\n"
                              "plan-policy  \u6a5f\u68b0\u5b66\u7fd2\u2026       120    5/80\n");
}

static void test_table_rows_always_fit(void **state) {
    (void)state;
    for (int width = 30; width < 90; width++) {
        struct term term = {.unicode = true, .width = width};
        struct term_table *table = table_of_exercises();
        autofree char *text = printed(table, &term);
        term_table_free(table);
        struct sv rest = sv_of(text);
        for (struct sv line; sv_next_line(&rest, &line);) assert_true(term_columns(line.data, line.len) <= width);
    }
}

static void test_table_escapes_and_styles(void **state) {
    (void)state;
    static const struct term_column columns[] = {{NULL, false, false}, {NULL, false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    term_table_row(table, (const char *[]){"a\nb\x1b[2J", NULL});
    term_table_row(table, (const char *[]){"pass", "x"});
    term_table_style(table, 0, STYLE_GOOD);
    autofree char *plain = printed(table, &wide);
    autofree char *coloured = printed(table, &(struct term){.color = true, .width = 80});
    term_table_free(table);
    assert_string_equal(plain, "a\\nb\\x1b[2J\npass         x\n");
    assert_string_equal(coloured, "a\\nb\\x1b[2J\n\033[32mpass       \033[0m  x\n");
}

static char *progress_of(bool tty) {
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    struct term_progress progress = {.stream = stream, .term = {.tty = tty, .width = 80}};
    for (size_t i = 0; i <= 40; i++) term_progress_show(&progress, "packages", i, 40, i == 40 ? "numpy\x1b" : NULL);
    term_progress_show(&progress, "linking", 0, 0, "ml");
    term_progress_show(&progress, "linking", 0, 0, "ml");
    term_progress_end(&progress);
    fclose(stream);
    return text;
}

static void test_progress_elsewhere_prints_lines(void **state) {
    (void)state;
    autofree char *text = progress_of(false);
    assert_string_equal(text, "packages: 0 of 40\npackages: 4 of 40\npackages: 8 of 40\npackages: 12 of 40\n"
                              "packages: 16 of 40\npackages: 20 of 40\npackages: 24 of 40\npackages: 28 of 40\n"
                              "packages: 32 of 40\npackages: 36 of 40\npackages: 40 of 40, numpy\\x1b\nlinking: ml\n");
}

static void test_progress_redraws_on_a_terminal(void **state) {
    (void)state;
    autofree char *text = progress_of(true);
    assert_null(strchr(text, '\n'));
    assert_non_null(strstr(text, "\rpackages  [##########          ]  20 of 40\033[K"));
    assert_true(string_ends_with(text, "\r\033[K"));
}

static void test_amounts(void **state) {
    (void)state;
    char text[TERM_AMOUNT_SIZE];
    assert_string_equal(term_bytes(text, 0), "0 B");
    assert_string_equal(term_bytes(text, 850), "850 B");
    assert_string_equal(term_bytes(text, 1023.99), "1.0 KiB");
    assert_string_equal(term_bytes(text, 1.5 * 1024 * 1024), "1.5 MiB");
    assert_string_equal(term_bytes(text, -1), "0 B");
    assert_true(strlen(term_bytes(text, 1e300)) < sizeof text);
    assert_string_equal(term_seconds(text, 0.12), "120 ms");
    assert_string_equal(term_seconds(text, 0.9996), "1.0 s");
    assert_string_equal(term_seconds(text, 3.14), "3.1 s");
    assert_string_equal(term_seconds(text, 59.97), "1 min 0 s");
    assert_string_equal(term_seconds(text, 125), "2 min 5 s");
    assert_string_equal(term_seconds(text, 7500), "2 h 5 min");
    assert_true(strlen(term_seconds(text, 1e300)) < sizeof text);
}

/* A pseudo-terminal's far side, so that term_of sees a terminal. */
static FILE *open_terminal(int *master) {
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
    FILE *stream = fopen(ptsname(*master), "r+");
    assert_non_null(stream);
    return stream;
}

static int clear_environment(void **state) {
    (void)state;
    static const char *const names[] = {"NO_COLOR", "TERM", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < LENGTH(names); i++) unsetenv(names[i]);
    return 0;
}

static void test_terminal(void **state) {
    (void)state;
    int master;
    FILE *stream = open_terminal(&master);
    setenv("TERM", "xterm", 1);
    setenv("LANG", "en_US.UTF-8", 1);
    struct term usual = term_of(stream, false), plain = term_of(stream, true);
    assert_true(usual.tty && usual.color && usual.unicode && !plain.color && plain.tty);
    assert_string_equal(term_on(&plain, STYLE_BAD), "");
    assert_string_equal(term_off(&plain), "");
    setenv("NO_COLOR", "", 1); /* empty is not set */
    assert_true(term_of(stream, false).color);
    setenv("NO_COLOR", "0", 1);
    assert_false(term_of(stream, false).color);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    struct term dumb = term_of(stream, false);
    assert_false(dumb.color || dumb.tty || dumb.unicode);
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C", 1);
    assert_false(term_of(stream, false).unicode);
    fclose(stream);
    close(master);
}

static void test_widths(void **state) {
    (void)state;
    FILE *stream = tmpfile();
    static const struct {
        const char *columns;
        int width;
    } rows[] = {{NULL, 80}, {"", 80},   {"120", 120}, {"40", 40},
                {"3", 20},  {"-7", 80}, {"many", 80}, {"99999999", 1000}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (rows[i].columns) setenv("COLUMNS", rows[i].columns, 1);
        assert_int_equal(term_of(stream, false).width, rows[i].width);
    }
    assert_false(term_of(stream, false).color);
    fclose(stream);
}

static void test_width_of_a_terminal_wins(void **state) {
    (void)state;
    int master;
    FILE *stream = open_terminal(&master);
    setenv("COLUMNS", "100", 1);
    assert_int_equal(term_of(stream, false).width, 100); /* a terminal that does not know */
    assert_int_equal(ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_col = 132, .ws_row = 40}), 0);
    assert_int_equal(term_of(stream, false).width, 132);
    fclose(stream);
    close(master);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_columns_of_emoji),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_leaves_no_control),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_pad),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_at_forty_columns),
        cmocka_unit_test(test_table_rows_always_fit),
        cmocka_unit_test(test_table_escapes_and_styles),
        cmocka_unit_test(test_progress_elsewhere_prints_lines),
        cmocka_unit_test(test_progress_redraws_on_a_terminal),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test_setup(test_terminal, clear_environment),
        cmocka_unit_test_setup(test_widths, clear_environment),
        cmocka_unit_test_setup(test_width_of_a_terminal_wins, clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
