/*
 * The fast reader of YAML and libyaml must not differ: on a corpus and on some thousand mutations of it, drawn from a fixed
 * seed, the fast reader either gives up or returns the very tree, with the same places, that libyaml gives.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "course/yaml_inside.h"
#include "tests/unit/mutate.h"
#include "tests/unit/yaml_equal.h"

/* Texts of the common part: the fast reader must take them. */
static const char *const common[] = {
    "format: 1\nid: seed-it\ntitle: Same input, same model\nskills: [python, 'ml', \"x y\"]\n"
    "box: {timeout: 60, memory: 1GiB, list: [1, 2]}\nchecks:\n  - id: trains\n    points: 3\n    hints:\n"
    "      - Run it.\n      - when: columns\n        say: >-\n          The header is\n          in contract.md.\n",
    "a:\n- 1\n- x: 2\n  y:\n  - 3\n-\n- - 4\n  - 5\nb:\n",
    "# comment\n\nkey: value # trailing\nother: a#b c:d http://x.org/?a=1\nquoted: 'it # is' # c\nnone: ~\n",
    "a: |\n  one\n   two\n  three\nb: |-\n  x: [y\n  # no comment\nc: >\n  folded text\n  goes on\n\nd: 1.5\n",
    "- x\n- [a, [b, {c: d}], []]\n- {}\n- \"\"\n- ''\n- -5\n- --flag\n- .inf\n- true\n",
    "plain text alone\n",
    "étage: [1]\n",
    "ae: [é, ü, \"日本\", x]\nb: é # ü\nc: [tests/**, a.b, ~, /x]\n",
    "deep:\n   deeper:\n      deepest:\n         - a:\n             b\n",
    "one: 1\n\n  # a comment, indented\ntwo: 2\n# and the end",
};

/* Texts beyond it, as food for mutations. */
static const char *const beyond[] = {
    "a: &x [1]\nb: *x\nc: !!str 5\n",
    "--- \na: 1\n...\n",
    "a: \"x\\ny\"\nb: 'it''s'\n",
    "? k\n: v\n",
    "a: one\n  two\n",
    "a: |+\n  x\n\n\n  y\nb: |2\n   z\n",
    "%YAML 1.2\n---\na: 1\n",
    "a:\tb\r\nc: [x,\n y]\n",
    "{a: 1, b}\n",
};

/* ---- comparing ---- */

/* Reads text both ways; true when the fast reader took it. Memory ends where the text ends. */
static bool compare(const char *text, size_t len) {
    struct arena arena = ARENA_INIT;
    char *exact = malloc(len ? len : 1);
    if (len) memcpy(exact, text, len);
    struct source source = source_of("f.yaml", exact, len);
    struct err err = ERR_INIT;
    unsigned bytes;
    struct yaml_node fast = {0};
    bool valid = !yaml_check_bytes(&source, &bytes, &err) && !(bytes & (YAML_HAS_BLANKS | YAML_HAS_BREAKS));
    bool taken = valid && yaml_read_plain(&arena, source.text, source.len, &fast);
    /* As a stream of documents the text always goes to libyaml. */
    const struct yaml_node *documents = yaml_parse(&arena, "f.yaml", exact, len, YAML_DOCUMENTS, &err);
    bool equal = !taken || (documents && documents->count == 1 && nodes_equal(&fast, &documents->items[0]));
    if (!equal) fprintf(stderr, "%.*s\n%s\n", (int)len, text, documents ? "the trees differ" : err.message);
    free(exact);
    arena_release(&arena);
    assert_true(equal);
    return taken;
}

static void test_corpus(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(common); i++) {
        bool taken = compare(common[i], strlen(common[i]));
        bool ends_and_ascii_keys = common[i][strlen(common[i]) - 1] == '\n' && !strstr(common[i], "étage");
        if (taken != ends_and_ascii_keys) fail_msg("%s\n%s", taken ? "taken" : "given up", common[i]);
    }
    for (size_t i = 0; i < LENGTH(beyond); i++) assert_false(compare(beyond[i], strlen(beyond[i])));
}

/* ---- mutating ---- */

static const char *pick(uint64_t *seed) {
    size_t i = draw_below(seed, LENGTH(common) + LENGTH(beyond));
    return i < LENGTH(common) ? common[i] : beyond[i - LENGTH(common)];
}

static void mutate(struct str *text, uint64_t *seed) {
    static const char *const parts[] = {" ",    "  ",
                                        "\n",   "-",
                                        "- ",   ": ",
                                        ":",    "#",
                                        " #",   "\"",
                                        "'",    "[",
                                        "]",    "{",
                                        "}",    ",",
                                        "|",    ">",
                                        ">-",   "&a ",
                                        "*a",   "!",
                                        "%",    "@",
                                        "\\",   "?",
                                        "? ",   "~",
                                        "0",    "---",
                                        "...",  "\t",
                                        "\r",   "é",
                                        "\xff", "\n\n",
                                        "a: ",  "\xe2\x80\xa8",
                                        "x"};
    size_t at = draw_below(seed, text->len + 1);
    if (draw_below(seed, 3)) {
        const char *part = parts[draw_below(seed, LENGTH(parts))];
        replace_part(text, at, 0, sv_of(part));
    } else if (draw_below(seed, 2)) {
        replace_part(text, at, draw_below(seed, text->len - at + 1) % 6, (struct sv){"", 0});
    } else {
        const char *other = pick(seed);
        size_t from = draw_below(seed, strlen(other)), len = draw_below(seed, strlen(other) - from + 1);
        replace_part(text, at, 0, (struct sv){other + from, len});
    }
}

static void test_mutations(void **state) {
    enum { ROUNDS = 15000 };
    uint64_t seed = 20260105;
    size_t taken = 0;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        scoped(str) text = STR_INIT;
        str_append(&text, pick(&seed));
        for (uint64_t n = draw_below(&seed, 3) + 1; n; n--) mutate(&text, &seed);
        taken += compare(text.data, text.len);
    }
    assert_in_range(taken, ROUNDS / 20, ROUNDS); /* else the comparison would prove nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests_name("yaml_plain", tests, NULL, NULL);
}
