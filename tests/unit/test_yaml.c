/* Located YAML: what it reads, where it says things are, and what it refuses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "course/yaml.h"

struct parsed {
    struct arena arena;
    const struct yaml_node *root;
    struct err err;
};

static void parsed_release(struct parsed *parsed) { arena_release(&parsed->arena); }

/* Parses a copy that ends where it ends, so that reading beyond it is seen. */
static void parse_bytes(struct parsed *parsed, const char *text, size_t len, unsigned flags) {
    autofree char *exact = malloc(len ? len : 1);
    if (len) memcpy(exact, text, len);
    parsed->root = yaml_parse(&parsed->arena, "f.yaml", exact, len, flags, &parsed->err);
}

static void expect_json(const char *text, unsigned flags, const char *json) {
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text, strlen(text), flags);
    if (!parsed.root) fail_msg("%s\n%s", text, parsed.err.message);
    autojson json_t *value = yaml_to_json(parsed.root);
    autofree char *actual = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(actual, json);
}

static void expect_error_bytes(const char *text, size_t len, unsigned flags, const char *message) {
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text, len, flags);
    if (parsed.root) fail_msg("accepted: %s", text);
    assert_int_equal(parsed.err.code, ERR_COURSE);
    assert_string_equal(parsed.err.message, message);
}

static void expect_error(const char *text, unsigned flags, const char *message) {
    expect_error_bytes(text, strlen(text), flags, message);
}

/* The first line of the error must be this. */
static void expect_first_line(const char *text, size_t len, unsigned flags, const char *line) {
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text, len, flags);
    assert_null(parsed.root);
    parsed.err.message[strcspn(parsed.err.message, "\n")] = '\0';
    assert_string_equal(parsed.err.message, line);
}

/* ---- values ---- */

static void test_core_scalars(void **state) {
    static const char *const cases[][2] = {
        {"yes", "\"yes\""},
        {"[no, on, off, y, n]", "[\"no\",\"on\",\"off\",\"y\",\"n\"]"},
        {"[true, True, TRUE, false, False, FALSE, tRue]", "[true,true,true,false,false,false,\"tRue\"]"},
        {"[~, null, Null, NULL, nULL]", "[null,null,null,null,\"nULL\"]"},
        {"[0, -7, +7, 012, 0o17, 0x1F, 0o8, 0xg, 1_000]", "[0,-7,7,12,15,31,\"0o8\",\"0xg\",\"1_000\"]"},
        {"[1.5, .5, 5., 1e3, -1.5E-1, 1e, ., -, +]",
         "[1.5,0.5,5.0,1000.0,-0.14999999999999999,\"1e\",\".\",\"-\",\"+\"]"},
        {"[9223372036854775807, 9223372036854775808]", "[9223372036854775807,9.2233720368547758e18]"},
        {"[.inf, -.INF, .nan, .Nan]", "[\".inf\",\"-.INF\",\".nan\",\".Nan\"]"},
        {"2026-01-05", "\"2026-01-05\""},
        {"12:30:00", "\"12:30:00\""},
        {"['1', \"true\", ! 5, !!str 7, !!int 7, !!float 7, !!null ~]", "[\"1\",\"true\",\"5\",\"7\",7,7.0,null]"},
        {"", "null"},
        {"# only a comment\n", "null"},
        {"---\n...\n", "null"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) { expect_json(cases[i][0], YAML_STRICT, cases[i][1]); }
}

static void test_structures(void **state) {
    (void)state;
    expect_json("a: 1\nb:\n- x\n- y: 2\n  z: 3\n-\nc:\n", YAML_STRICT,
                "{\"a\":1,\"b\":[\"x\",{\"y\":2,\"z\":3},null],\"c\":null}");
    expect_json("a: {b: [1, 2], 'c': \"d\"}\n", YAML_STRICT, "{\"a\":{\"b\":[1,2],\"c\":\"d\"}}");
    expect_json("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |+\n  x\n\n", YAML_STRICT,
                "{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\",\"c\":\"x\\n\\n\"}");
    expect_json("a: one\n  two\n\n  three\n", YAML_STRICT, "{\"a\":\"one two\\nthree\"}");
    expect_json("\xef\xbb\xbf"
                "a: 1\r\nb: 2\r\n",
                YAML_STRICT, "{\"a\":1,\"b\":2}");
    expect_json("a: \"x\\ty\\u00e9\\0z\"\n", YAML_STRICT, "{\"a\":\"x\\ty\xc3\xa9\\u0000z\"}");
    expect_json("a: 'it''s'\n", YAML_STRICT, "{\"a\":\"it's\"}");
    expect_json("%YAML 1.2\n---\na: 1\n", YAML_STRICT, "{\"a\":1}");
    expect_json("<<: 1\n", YAML_STRICT, "{\"<<\":1}");
}

/* What `kubectl annotate --local` of 1.32 prints of these, and `kubectl kustomize`. */
static void test_scalars_of_go(void **state) {
    static const char
        words[] = "[y, Y, yes, On, n, NO, off, oFF, true, ~]",
        numbers[] = "[0400, 0o17, 0b101, 1_000, 08, 0x1F, -0x1f, +010, 00, -010, 0777_7, 0B11, 0X1f, -0b1, 12_, 0x_1]",
        read[] = "[256,15,5,1000,8,31,-31,8,0,-8,4095,3,31,-1,12,1]",
        others[] = "[0x, 0xg, 0b2, 0o8, _1, 1_000.5, 1e3, 2001-01-01, 1:30, -, '0400', !!str 010, !!int 010]",
        kept[] =
            "[\"0x\",\"0xg\",\"0b2\",\"0o8\",\"_1\",1000.5,1000.0,\"2001-01-01\",\"1:30\",\"-\",\"0400\",\"010\",8]";
    static const unsigned both[] = {YAML_GO_V2, YAML_GO_V3};
    (void)state;
    expect_json(words, YAML_GO_V2, "[true,true,true,true,false,false,false,\"oFF\",true,null]");
    expect_json(words, YAML_GO_V3, "[\"y\",\"Y\",\"yes\",\"On\",\"n\",\"NO\",\"off\",\"oFF\",true,null]");
    for (size_t i = 0; i < LENGTH(both); i++) {
        expect_json(numbers, both[i], read);
        expect_json(others, both[i], kept);
        expect_json("[0xffffffffffffffff, 99999999999999999999, -9223372036854775808]", both[i],
                    "[1.8446744073709552e19,1e20,-9223372036854775808]");
    }
    expect_json("!!bool yes", YAML_GO_V2, "true");
    expect_json("{on: 1, n: 2, 010: 3, 'off': 4, 1.5: 5}", YAML_GO_V2,
                "{\"true\":1,\"false\":2,\"8\":3,\"off\":4,\"1.5\":5}");
    expect_json("{on: 1, 010: 3}", YAML_GO_V3, "{\"on\":1,\"010\":3}");
}

static void expect_merged(const char *map, const char *v2, const char *v3) {
    scoped(str) text = STR_INIT;
    str_printf(&text, "- &l {a: 1, b: 2}\n- &m {b: 3, c: 4}\n- %s\n", map);
    static const unsigned flags[] = {YAML_GO_V2, YAML_GO_V3};
    const char *const expected[] = {v2, v3};
    for (size_t i = 0; i < LENGTH(flags); i++) {
        scoped(str) whole = STR_INIT;
        str_printf(&whole, "[{\"a\":1,\"b\":2},{\"b\":3,\"c\":4},%s]", expected[i]);
        expect_json(text.data, flags[i] | YAML_ALIASES, whole.data);
    }
}

static void test_merge_keys_of_go(void **state) {
    (void)state;
    expect_merged("{<<: *l, b: 9}", "{\"a\":1,\"b\":9}", "{\"a\":1,\"b\":9}");
    expect_merged("{b: 9, <<: *l}", "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":9}");
    expect_merged("{<<: [*l, *m], d: 5}", "{\"c\":4,\"a\":1,\"b\":2,\"d\":5}", "{\"c\":4,\"a\":1,\"b\":2,\"d\":5}");
    expect_merged("{<<: {<<: *m, b: 7}}", "{\"c\":4,\"b\":7}", "{\"c\":4,\"b\":7}");
    expect_merged("{\"<<\": *l, b: 9}", "{\"<<\":{\"a\":1,\"b\":2},\"b\":9}", "{\"<<\":{\"a\":1,\"b\":2},\"b\":9}");
    expect_error("<<: 1\n", YAML_GO_V2, "f.yaml:1:5: '<<' merges maps, and this is none\n    1 | <<: 1\n      |     ^");
    expect_error("<<: [{}, x]\n", YAML_GO_V3,
                 "f.yaml:1:10: '<<' merges maps, and this is none\n    1 | <<: [{}, x]\n      |          ^");
    expect_error("a: 1\n<<: {}\na: 2\n", YAML_GO_V2,
                 "f.yaml:3:1: duplicate key 'a'; it is set in line 1 already\n    3 | a: 2\n      | ^");
}

static void test_documents_and_aliases(void **state) {
    (void)state;
    expect_json("a: 1\n---\n- 2\n---\n", YAML_DOCUMENTS, "[{\"a\":1},[2],null]");
    expect_json("", YAML_DOCUMENTS, "[]");
    expect_json("a: &x [1, 2]\nb: *x\nc: *x\n", YAML_ALIASES, "{\"a\":[1,2],\"b\":[1,2],\"c\":[1,2]}");
    expect_json("- &x 1\n- &x 2\n- *x\n", YAML_ALIASES, "[1,2,2]");
    expect_error("&x a: 1\n", YAML_ALIASES, "f.yaml:1:1: a key must be plain text\n    1 | &x a: 1\n      | ^");
    expect_error("a: &x [*x]\n", YAML_ALIASES,
                 "f.yaml:1:8: the alias '*x' has no anchor before it\n    1 | a: &x [*x]\n      |        ^");
    expect_error("a: &x 1\n---\nb: *x\n", YAML_ALIASES | YAML_DOCUMENTS,
                 "f.yaml:3:4: the alias '*x' has no anchor before it\n    3 | b: *x\n      |    ^");
    expect_error("a: *x\n", YAML_STRICT,
                 "f.yaml:1:4: anchors and aliases are not read here; write the value out\n    1 | a: *x\n      |    ^");
    expect_error(
        "a: &x 1\n", YAML_STRICT,
        "f.yaml:1:4: anchors and aliases are not read here; write the value out\n    1 | a: &x 1\n      |    ^");
}

/* ---- places ---- */

static void expect_place(const struct yaml_position *at, int line, int column) {
    assert_int_equal(at->line, line);
    assert_int_equal(at->column, column);
}

static void test_places(void **state) {
    (void)state;
    const char *text = "# é\nétage: [ü, 'x',\n  y]\nmap:\n  - k: v\n";
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text, strlen(text), YAML_STRICT);
    const struct yaml_node *list = yaml_get(parsed.root, "\xc3\xa9tage"), *map = yaml_get(parsed.root, "map");
    expect_place(&parsed.root->at, 2, 1);
    expect_place(&list->at, 2, 8);
    expect_place(&list->items[0].at, 2, 9);
    expect_place(&list->items[1].at, 2, 12);
    expect_place(&list->items[2].at, 3, 3);
    expect_place(&map->at, 5, 3);
    expect_place(&map->items[0].entries[0].at, 5, 5);
    expect_place(&map->items[0].entries[0].value.at, 5, 8);
    assert_null(yaml_get(parsed.root, "none"));
    assert_null(yaml_get(list, "none"));
    assert_null(yaml_get(NULL, "none"));
}

/* ---- refusals ---- */

static void test_refusals(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: 1\na: 2\n", "f.yaml:2:1: duplicate key 'a'; it is set in line 1 already\n    2 | a: 2\n      | ^"},
        {"a:\n\tb: 1\n", "f.yaml:2:1: a tab cannot stand here; indent with spaces\n    2 | \\tb: 1\n      | ^"},
        {"- a\n\t- b\n", "f.yaml:2:1: a tab cannot stand here; indent with spaces\n    2 | \\t- b\n      | ^"},
        {"t: Foo: bar\n",
         "f.yaml:1:7: a ':' and a blank cannot stand here; put the text in quotes, or check the indentation\n"
         "    1 | t: Foo: bar\n      |       ^"},
        {"a: \"open\nb: 1\n",
         "f.yaml:1:4: the quoted text that begins here has no end\n    1 | a: \"open\n      |    ^"},
        {"a: 'open\n---\n", "f.yaml:1:4: the quoted text that begins here has no end\n    1 | a: 'open\n      |    ^"},
        {"a: [1, 2\nb: 1\n", "f.yaml:1:4: the list that begins here with '[' has no ']', or lacks a ','\n"
                             "    1 | a: [1, 2\n      |    ^"},
        {"a: {b: 1\n", "f.yaml:1:4: the map that begins here with '{' has no '}', or lacks a ','\n"
                       "    1 | a: {b: 1\n      |    ^"},
        {"a: 1\n b: 2\n",
         "f.yaml:2:3: a ':' and a blank cannot stand here; put the text in quotes, or check the indentation\n"
         "    2 |  b: 2\n      |   ^"},
        {"a: 1\nb\n", "f.yaml:2:1: expected 'key: value' here; a ':' is missing\n    2 | b\n      | ^"},
        {"a: \"\\q\"\n",
         "f.yaml:1:5: unknown escape in double quotes; write \\\\ for a backslash, or use single quotes\n"
         "    1 | a: \"\\q\"\n      |     ^"},
        {"a: !Ref b\n", "f.yaml:1:4: the tag '!Ref' is not known; remove it\n    1 | a: !Ref b\n      |    ^"},
        {"a: !!set {}\n",
         "f.yaml:1:4: the tag 'tag:yaml.org,2002:set' is not known; remove it\n    1 | a: !!set {}\n      |    ^"},
        {"a: !!int x\n", "f.yaml:1:4: this is tagged as a whole number, but is text\n    1 | a: !!int x\n      |    ^"},
        {"[a, b]: 1\n", "f.yaml:1:1: a key must be plain text\n    1 | [a, b]: 1\n      | ^"},
        {"? {a: 1}\n: 2\n", "f.yaml:1:3: a key must be plain text\n    1 | ? {a: 1}\n      |   ^"},
        {"\"a\\0b\": 1\n", "f.yaml:1:1: a key cannot hold a NUL\n    1 | \"a\\0b\": 1\n      | ^"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here; only one is read\n    2 | ---\n      | ^"},
        {"a: \x1b[31m\n",
         "f.yaml:1:4: a control character cannot stand in YAML; in double quotes it may be written as an "
         "escape\n    1 | a: \\x1b[31m\n      |    ^"},
        {"a: \xff\n", "f.yaml:1:4: the byte 0xff is not UTF-8; save the file as UTF-8\n    1 | a: \\xff\n      |    ^"},
        {"é: \xc2\x9b\n",
         "f.yaml:1:4: a control character cannot stand in YAML; in double quotes it may be written as an "
         "escape\n    1 | é: \\u009b\n      |    ^"},
        {"日本: 日: x\n", "f.yaml:1:6: a ':' and a blank cannot stand here; put the text in quotes, or check the "
                          "indentation\n    1 | 日本: 日: x\n      |         ^"},
        {"a: 1\r\nb: 2\r\nb: 3\r\n",
         "f.yaml:3:1: duplicate key 'b'; it is set in line 2 already\n    3 | b: 3\n      | ^"},
        {"\xef\xbb\xbf"
         "a: 1\na: 2\n",
         "f.yaml:2:1: duplicate key 'a'; it is set in line 1 already\n    2 | a: 2\n      | ^"},
        {"\xef\xbb\xbf"
         "a: [\n",
         "f.yaml:2:1: a value is missing here; is a bracket left open?\n    2 | \n      | ^"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) expect_error(cases[i].text, YAML_STRICT, cases[i].message);
    expect_error_bytes("a: x\0y\n", 7, YAML_STRICT,
                       "f.yaml:1:5: a control character cannot stand in YAML; in double quotes it may be written as an "
                       "escape\n    1 | a: x\\x00y\n      |     ^");
}

static void test_long_lines_are_cut(void **state) {
    scoped(str) text = STR_INIT;
    (void)state;
    str_append(&text, "a: ");
    for (int i = 0; i < 40000; i++) str_append(&text, "word ");
    str_append(&text, "here: is wrong");
    for (int i = 0; i < 40000; i++) str_append(&text, " word");
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text.data, text.len, YAML_STRICT);
    assert_null(parsed.root);
    assert_non_null(strstr(parsed.err.message, "\n    1 | …"));
    assert_non_null(strstr(parsed.err.message, "here: is wrong"));
    struct sv rest = sv_of(parsed.err.message), message, source, caret;
    assert_true(sv_next_line(&rest, &message) && sv_next_line(&rest, &source) && sv_next_line(&rest, &caret));
    assert_true(source.len < 100 && caret.len < 100);
}

/* ---- limits ---- */

static void test_depth(void **state) {
    (void)state;
    scoped(str) fits = STR_INIT;
    str_append_repeat(&fits, '[', 64);
    str_append_repeat(&fits, ']', 64);
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, fits.data, fits.len, YAML_STRICT);
    assert_non_null(parsed.root);
    scoped(str) deep = STR_INIT;
    str_append_repeat(&deep, '[', 20000);
    expect_first_line(deep.data, deep.len, YAML_STRICT, "f.yaml:1:65: nested deeper than 64 levels");
    scoped(str) dashes = STR_INIT;
    for (int i = 0; i < 20000; i++) str_append(&dashes, "- ");
    expect_first_line(dashes.data, dashes.len, YAML_STRICT, "f.yaml:1:129: nested deeper than 64 levels");
}

/* Aliases may neither blow up in number nor in depth. */
static void test_alias_bombs(void **state) {
    (void)state;
    scoped(str) laughs = STR_INIT;
    str_append(&laughs, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        str_printf(&laughs, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) str_printf(&laughs, "%s*a%d", k ? ", " : "", i - 1);
        str_append(&laughs, "]\n");
    }
    expect_first_line(laughs.data, laughs.len, YAML_ALIASES, "f.yaml:5:45: aliases stand for more than 100000 values");
    scoped(str) tower = STR_INIT;
    str_append(&tower, "- &a0 [x]\n");
    for (int i = 1; i < 100; i++) str_printf(&tower, "- &a%d [*a%d]\n", i, i - 1);
    expect_first_line(tower.data, tower.len, YAML_ALIASES, "f.yaml:64:9: nested deeper than 64 levels");
    scoped(str) many = STR_INIT;
    for (int i = 0; i < 300; i++) str_printf(&many, "- &a%d x\n", i);
    expect_first_line(many.data, many.len, YAML_ALIASES, "f.yaml:257:3: more than 256 anchors");
}

static void append_aliases(struct str *text, int count) {
    for (int i = 0; i < count; i++) str_append(text, "- *a\n");
}

/* A long text costs nothing here, but whoever copies the tree copies it for each alias; keys count as texts do. */
static void test_aliases_to_long_texts(void **state) {
    (void)state;
    static const struct {
        const char *head, *tail;
        size_t len;
        int most; /* aliases */
    } cases[] = {{"- &a ", "\n", 32 * 1024, 512}, {"- &a {", ": ''}\n", 1000, 16777}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        scoped(str) text = STR_INIT, expected = STR_INIT;
        str_append(&text, cases[i].head);
        str_append_repeat(&text, 'x', cases[i].len);
        str_append(&text, cases[i].tail);
        append_aliases(&text, cases[i].most);
        scoped(parsed) fits = {0};
        parse_bytes(&fits, text.data, text.len, YAML_ALIASES);
        assert_non_null(fits.root);
        append_aliases(&text, 1);
        str_printf(&expected, "f.yaml:%d:3: aliases stand for more than 16 MiB of text", cases[i].most + 2);
        expect_first_line(text.data, text.len, YAML_ALIASES, expected.data);
    }
}

static void test_sizes(void **state) {
    (void)state;
    scoped(str) large = STR_INIT;
    str_append_repeat(&large, 'x', 2 * 1024 * 1024);
    expect_first_line(large.data, large.len, YAML_STRICT,
                      "f.yaml:1:1: 2097152 bytes are too much for a YAML file; at most 1048576 are read");
    scoped(str) directives = STR_INIT;
    for (int i = 0; i < 80000; i++) str_append(&directives, "%TAG !a! x\n");
    expect_first_line(directives.data, directives.len, YAML_STRICT, "f.yaml:65:1: more than 64 directives");
}

/* 80 000 keys, the last of which stands there twice: comparing each with each would take minutes. */
static void test_many_keys(void **state) {
    (void)state;
    scoped(str) keys = STR_INIT;
    for (int i = 0; i < 80000; i++) str_printf(&keys, "k%d: 1\n", i);
    str_append(&keys, "k79999: 2\nk0: 3\n");
    expect_first_line(keys.data, keys.len, YAML_STRICT,
                      "f.yaml:80001:1: duplicate key 'k79999'; it is set in line 80000 already");
}

/* As test_many_keys, for keys that are merged again and again. */
static void test_many_merged_keys(void **state) {
    (void)state;
    scoped(str) text = STR_INIT;
    str_append(&text, "- &a\n");
    for (int i = 0; i < 30000; i++) str_printf(&text, "  k%d: 1\n", i);
    str_append(&text, "- {<<: [*a, *a, *a], k0: 2}\n");
    scoped(parsed) parsed = {0};
    parse_bytes(&parsed, text.data, text.len, YAML_GO_V2 | YAML_ALIASES);
    assert_non_null(parsed.root);
    assert_int_equal(parsed.root->items[1].count, 30000);
    assert_int_equal(yaml_get(&parsed.root->items[1], "k0")->integer, 2);
    str_append(&text, "- {<<: *a}\n");
    expect_first_line(text.data, text.len, YAML_GO_V2 | YAML_ALIASES,
                      "f.yaml:30003:8: aliases stand for more than 100000 values");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core_scalars),
        cmocka_unit_test(test_structures),
        cmocka_unit_test(test_scalars_of_go),
        cmocka_unit_test(test_merge_keys_of_go),
        cmocka_unit_test(test_many_merged_keys),
        cmocka_unit_test(test_documents_and_aliases),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_alias_bombs),
        cmocka_unit_test(test_aliases_to_long_texts),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_many_keys),
    };
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
