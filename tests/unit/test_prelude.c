/*
 * The checker API, by cases in tests/checker/NAME.txt: a checker's text and the outcome that it must have, word for word.
 *
 *     === title
 *     Lua, the body of one check (or a whole file, when it defines checks itself; the check "c" is run)
 *     --- outcome
 *
 * UPDATE=1 writes what came out into the files, to be read and committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "base/fs.h"
#include "fake_supervisor.h"

static struct checker *checker;

/* ---- an outcome as text ---- */

static void replace_all(struct str *text, const char *old, const char *new) {
    scoped(str) result = STR_INIT;
    const char *rest = text->data;
    for (const char *at; (at = strstr(rest, old)); rest = at + strlen(old)) {
        str_append_bytes(&result, rest, (size_t)(at - rest));
        str_append(&result, new);
    }
    str_append(&result, rest);
    str_clear(text);
    str_append(text, result.data);
}

static void print_field(struct str *out, const char *indent, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value) || json_is_false(value)) return;
    autofree char *text = json_is_string(value) ? mem_copy_string(json_string_value(value))
                                                : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    scoped(str) shown = STR_INIT;
    str_append(&shown, text);
    replace_all(&shown, "\n", " | ");
    str_printf(out, "%s%s: %s\n", indent, key, shown.data);
}

static void print_failure(struct str *out, const json_t *failure) {
    static const char *const fields[] = {"expected", "actual", "difference", "evidence",
                                         "where",    "run",    "reason",     "soft"};
    str_printf(out, "- %s\n", json_get_string(failure, "what", "(nothing named)"));
    for (size_t i = 0; i < LENGTH(fields); i++) print_field(out, "  ", failure, fields[i]);
}

static void print_outcome(struct str *out, const json_t *outcome, const struct fake *fake) {
    static const char *const fields[] = {"message", "note", "reason", "traceback", "functions", "error"};
    const char *verdict = json_get_string(outcome, "verdict", NULL);
    double score = json_get_number(outcome, "score", 0);
    if (verdict) str_printf(out, "%s", verdict);
    if (score > 0 && score < 1) str_printf(out, " %g", score);
    if (verdict) str_append_char(out, '\n');
    for (size_t i = 0; i < LENGTH(fields); i++) print_field(out, "", outcome, fields[i]);
    size_t index;
    json_t *failure;
    json_array_foreach(json_object_get(outcome, "failures"), index, failure) print_failure(out, failure);
    if (json_array_size(json_object_get(outcome, "log"))) print_field(out, "", outcome, "log");
    print_field(out, "", outcome, "value");
    replace_all(out, fake->scratch_path, "SCRATCH");
    replace_all(out, fake->material_path, "MATERIAL");
}

/* ---- cases ---- */

struct checker_case {
    char *title;
    struct str body, expected, actual;
};

struct suite {
    char *path;
    array(struct checker_case) cases;
};

static void read_suite(struct suite *suite, const char *path) {
    scoped(str) text = STR_INIT;
    struct err err = ERR_INIT;
    if (fs_read(&text, path, 1 << 20, &err)) fail_msg("%s", err.message);
    suite->path = mem_copy_string(path);
    struct sv rest = sv_str(&text), line;
    struct str *part = NULL;
    while (sv_next_line(&rest, &line)) {
        if (line.len > 4 && !strncmp(line.data, "=== ", 4)) {
            struct checker_case *next = array_push(&suite->cases);
            *next = (struct checker_case){mem_copy(line.data + 4, line.len - 4), STR_INIT, STR_INIT, STR_INIT};
            part = &next->body;
        } else if (sv_equals(line, "---")) {
            part = &suite->cases.items[suite->cases.count - 1].expected;
        } else if (part) {
            str_append_bytes(part, line.data, line.len);
            str_append_char(part, '\n');
        }
    }
}

static void free_suite(struct suite *suite) {
    for (size_t i = 0; i < suite->cases.count; i++) {
        struct checker_case *one = &suite->cases.items[i];
        free(one->title);
        str_release(&one->body);
        str_release(&one->expected);
        str_release(&one->actual);
    }
    array_free(&suite->cases);
    free(suite->path);
}

static void fill_database(struct fake *fake) {
    static const char script[] =
        "CREATE TABLE runs (id INTEGER, name TEXT, auc REAL); INSERT INTO runs VALUES (1, 'tea', 0.5), (2, 'milk', NULL)";
    autofree char *path = str_format("%s/shop.db", fake->scratch_path);
    sqlite3 *db;
    if (sqlite3_open(path, &db) || sqlite3_exec(db, script, NULL, NULL, NULL) || sqlite3_close(db)) abort();
}

static void fill(struct fake *fake) {
    fake_file(fake->scratch, "train.py", "import json\nprint('hello')\n");
    fake_file(fake->scratch, "out/model.json", "{\"rows\": [1, 2, 3], \"name\": \"iris\"}\n");
    fake_file(fake->scratch, "out/bad.json", "{\"rows\": [1, 2,\n 3,}\n");
    fake_file(fake->scratch, "rows.csv", "id,score\na,0.5\nb,0.75\n");
    fake_file(fake->start, "train.py", "print('start')\n");
    fill_database(fake);
    if (symlinkat("/etc/passwd", fake->scratch, "link")) abort();
}

/* Seconds of processor time of a case. Those of the sandbox run over theirs, so it is short. The others never do, under
 * sanitizers on a busy machine either, unless something takes time by the square of its input. */
static double processor_of(const struct suite *suite) {
    return string_ends_with(suite->path, "/sandbox.txt") ? 0.3 : 20;
}

static void run_case(struct checker_case *one, double processor) {
    struct fake fake;
    fake_open(&fake);
    fill(&fake);
    scoped(str) text = STR_INIT;
    if (strstr(one->body.data, "checks["))
        str_append(&text, one->body.data);
    else
        str_printf(&text, "checks[\"c\"] = function(t) %s\nend\n", one->body.data);
    autojson json_t *needs = json_pack("{s:{s:i}}", "first", "rows", 3);
    autojson json_t *exercise = json_pack("{s:s}", "network", "loopback");
    autojson json_t *outcome =
        fake_work(&fake, checker,
                  (struct checker_task){.name = "exercises/x/checker.lua",
                                        .text = sv_str(&text),
                                        .check = string_starts_with(one->title, "load:") ? NULL : "c",
                                        .seed = 7,
                                        .processor = processor,
                                        .exercise = exercise,
                                        .needs = needs});
    if (outcome)
        print_outcome(&one->actual, outcome, &fake);
    else
        str_append(&one->actual, "no outcome\n");
    fake_close(&fake);
}

static void trim(struct str *text) {
    while (text->len && text->data[text->len - 1] == '\n') text->data[--text->len] = '\0';
}

static void write_suite(struct suite *suite) {
    scoped(str) text = STR_INIT;
    for (size_t i = 0; i < suite->cases.count; i++) {
        struct checker_case *one = &suite->cases.items[i];
        trim(&one->body);
        str_printf(&text, "%s=== %s\n%s\n---\n%s\n", i ? "\n" : "", one->title, one->body.data, one->actual.data);
    }
    assert_int_equal(fs_write(suite->path, text.data, text.len, NULL), 0);
}

static void test_suite(void **state) {
    struct suite *suite = *state;
    size_t wrong = 0;
    double processor = processor_of(suite);
    for (size_t i = 0; i < suite->cases.count; i++) {
        struct checker_case *one = &suite->cases.items[i];
        run_case(one, processor);
        trim(&one->expected);
        trim(&one->actual);
        if (!strcmp(one->expected.data, one->actual.data)) continue;
        wrong++;
        if (!getenv("UPDATE"))
            print_error("%s: %s\n-- expected\n%s\n-- actual\n%s\n\n", suite->path, one->title, one->expected.data,
                        one->actual.data);
    }
    if (getenv("UPDATE"))
        write_suite(suite);
    else
        assert_int_equal(wrong, 0);
    assert_true(suite->cases.count > 0);
}

/* ---- every file is a test ---- */

enum { DESCRIPTORS = 300 }; /* so few that holding one for each of many files is found out */

static int make_engine(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return -1;
    limit.rlim_cur = DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit)) return -1;
    if (!checker_new(&checker, 0, &err)) return 0;
    print_error("%s\n", err.message);
    return -1;
}

static int free_engine(void **state) {
    (void)state;
    checker_free(checker);
    return 0;
}

int main(int argc, char **argv) {
    glob_t found;
    if (glob("tests/checker/*.txt", 0, NULL, &found)) {
        fputs("run me from the top of the repository\n", stderr);
        return 1;
    }
    struct suite *suites = mem_alloc(found.gl_pathc * sizeof *suites);
    struct CMUnitTest *tests = mem_alloc(found.gl_pathc * sizeof *tests);
    size_t count = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (argc > 1 && !strstr(found.gl_pathv[i], argv[1])) continue;
        read_suite(&suites[count], found.gl_pathv[i]);
        tests[count] = (struct CMUnitTest){suites[count].path, test_suite, NULL, NULL, &suites[count]};
        count++;
    }
    int failed = _cmocka_run_group_tests("prelude", tests, count, make_engine, free_engine);
    for (size_t i = 0; i < count; i++) free_suite(&suites[i]);
    free(suites);
    free(tests);
    globfree(&found);
    return failed;
}
