/* The files of tests/formats/, each judged by the parser: what stands in valid/ is taken, all else is refused. The same files are
 * judged by the schemas in tests/behaviour/test_schema.py. */

#include "tests/unit/course_fixture.h"

#include "course/skills.h"
#include "course/variants.h"

enum { FILE_MOST = 1 << 16 };

/* Whether the parser takes the file as exercise.yaml of exercises/sample. */
static bool takes_exercise(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, "exercises/sample/exercise.yaml", text);
    bool taken = !fixture_open(fixture) && course_exercise(fixture->course, "sample", &fixture->err);
    assert_true(taken || fixture->err.code == ERR_COURSE);
    return taken;
}

static bool takes_track(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, "tracks/sample.yaml", text);
    bool taken = !fixture_open(fixture);
    assert_true(taken || fixture->err.code == ERR_COURSE);
    return taken;
}

static bool takes_wrong(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, "exercises/first/wrong/sample/wrong.yaml", text);
    assert_int_equal(fixture_open(fixture), 0);
    const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
    assert_non_null(exercise);
    struct variants variants = {0};
    bool taken = !variants_list(&variants, fixture->course, exercise, &fixture->course->arena, &fixture->err);
    assert_true(taken || fixture->err.code == ERR_COURSE);
    return taken;
}

static bool takes_course(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, "course.yaml", text);
    bool taken = !fixture_open(fixture);
    assert_true(taken || fixture->err.code == ERR_COURSE);
    return taken;
}

static bool takes_skills(struct course_fixture *fixture, const char *text) {
    fixture_write(fixture, SKILLS_FILE, text);
    assert_int_equal(fixture_open(fixture), 0);
    const struct skill_table *table;
    bool taken = !course_skills(fixture->course, &table, &fixture->err);
    assert_true(taken ? table->count > 0 : fixture->err.code == ERR_COURSE);
    return taken;
}

/* A service's x-lab; indented, it stands in a docker-compose.yml. */
static bool takes_service(struct course_fixture *fixture, const char *text) {
    scoped(str) file = STR_INIT;
    const struct services *services;
    struct sv rest = sv_of(text), line;
    str_append(&file, "services:\n  sample:\n    image: sample\n    x-lab:\n");
    while (sv_next_line(&rest, &line)) str_printf(&file, "      %.*s\n", (int)line.len, line.data);
    fixture_write(fixture, "docker-compose.yml", file.data);
    bool taken = !fixture_open(fixture) && !course_services(&services, fixture->course, &fixture->err);
    assert_true(taken || fixture->err.code == ERR_COURSE);
    return taken;
}

typedef bool judge(struct course_fixture *fixture, const char *text);

/* How many files of the folder the parser judges otherwise than expected; each is named. */
static int misjudged(struct course_fixture *fixture, const char *folder, judge *takes, bool expected, size_t *count) {
    autoclose int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped(names) names = {0};
    assert_int_equal(beneath_names(directory, &names), 0);
    int faults = 0;
    for (size_t i = 0; i < names.count; i++, ++*count) {
        scoped(str) text = STR_INIT;
        assert_int_equal(beneath_read(directory, names.items[i], &text, FILE_MOST), 0);
        if (takes(fixture, text.data) == expected) continue;
        print_error("%s/%s: %s %s\n", folder, names.items[i], expected ? "refused:" : "taken", fixture->err.message);
        faults++;
    }
    return faults;
}

static void check_kind(struct course_fixture *fixture, const char *kind, judge *takes) {
    static const struct {
        const char *folder;
        bool taken;
    } parts[] = {{"valid", true}, {"invalid", false}, {"invalid-parser-only", false}};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        autofree char *folder = str_format("tests/formats/%s/%s", parts[i].folder, kind);
        size_t count = 0;
        assert_int_equal(misjudged(fixture, folder, takes, parts[i].taken, &count), 0);
        assert_true(count > 0);
    }
}

static void test_exercises(void **state) { check_kind(*state, "exercise", takes_exercise); }
static void test_wrongs(void **state) { check_kind(*state, "wrong", takes_wrong); }

static void test_services(void **state) { check_kind(*state, "service", takes_service); }

static void test_courses(void **state) { check_kind(*state, "course", takes_course); }
static void test_skills(void **state) { check_kind(*state, "skills", takes_skills); }

static void test_tracks(void **state) {
    autofree char *second = replaced(EXERCISE_TEXT, "id: first", "id: second");
    fixture_write(*state, "exercises/second/exercise.yaml", second);
    check_kind(*state, "track", takes_track);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exercises, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_tracks, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_wrongs, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_services, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_courses, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_skills, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
