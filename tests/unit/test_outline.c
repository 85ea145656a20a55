/* What stands in a Markdown text, and where. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "term/outline.h"

struct page {
    struct arena arena;
    struct outline outline;
};

static int setup(void **state) {
    *state = mem_alloc(sizeof(struct page));
    return 0;
}

static int teardown(void **state) {
    struct page *page = *state;
    arena_release(&page->arena);
    free(page);
    return 0;
}

static const struct outline_item *read_items(struct page *page, const char *text, size_t count) {
    assert_true(outline_read(&page->outline, &page->arena, text, strlen(text)));
    assert_int_equal(page->outline.count, count);
    return page->outline.items;
}

/* The text from the item's place on begins with these words. */
#define assert_place(text, item, words) assert_memory_equal((text) + (item)->offset, words, strlen(words))

static void test_headings(void **state) {
    static const char text[] = "# One *two* `three`\n\nFour\n----\n\n####### no\n";
    const struct outline_item *items = read_items(*state, text, 2);
    assert_int_equal(items[0].kind, OUTLINE_HEADING);
    assert_int_equal(items[0].level, 1);
    assert_string_equal(items[0].text, "One two three");
    assert_place(text, &items[0], "One");
    assert_int_equal(items[1].level, 2);
    assert_place(text, &items[1], "Four");
}

static void test_links_and_pictures(void **state) {
    static const char text[] =
        "a [b *c*](d.md) ![e](f.png \"t\") [g][h] <https://i.org> [![j](k.png)](l.md)\n\n[h]: m.md\n";
    const struct outline_item *items = read_items(*state, text, 6);
    assert_string_equal(items[0].target, "d.md");
    assert_string_equal(items[0].text, "b c");
    assert_place(text, &items[0], "d.md");
    assert_int_equal(items[1].kind, OUTLINE_IMAGE);
    assert_place(text, &items[1], "f.png");
    assert_string_equal(items[2].target, "m.md");
    assert_place(text, &items[2], "g]");
    assert_place(text, &items[3], "https://i.org");
    assert_string_equal(items[4].target, "l.md");
    assert_string_equal(items[5].target, "k.png");
    assert_place(text, &items[5], "k.png");
}

static void test_code(void **state) {
    static const char text[] =
        "```sh more\nls\n\n  cd\n```\n\n    indented\n\n> ~~~\n> x\n> ~~~\n\n- ```c\n  int i;\n  ```\n\n```\n```\n";
    const struct outline_item *items = read_items(*state, text, 5);
    assert_string_equal(items[0].lang, "sh");
    assert_true(items[0].fenced && items[0].closed);
    assert_place(text, &items[0], "```sh");
    assert_int_equal(items[0].line_count, 3);
    assert_int_equal(items[0].lines[0].len, 2);
    assert_null(items[0].lines[1].data);
    assert_memory_equal(items[0].lines[2].data, "  cd", items[0].lines[2].len);
    assert_false(items[1].fenced);
    assert_place(text, &items[1], "indented");
    assert_place(text, &items[2], "~~~");
    assert_true(items[2].closed);
    assert_place(text, &items[3], "```c");
    assert_true(items[3].closed);
    assert_place(text, &items[4], "```\n```\n");
    assert_true(items[4].closed);
    assert_int_equal(items[4].line_count, 0);
}

static void test_code_without_an_end(void **state) {
    static const char *const texts[] = {"```\nls\n", "```", "a\n\n````\n```\n", "> ```\n> a\n\nb\n",
                                        "```a\n```\n\n~~~\nb\n```\n"};
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct page *page = *state;
        assert_true(outline_read(&page->outline, &page->arena, texts[i], strlen(texts[i])));
        assert_true(page->outline.count > 0);
        assert_false(page->outline.items[page->outline.count - 1].closed);
    }
}

static void test_tables(void **state) {
    static const char text[] = "text\n\n| a | `b` |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nend\n";
    const struct outline_item *items = read_items(*state, text, 1);
    assert_int_equal(items[0].kind, OUTLINE_TABLE);
    assert_int_equal(items[0].columns, 2);
    assert_int_equal(items[0].rows, 2);
    assert_place(text, &items[0], "a | `b`");
}

static void test_what_is_too_much(void **state) {
    struct page *page = *state;
    scoped(str) text = STR_INIT;
    str_append_repeat(&text, 'a', OUTLINE_TEXT_MOST + 1);
    assert_false(outline_read(&page->outline, &page->arena, text.data, text.len));
    assert_true(outline_read(&page->outline, &page->arena, text.data, text.len - 1));
    str_clear(&text); /* pictures in pictures */
    for (int i = 0; i < 100; i++) str_append(&text, "![");
    for (int i = 0; i < 100; i++) str_append(&text, "](b)");
    assert_false(outline_read(&page->outline, &page->arena, text.data, text.len));
    assert_int_equal(page->outline.count, 0);
}

static void test_every_beginning_of_a_text_can_be_read(void **state) {
    static const char text[] =
        "# A\n\n> - ```sh\n>   ls\n>   ```\n\n| a | b |\n|---|---|\n| [c](d) | ![e](f) |\n\n~~~\n\n~~~\n[g][h]\n\n[h]: i\n";
    struct page *page = *state;
    for (size_t len = 0; len < sizeof text; len++) {
        char *copy = mem_copy(text, len);
        copy = mem_resize(copy, len ? len : 1); /* without the closing NUL: nothing may be read behind the end */
        assert_true(outline_read(&page->outline, &page->arena, copy, len));
        for (size_t i = 0; i < page->outline.count; i++) assert_true(page->outline.items[i].offset <= len);
        free(copy);
    }
}

static void test_anchors(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"The task", "the-task"},     {"What's new?", "whats-new"},
        {"a_b - C (d)", "a_b---c-d"}, {"Über 1.2 Größe", "über-12-größe"},
        {"日本 語", "日本-語"},       {"", ""},
        {"\xff bad", "-bad"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        scoped(str) anchor = STR_INIT;
        outline_anchor(&anchor, rows[i][0]);
        assert_string_equal(anchor.data, rows[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_headings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_and_pictures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_code, setup, teardown),
        cmocka_unit_test_setup_teardown(test_code_without_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_beginning_of_a_text_can_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anchors, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
