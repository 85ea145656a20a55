/* course.yaml, the ids of courses and exercises, and the fingerprint of an exercise's checks. */

#include "tests/unit/course_fixture.h"

#define COURSE_TEXT \
    "format: 1\n" \
    "id: acme\n" \
    "title: Acme's own\n" \
    "lab: \">= 0.1\"\n"

static const struct exercise *first(struct course_fixture *fixture) {
    const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
    if (!exercise) fail_msg("%s", fixture->err.message);
    return exercise;
}

static void test_course_with_a_file(void **state) {
    struct course_fixture *fixture = *state;
    fixture_write(fixture, "course.yaml", COURSE_TEXT);
    assert_int_equal(fixture_open(fixture), 0);
    assert_string_equal(fixture->course->id, "acme");
    assert_string_equal(fixture->course->title, "Acme's own");
    assert_string_equal(first(fixture)->key, "acme/first");
    assert_string_equal(first(fixture)->name, "first");
}

static void test_course_without_a_file(void **state) {
    struct course_fixture *fixture = *state;
    assert_int_equal(fixture_open(fixture), 0);
    autofree char *id = course_id_of(path_base(fixture->directory));
    assert_string_equal(fixture->course->id, id);
    assert_true(path_is_id(id));
    assert_string_equal(first(fixture)->key, "first");
}

/* What was done before courses had names counts for the course that comes with lab. */
static void test_built_in_course_has_no_scope(void **state) {
    struct course_fixture *fixture = *state;
    fixture_write(fixture, "course.yaml", "format: 1\nid: " COURSE_BUILT_IN "\ntitle: T\n");
    assert_int_equal(fixture_open(fixture), 0);
    assert_string_equal(first(fixture)->key, "first");
}

static void test_namesakes_are_typed_with_their_course(void **state) {
    struct course_fixture *fixture = *state;
    const char *ids[] = {"aaa", "first", "second"};
    const struct strings shared = {ids, LENGTH(ids)};
    assert_int_equal(fixture_open(fixture), 0);
    course_name(fixture->course, "beta");
    fixture->course->shared_ids = &shared;
    assert_string_equal(first(fixture)->key, "beta/first");
    assert_string_equal(first(fixture)->name, "beta/first");
}

static void test_ids_out_of_names(void **state) {
    (void)state;
    static const char *const names[][2] = {{"My Course (2026)", "my-course-2026"},
                                           {"--x--", "x"},
                                           {"日本", "course"},
                                           {"", "course"},
                                           {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
                                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        autofree char *id = course_id_of(names[i][0]);
        assert_string_equal(id, names[i][1]);
        assert_true(path_is_id(id));
    }
}

static void test_faults_are_located(void **state) {
    struct course_fixture *fixture = *state;
    static const struct {
        const char *text, *message, *help;
    } rows[] = {
        {"format: 1\nid: acme\ntitle: T\nlab: \">= 99.1\"\n",
         "course.yaml:4:6: the course needs lab 99.1 or newer, and this is lab " LAB_VERSION,
         "update lab, or take an older version of the course"},
        {"format: 1\nid: acme\ntitle: T\nlab: 0.1\n", "course.yaml:4:6: 'lab' must be text", "correct the file"},
        {"format: 1\nid: acme\ntitle: T\nlab: \"0.1\"\n", "course.yaml:4:6: 'lab' must be a least version",
         "correct the file"},
        {"format: 1\nid: acme\ntitle: T\nlab: \">= 0.1.x\"\n", "course.yaml:4:6: 'lab' must be a least version",
         "correct the file"},
        {"format: 1\nid: Acme\ntitle: T\n", "course.yaml:2:5: ", "correct the file"},
        {"format: 1\ntitle: T\n", "course.yaml:1:1: 'id' is missing", "correct the file"},
        {"format: 1\nid: acme\ntitle: T\nlap: x\n", "course.yaml:4:1: ", "correct the file"},
        {"format: 2\nid: acme\ntitle: T\n", "course.yaml:1:9: ", "correct the file"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        fixture_write(fixture, "course.yaml", rows[i].text);
        assert_int_equal(fixture_open(fixture), -1);
        assert_int_equal(fixture->err.code, ERR_COURSE);
        if (!string_starts_with(fixture->err.message, rows[i].message)) fail_msg("%s", fixture->err.message);
        if (!string_starts_with(fixture->err.help, rows[i].help)) fail_msg("%s", fixture->err.help);
    }
}

static void test_a_link_is_no_course_file(void **state) {
    struct course_fixture *fixture = *state;
    assert_int_equal(symlinkat("/etc/passwd", fixture->folder, "course.yaml"), 0);
    assert_int_equal(fixture_open(fixture), -1);
    if (!strstr(fixture->err.message, "a symbolic link leads here")) fail_msg("%s", fixture->err.message);
}

static void print_of(struct course_fixture *fixture, char hex[HASH_HEX_SIZE]) {
    assert_int_equal(fixture_open(fixture), 0);
    if (exercise_fingerprint(first(fixture), hex, &fixture->err)) fail_msg("%s", fixture->err.message);
}

/* It follows what decides about verdicts, and nothing else. */
static void test_fingerprint(void **state) {
    struct course_fixture *fixture = *state;
    autofree char *points = replaced(EXERCISE_TEXT, "points: 20", "points: 21");
    autofree char *title = replaced(EXERCISE_TEXT, "title: It is right", "title: It is quite right");
    const struct {
        const char *path, *text;
        bool changes;
    } rows[] = {
        {"exercises/first/README.md", "# Otherwise\n", false},
        {"exercises/first/start/train.py", "print(2)\n", false},
        {"exercises/first/exercise.yaml", title, false},
        {"exercises/first/exercise.yaml", points, true},
        {"exercises/first/checker.lua", "-- otherwise\n", true},
        {"exercises/first/private/make.py", "print(3)\n", true},
        {"exercises/first/private/deep/data.csv", "a,b\n", true},
        {"exercises/first/private/__pycache__/make.pyc", "x", false},
    };
    char before[HASH_HEX_SIZE], after[HASH_HEX_SIZE];
    fixture_write(fixture, "exercises/first/checker.lua", "");
    print_of(fixture, before);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        fixture_write(fixture, rows[i].path, rows[i].text);
        print_of(fixture, after);
        if (!strcmp(before, after) == rows[i].changes) fail_msg("%s: the fingerprint is wrong", rows[i].path);
        memcpy(before, after, sizeof before);
    }
}

static void test_fingerprint_needs_a_checker(void **state) {
    struct course_fixture *fixture = *state;
    char hex[HASH_HEX_SIZE];
    assert_int_equal(fixture_open(fixture), 0);
    assert_int_equal(exercise_fingerprint(first(fixture), hex, &fixture->err), -1);
    assert_int_equal(fixture->err.code, ERR_COURSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_course_with_a_file, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_course_without_a_file, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_built_in_course_has_no_scope, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_namesakes_are_typed_with_their_course, fixture_setup, fixture_teardown),
        cmocka_unit_test(test_ids_out_of_names),
        cmocka_unit_test_setup_teardown(test_faults_are_located, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_link_is_no_course_file, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_fingerprint, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_fingerprint_needs_a_checker, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
