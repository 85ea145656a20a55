/* The model of a course: what it reads, defaults, lookups, and what only the whole course can know. */

#include "tests/unit/course_fixture.h"

static const struct exercise *load(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, "exercises/first/exercise.yaml", text);
    if (fixture_open(fixture)) fail_msg("%s", fixture->err.message);
    const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
    if (!exercise) fail_msg("%s", fixture->err.message);
    return exercise;
}

static void test_defaults(void **state) {
    const struct exercise *exercise = load(*state, EXERCISE_TEXT);
    assert_string_equal(exercise->title, "The first");
    assert_int_equal(exercise->points, 30);
    assert_int_equal(exercise->check_count, 2);
    assert_null(exercise->python);
    assert_int_equal(exercise->box.memory, 1073741824);
    assert_int_equal(exercise->box.disk, 536870912);
    assert_int_equal(exercise->box.output, 1048576);
    assert_int_equal(exercise->box.processes, 128);
    assert_int_equal(exercise->box.files, 20000);
    assert_true(exercise->box.timeout == 60);
    assert_false(exercise->checks[0].decisive);
    assert_string_equal(exercise->checks[1].needs.items[0], "runs");
    assert_int_equal(exercise->checks[1].at.line, 14);
    assert_int_equal(exercise->checks[1].at.column, 9);
    assert_string_equal(exercise->file, "exercises/first/exercise.yaml");
    assert_ptr_equal(exercise_check(exercise, "right"), &exercise->checks[1]);
    assert_null(exercise_check(exercise, "none"));
    assert_int_equal(exercise_check_index(exercise, &exercise->checks[1]), 1);
}

static void test_every_key(void **state) {
    const struct exercise *exercise =
        load(*state, "format: 1\nid: first\naliases: [zeroth]\ntitle: T\nobjective: >\n  One\n  two.\nminutes: 5\n"
                     "difficulty: 3\nlevel: 0\nphase: improve\nlayer: agenticops\nskills: [python, a-b]\n"
                     "requires:\n  python: ml\n  shared: [clock.py]\nprotected: [tests/**, contract.md]\n"
                     "box: {timeout: 1.5, memory: 1.5GiB, processes: 8, disk: 64 MiB, files: 10, output: 2048}\n"
                     "hints: [Read.]\nchecks:\n- id: a\n  title: A\n  points: 0\n  hidden: true\n"
                     "- id: b\n  title: B\n  points: 7\n  decisive: true\n  needs: [a]\n  from: a\n"
                     "  hints:\n  - General.\n  - {when: order, say: Sort it.}\n");
    assert_string_equal(exercise->aliases.items[0], "zeroth");
    assert_string_equal(exercise->objective, "One two.\n");
    assert_int_equal(exercise->phase, PHASE_IMPROVE);
    assert_int_equal(exercise->layer, LAYER_AGENTICOPS);
    assert_int_equal(exercise->skills.count, 2);
    assert_string_equal(exercise->python, "ml");
    assert_string_equal(exercise->shared.items[0], "clock.py");
    assert_true(exercise->box.timeout == 1.5);
    assert_int_equal(exercise->box.memory, 1610612736);
    assert_int_equal(exercise->box.disk, 67108864);
    assert_int_equal(exercise->box.output, 2048);
    assert_true(exercise->checks[0].hidden);
    assert_true(exercise->checks[1].decisive);
    assert_string_equal(exercise->checks[1].from, "a");
    assert_string_equal(exercise->checks[1].hints.items[1].when, "order");
    assert_string_equal(exercise->hints.items[0].say, "Read.");
    assert_true(exercise_protects(exercise, "tests/a/b.py"));
    assert_true(exercise_protects(exercise, "tools/clock.py"));
    assert_false(exercise_protects(exercise, "tools/other.py"));
    assert_false(exercise_protects(exercise, "train.py"));
    const struct hint *ladder[4];
    assert_int_equal(exercise_ladder(exercise, &exercise->checks[1], "order", ladder, 4), 3);
    assert_string_equal(ladder[0]->say, "Sort it.");
    assert_string_equal(ladder[1]->say, "General.");
    assert_string_equal(ladder[2]->say, "Read.");
    assert_int_equal(exercise_ladder(exercise, &exercise->checks[1], "other", ladder, 1), 2);
    assert_string_equal(ladder[0]->say, "General.");
    struct course_fixture *fixture = *state;
    assert_ptr_equal(course_exercise(fixture->course, "zeroth", &fixture->err), exercise);
}

static void test_lookups(void **state) {
    struct course_fixture *fixture = *state;
    assert_int_equal(fixture_open(fixture), 0);
    assert_null(course_exercise(fixture->course, "frist", &fixture->err));
    assert_string_equal(fixture->err.message, "no exercise 'frist', did you mean 'first'?");
    assert_int_equal(fixture->err.code, ERR_USAGE);
    assert_null(course_exercise(fixture->course, "../../etc", &fixture->err));
    assert_null(course_track(fixture->course, "mian", &fixture->err));
    assert_string_equal(fixture->err.message, "no track 'mian', did you mean 'main'?");
    const struct track *track = course_track(fixture->course, "main", &fixture->err);
    assert_int_equal(track->module_min, 60);
    assert_string_equal(track->modules[0].exercises.items[0], "first");
}

static void test_opening_reads_no_exercise(void **state) {
    struct course_fixture *fixture = *state;
    fixture_write(fixture, "exercises/broken/exercise.yaml", "{");
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(fixture->course->exercise_ids.count, 2);
    assert_non_null(course_exercise(fixture->course, "first", &fixture->err));
    assert_null(course_exercise(fixture->course, "broken", &fixture->err));
    assert_int_equal(fixture->err.code, ERR_COURSE);
}

static void expect_invalid(struct course_fixture *fixture, const char *message) {
    if (!fixture_open(fixture)) course_validate(fixture->course, &fixture->err);
    assert_int_equal(fixture->err.code, ERR_COURSE);
    assert_string_equal(fixture->err.message, message);
}

static void test_shared_alias(void **state) {
    autofree char *first = replaced(EXERCISE_TEXT, "title: The first", "aliases: [old]\ntitle: The first");
    autofree char *second = replaced(first, "id: first", "id: second");
    fixture_write(*state, "exercises/first/exercise.yaml", first);
    fixture_write(*state, "exercises/second/exercise.yaml", second);
    expect_invalid(*state, "exercises/second/exercise.yaml:3:10: 'old' is an alias of 'first' already\n"
                           "    3 | aliases: [old]\n      |          ^");
}

static void test_links_are_refused(void **state) {
    struct course_fixture *fixture = *state;
    assert_int_equal(symlinkat("/etc", fixture->folder, "exercises/etc"), 0);
    assert_int_equal(symlinkat("first", fixture->folder, "exercises/second"), 0);
    expect_invalid(fixture,
                   "exercises/second/exercise.yaml:1:1: a symbolic link leads here; a course holds plain folders "
                   "and files");
    assert_int_equal(unlinkat(fixture->folder, "exercises/first/exercise.yaml", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", fixture->folder, "exercises/first/exercise.yaml"), 0);
    assert_int_equal(unlinkat(fixture->folder, "exercises/second", 0), 0);
    expect_invalid(fixture,
                   "exercises/first/exercise.yaml:1:1: a symbolic link leads here; a course holds plain folders "
                   "and files");
}

static void test_large_file(void **state) {
    scoped(str) large = STR_INIT;
    str_append_repeat(&large, '#', 2 * 1024 * 1024);
    fixture_write(*state, "exercises/first/exercise.yaml", large.data);
    expect_invalid(*state, "exercises/first/exercise.yaml:1:1: the file is larger than 1 MiB");
}

/* Twenty errors are shown, of several files, and the others counted. */
static void test_many_errors(void **state) {
    struct course_fixture *fixture = *state;
    scoped(str) text = STR_INIT;
    str_append(&text, EXERCISE_TEXT);
    for (int i = 0; i < 15; i++) str_printf(&text, "key-%02d: 1\n", i);
    fixture_write(fixture, "exercises/first/exercise.yaml", text.data);
    autofree char *second = replaced(text.data, "id: first", "id: second");
    fixture_write(fixture, "exercises/second/exercise.yaml", second);
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(course_validate(fixture->course, &fixture->err), -1);
    const char *last = strstr(fixture->err.message, "exercises/second/exercise.yaml:22:1: unknown key 'key-04'");
    assert_non_null(last);
    assert_null(strstr(fixture->err.message, "key-05' in the exercise\n   23 | key-05: 1\n      | ^\nexercises/second/"
                                             "exercise.yaml:23"));
    assert_true(string_ends_with(fixture->err.message, "\n… and 10 more errors"));
}

/* Errors that would not fit the message are counted instead of cut. */
static void test_wide_errors(void **state) {
    struct course_fixture *fixture = *state;
    scoped(str) text = STR_INIT;
    for (int i = 0; i < 20; i++) {
        str_printf(&text, "key-%02d: ", i);
        for (int k = 0; k < 100; k++) str_append(&text, "日本語文字列");
        str_append_char(&text, '\n');
    }
    fixture_write(fixture, "exercises/first/exercise.yaml", text.data);
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(course_validate(fixture->course, &fixture->err), -1);
    assert_true(string_ends_with(fixture->err.message, " more errors"));
    assert_true(utf8_valid(fixture->err.message, strlen(fixture->err.message)));
}

static void test_error_found_later(void **state) {
    struct course_fixture *fixture = *state;
    const struct exercise *exercise = load(fixture, EXERCISE_TEXT);
    course_error_at(exercise, exercise->checks[1].at, &fixture->err, "no function '%s'", "right");
    assert_string_equal(fixture->err.message, "exercises/first/exercise.yaml:14:9: no function 'right'\n"
                                              "   14 |   - id: right\n      |         ^");
    assert_int_equal(fixture->err.code, ERR_COURSE);
}

static void test_start_files(void **state) {
    struct course_fixture *fixture = *state;
    autofree char *text =
        replaced(EXERCISE_TEXT, "checks:", "requires: {shared: [clock.py]}\nprotected: [a/*]\nchecks:");
    fixture_write(fixture, "exercises/first/start/a/b.txt", "");
    const struct exercise *exercise = load(fixture, text);
    struct arena arena = ARENA_INIT;
    struct start_files files;
    assert_int_equal(exercise_start_files(&files, fixture->course, exercise, &arena, &fixture->err), 0);
    static const char *const paths[] = {"a/b.txt", "train.py", "tools/clock.py", "README.md"};
    static const bool is_protected[] = {true, false, true, false};
    assert_int_equal(files.count, LENGTH(paths));
    for (size_t i = 0; i < files.count; i++) {
        assert_string_equal(files.items[i].path, paths[i]);
        assert_int_equal(files.items[i].is_protected, is_protected[i]);
        assert_true(fs_exists(files.items[i].source));
    }
    assert_int_equal(symlinkat("/etc", fixture->folder, "exercises/first/start/etc"), 0);
    assert_int_equal(exercise_start_files(&files, fixture->course, exercise, &arena, &fixture->err), -1);
    assert_string_equal(fixture->err.message,
                        "exercises/first/start/etc is no plain file; start/ holds plain files and folders");
    beneath_remove(fixture->folder, "exercises/first/start/etc");
    beneath_remove(fixture->folder, "exercises/first/README.md");
    assert_int_equal(exercise_start_files(&files, fixture->course, exercise, &arena, &fixture->err), -1);
    assert_string_equal(fixture->err.message, "exercises/first/README.md is missing");
    arena_release(&arena);
}

static void test_finding(void **state) {
    struct course_fixture *fixture = *state;
    autofree char *deep = str_format("%s/exercises/first/start", fixture->directory);
    autofree char *here = getcwd(NULL, 0);
    char *found = NULL;
    unsetenv("LAB_COURSE");
    assert_int_equal(chdir(deep), 0);
    assert_int_equal(course_find(&found, NULL, &fixture->err), 0);
    assert_string_equal(found, fixture->directory);
    free(found);
    assert_int_equal(course_find(&found, ".", &fixture->err), -1);
    assert_int_equal(fixture->err.code, ERR_USAGE);
    assert_int_equal(chdir("/"), 0);
    setenv("LAB_COURSE", fixture->directory, 1);
    assert_int_equal(course_find(&found, NULL, &fixture->err), 0);
    assert_string_equal(found, fixture->directory);
    free(found);
    setenv("LAB_COURSE", "/nowhere/at/all", 1);
    assert_int_equal(course_find(&found, NULL, &fixture->err), -1);
    assert_string_equal(fixture->err.message, "LAB_COURSE names /nowhere/at/all: No such file or directory");
    unsetenv("LAB_COURSE");
    assert_int_equal(chdir(here), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),     TEST(test_every_key),   TEST(test_lookups),
        TEST(test_shared_alias), TEST(test_large_file),  TEST(test_opening_reads_no_exercise),
        TEST(test_many_errors),  TEST(test_wide_errors), TEST(test_links_are_refused),
        TEST(test_start_files),  TEST(test_finding),     TEST(test_error_found_later),
    };
    return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
