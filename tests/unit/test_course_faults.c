/* Faults in course files: each with its exact message, line, column, source line and caret. */

#include "tests/unit/course_fixture.h"

struct fault {
    const char *from, *to; /* what is changed in the good text */
    const char *message;   /* behind "exercises/first/exercise.yaml:" or "tracks/main.yaml:" */
};

static const struct fault exercise_faults[] = {
    {"    points: 10", "    pionts: 10",
     "11:5: 'points' is missing in a check\n   11 |   - id: runs\n      |     ^\n"
     "@13:5: unknown key 'pionts', did you mean 'points'?\n   13 |     pionts: 10\n      |     ^"},
    {"minutes: 25", "minutes: 25\ncolour: red",
     "6:1: unknown key 'colour' in the exercise\n    6 | colour: red\n      | ^"},
    {"format: 1", "format: 2",
     "1:9: 'format' must be 1: this lab reads format 1\n    1 | format: 2\n      |         ^"},
    {"format: 1\n", "", "1:1: 'format' is missing in the exercise\n    1 | id: first\n      | ^"},
    {"id: first", "id: other", "2:5: the id is 'other', but the folder is 'first'\n    2 | id: other\n      |     ^"},
    {"id: first", "id: First",
     "2:5: 'First' is no id: lower-case letters, digits and single dashes, at most 64\n    2 | id: First\n      |     ^"},
    {"title: The first", "title: ''", "3:8: 'title' is empty\n    3 | title: ''\n      |        ^"},
    {"title: The first", "title:", "3:7: 'title' is empty\n    3 | title:\n      |       ^"},
    {"title: The first", "title: 2026",
     "3:8: 'title' must be text, not a whole number; put it in quotes\n    3 | title: 2026\n      |        ^"},
    {"title: The first", "title: [a]", "3:8: 'title' must be text, not a list\n    3 | title: [a]\n      |        ^"},
    {"title: The first", "title: \"a\\e[31m\"",
     "3:8: 'title' holds a control character or a second line\n    3 | title: \"a\\e[31m\"\n      |        ^"},
    {"minutes: 25", "minutes: soon",
     "5:10: 'minutes' must be a whole number, not text\n    5 | minutes: soon\n      |          ^"},
    {"minutes: 25", "minutes: 2.5",
     "5:10: 'minutes' must be a whole number, not a number\n    5 | minutes: 2.5\n      |          ^"},
    {"minutes: 25", "minutes: 0",
     "5:10: 'minutes' must be from 1 to 600, not 0\n    5 | minutes: 0\n      |          ^"},
    {"minutes: 25", "minutes: 99999999999",
     "5:10: 'minutes' must be from 1 to 600, not 99999999999\n    5 | minutes: 99999999999\n      |          ^"},
    {"difficulty: 1", "difficulty: 4",
     "6:13: 'difficulty' must be from 1 to 3, not 4\n    6 | difficulty: 4\n      |             ^"},
    {"phase: develop", "phase: deploi",
     "8:8: 'phase' must be develop, deploy, monitor or improve; did you mean 'deploy'?\n    8 | phase: deploi\n      |        ^"},
    {"layer: mlops", "layer: 1",
     "9:8: 'layer' must be mlops, llmops or agenticops\n    9 | layer: 1\n      |        ^"},
    {"    points: 10", "    points: -5",
     "13:13: 'points' must be from 0 to 1000, not -5\n   13 |     points: -5\n      |             ^"},
    {"    points: 10", "    points: 10\n    hidden: yes",
     "14:13: 'hidden' must be true or false; in YAML 1.2 'yes' is text\n   14 |     hidden: yes\n      |             ^"},
    {"    points: 10", "    points: 10\n    decisive: 1",
     "14:15: 'decisive' must be true or false, not a whole number\n   14 |     decisive: 1\n      |               ^"},
    {"needs: [runs]", "needs: runs",
     "17:12: 'needs' must be a list, not text\n   17 |     needs: runs\n      |            ^"},
    {"needs: [runs]", "needs: [rusn]",
     "17:13: right needs 'rusn', which is no check here; did you mean 'runs'?\n   17 |     needs: [rusn]\n      |             ^"},
    {"needs: [runs]", "needs: [runs, runs]",
     "17:19: 'runs' is listed twice\n   17 |     needs: [runs, runs]\n      |                   ^"},
    {"needs: [runs]", "needs: [right]",
     "17:12: checks need each other in a cycle: right → right\n   17 |     needs: [right]\n      |            ^"},
    {"    points: 10", "    points: 10\n    needs: [right]",
     "14:12: checks need each other in a cycle: runs → right → runs\n   14 |     needs: [right]\n      |            ^"},
    {"needs: [runs]", "from: runs",
     "17:11: 'from' must be one of 'needs', and 'runs' is not\n   17 |     from: runs\n      |           ^"},
    {"    points: 10", "    points: 10\n    bonus: true",
     "13:13: a bonus check has 0 points\n   13 |     points: 10\n      |             ^\n"
     "@18:13: 'runs' is a bonus check, which only other bonus checks can need\n   18 |     needs: [runs]\n      |             ^"},
    {"needs: [runs]", "needs: [runs]\n    bonus: true\n    decisive: true",
     "16:13: a bonus check has 0 points\n   16 |     points: 20\n      |             ^\n"
     "@19:15: a bonus check cannot be decisive\n   19 |     decisive: true\n      |               ^"},
    {"id: right", "id: runs",
     "14:9: duplicate check 'runs'; it is in line 11 already\n   14 |   - id: runs\n      |         ^"},
    {"checks:\n", "requires: {python: torch}\nchecks:\n",
     "10:20: no environment 'torch': there is no exercises/environments/torch/requirements.lock\n"
     "   10 | requires: {python: torch}\n      |                    ^"},
    {"checks:\n", "requires: {shared: [clok.py]}\nchecks:\n",
     "10:21: no shared program 'clok.py': there is no exercises/shared/clok.py\n"
     "   10 | requires: {shared: [clok.py]}\n      |                     ^"},
    {"checks:\n", "requires: {tools: [promtool > 2.40]}\nchecks:\n",
     "10:20: behind 'promtool' stands '> 2.40', but a least version is written as 'promtool >= 2.40'\n"
     "   10 | requires: {tools: [promtool > 2.40]}\n      |                    ^"},
    {"checks:\n", "requires: {tools: [jq, promtool >= 2.x]}\nchecks:\n",
     "10:24: '2.x' is no version: up to three numbers, as 2.40.1\n"
     "   10 | requires: {tools: [jq, promtool >= 2.x]}\n      |                        ^"},
    {"checks:\n", "requires: {tools: [jq, jq >= 1.6]}\nchecks:\n",
     "10:24: 'jq' is listed twice\n   10 | requires: {tools: [jq, jq >= 1.6]}\n      |                        ^"},
    {"checks:\n", "requires: {tools: [../jq]}\nchecks:\n",
     "10:20: '../jq' is no tool: the name of a program, or 'NAME >= VERSION'\n"
     "   10 | requires: {tools: [../jq]}\n      |                    ^"},
    {"checks:\n", "requires: {tools: [docker >= 24]}\nchecks:\n",
     "10:20: 'docker' takes no version: other engines, with versions of their own, answer for it\n"
     "   10 | requires: {tools: [docker >= 24]}\n      |                    ^"},
    {"    points: 10", "    points: 10\n    tool: dokcer",
     "14:11: 'requires.tools' has no 'dokcer'; did you mean 'docker'?\n   14 |     tool: dokcer\n      |           ^"},
    {"    points: 10", "    points: 10\n    tool: terraform",
     "14:11: 'requires.tools' has no 'terraform': the tools of checks are listed there\n"
     "   14 |     tool: terraform\n      |           ^"},
    {"checks:\n", "requires: {shared: [../x]}\nchecks:\n",
     "10:21: '../x' is no file's name\n   10 | requires: {shared: [../x]}\n      |                     ^"},
    {"checks:\n", "requires: ml\nchecks:\n",
     "10:11: 'requires' must be a map, not text\n   10 | requires: ml\n      |           ^"},
    {"checks:\n", "protected: [a, ../b]\nchecks:\n",
     "10:16: the path '../b' leaves the exercise's folder\n   10 | protected: [a, ../b]\n      |                ^"},
    {"checks:\n", "protected: [/etc/passwd]\nchecks:\n",
     "10:13: the path '/etc/passwd' leaves the exercise's folder\n   10 | protected: [/etc/passwd]\n      |             ^"},
    {"checks:\n", "box: {memory: 1GB}\nchecks:\n",
     "10:15: 'memory' must be a size such as 512MiB, in B, KiB, MiB or GiB\n   10 | box: {memory: 1GB}\n      |               ^"},
    {"checks:\n", "box: {memory: 1MiB}\nchecks:\n",
     "10:15: 'memory' must be from 16MiB to 64GiB\n   10 | box: {memory: 1MiB}\n      |               ^"},
    {"checks:\n", "box: {timeout: .inf}\nchecks:\n",
     "10:16: 'timeout' must be from 1 to 3600, not .inf\n   10 | box: {timeout: .inf}\n      |                ^"},
    {"checks:\n", "box: {timeout: 90s}\nchecks:\n",
     "10:16: 'timeout' must be a number of seconds, not text\n   10 | box: {timeout: 90s}\n      |                ^"},
    {"checks:\n", "hints: [{say: x, wen: y}]\nchecks:\n",
     "10:18: unknown key 'wen', did you mean 'when'?\n   10 | hints: [{say: x, wen: y}]\n      |                  ^"},
    {"checks:\n", "hints: [{when: y}]\nchecks:\n",
     "10:9: 'say' is missing in a hint\n   10 | hints: [{when: y}]\n      |         ^"},
    {"checks:\n", "hints: [[x]]\nchecks:\n",
     "10:9: a hint must be a map, not a list\n   10 | hints: [[x]]\n      |         ^"},
    {"checks:\n", "aliases: [first]\nchecks:\n",
     "10:11: the alias 'first' is the id of an exercise\n   10 | aliases: [first]\n      |           ^"},
    {"    points: 10", "    points: 10\n  - just text",
     "14:5: a check must be a map, not text\n   14 |   - just text\n      |     ^"},
    {"title: The first", "title: The first\ntitle: Again",
     "4:1: duplicate key 'title'; it is set in line 3 already\n    4 | title: Again\n      | ^"},
    {"    points: 10", "\tpoints: 10",
     "13:1: a tab cannot stand here; indent with spaces\n   13 | \\tpoints: 10\n      | ^"},
};

static const struct fault track_faults[] = {
    {"exercises: [first]", "exercises: [frist]",
     "8:17: no exercise 'frist', did you mean 'first'?\n    8 |     exercises: [frist]\n      |                 ^"},
    {"exercises: [first]", "exercises: [first, first]",
     "8:24: 'first' is listed already, in the module of line 5\n    8 |     exercises: [first, first]\n      |                        ^"},
    {"exercises: [first]", "exercises: []\n  - id: one\n    title: Again\n    level: 1\n    exercises: []",
     "9:9: duplicate module 'one'; it is in line 5 already\n    9 |   - id: one\n      |         ^"},
    {"id: main", "id: other",
     "2:5: the id is 'other', but the file is tracks/main.yaml\n    2 | id: other\n      |     ^"},
    {"modules:\n", "pass: {module_min: 101}\nmodules:\n",
     "4:20: 'module_min' must be from 0 to 100, not 101\n    4 | pass: {module_min: 101}\n      |                    ^"},
    {"modules:\n", "audience: Everyone\nmodules:\n",
     "4:11: 'audience' must be a list, not text\n    4 | audience: Everyone\n      |           ^"},
    {"    level: 1\n", "", "5:5: 'level' is missing in a module\n    5 |   - id: one\n      |     ^"},
};

/* The message with `file` put before it, and where it says "@". */
static char *with_file(const char *file, const char *message) {
    scoped(str) text = STR_INIT;
    str_printf(&text, "%s:", file);
    for (; *message; message++) {
        if (*message == '@')
            str_printf(&text, "%s:", file);
        else
            str_append_char(&text, *message);
    }
    return str_steal(&text);
}

static void expect_faults(struct course_fixture *fixture, const char *file, const char *good,
                          const struct fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        autofree char *text = replaced(good, faults[i].from, faults[i].to);
        autofree char *message = with_file(file, faults[i].message);
        fixture_write(fixture, file, text);
        if (!fixture_open(fixture) && !course_validate(fixture->course, &fixture->err)) fail_msg("accepted:\n%s", text);
        assert_string_equal(fixture->err.message, message);
        assert_int_equal(fixture->err.code, ERR_COURSE);
    }
}

static void test_exercise_faults(void **state) {
    expect_faults(*state, "exercises/first/exercise.yaml", EXERCISE_TEXT, exercise_faults, LENGTH(exercise_faults));
}

static void test_track_faults(void **state) {
    expect_faults(*state, "tracks/main.yaml", TRACK_TEXT, track_faults, LENGTH(track_faults));
}

/* Texts that are no exercise at all. */
static void test_other_texts(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "1:1: the exercise must be a map, not nothing\n    1 | \n      | ^"},
        {"just text\n", "1:1: the exercise must be a map, not text\n    1 | just text\n      | ^"},
        {"- 1\n", "1:1: the exercise must be a map, not a list\n    1 | - 1\n      | ^"},
        {"a: &x [*x]\n",
         "1:4: anchors and aliases are not read here; write the value out\n    1 | a: &x [*x]\n      |    ^"},
        {"a: 1\n---\nb: 1\n", "2:1: a second document begins here; only one is read\n    2 | ---\n      | ^"},
    };
    struct course_fixture *fixture = *state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        autofree char *message = with_file("exercises/first/exercise.yaml", cases[i].message);
        fixture_write(fixture, "exercises/first/exercise.yaml", cases[i].text);
        assert_int_equal(fixture_open(fixture), 0);
        assert_int_equal(course_validate(fixture->course, &fixture->err), -1);
        assert_string_equal(fixture->err.message, message);
    }
}

static void test_checks_without_points(void **state) {
    struct course_fixture *fixture = *state;
    autofree char *half = replaced(EXERCISE_TEXT, "points: 10", "points: 0");
    autofree char *none = replaced(half, "points: 20", "points: 0");
    fixture_write(fixture, "exercises/first/exercise.yaml", none);
    assert_int_equal(fixture_open(fixture), 0);
    assert_null(course_exercise(fixture->course, "first", &fixture->err));
    assert_string_equal(fixture->err.message, "exercises/first/exercise.yaml:11:3: the checks give no points at all\n"
                                              "   11 |   - id: runs\n      |   ^");
}

static void test_too_many_checks(void **state) {
    struct course_fixture *fixture = *state;
    scoped(str) text = STR_INIT;
    str_append(&text, EXERCISE_TEXT);
    for (int i = 0; i < 99; i++) str_printf(&text, "  - {id: c%d, title: C, points: 1}\n", i);
    fixture_write(fixture, "exercises/first/exercise.yaml", text.data);
    assert_int_equal(fixture_open(fixture), 0);
    assert_null(course_exercise(fixture->course, "first", &fixture->err));
    assert_string_equal(fixture->err.message,
                        "exercises/first/exercise.yaml:11:3: 'checks' has 101 items; at most 100 are allowed\n"
                        "   11 |   - id: runs\n      |   ^");
}

/* What a link of a stranger's course leads to is none of the course's files. */
static void test_links_instead_of_files(void **state) {
    static const struct {
        const char *requires, *link, *message;
    } cases[] = {
        {"requires: {shared: [out.py]}", "exercises/shared/out.py",
         "10:21: no shared program 'out.py': there is no exercises/shared/out.py\n"
         "   10 | requires: {shared: [out.py]}\n      |                     ^"},
        {"requires: {python: out}", "exercises/environments/out/requirements.lock",
         "10:20: no environment 'out': there is no exercises/environments/out/requirements.lock\n"
         "   10 | requires: {python: out}\n      |                    ^"},
    };
    struct course_fixture *fixture = *state;
    assert_int_equal(beneath_make_directories(fixture->folder, "exercises/environments/out"), 0);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        autofree char *lines = str_format("%s\nchecks:\n", cases[i].requires);
        autofree char *text = replaced(EXERCISE_TEXT, "checks:\n", lines);
        autofree char *message = with_file("exercises/first/exercise.yaml", cases[i].message);
        fixture_write(fixture, "exercises/first/exercise.yaml", text);
        assert_int_equal(symlinkat("/etc/passwd", fixture->folder, cases[i].link), 0);
        assert_int_equal(fixture_open(fixture), 0);
        assert_int_equal(course_validate(fixture->course, &fixture->err), -1);
        assert_string_equal(fixture->err.message, message);
    }
}

/* Any bytes at all: what is not refused is a whole exercise. From a fixed seed. */
static void test_mutations(void **state) {
    struct course_fixture *fixture = *state;
    uint64_t seed = 42;
    for (int round = 0; round < 1500; round++) {
        scoped(str) text = STR_INIT;
        str_append(&text, EXERCISE_TEXT);
        for (int n = 0; n < 3; n++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text.data[(seed >> 33) % text.len] = "\n -:[]{}#&*!|>'\"%@a1\t\xff"[(seed >> 20) % 23];
        }
        fixture_write(fixture, "exercises/first/exercise.yaml", text.data);
        assert_int_equal(fixture_open(fixture), 0);
        const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
        if (!exercise)
            assert_int_equal(fixture->err.code, ERR_COURSE);
        else
            assert_true(exercise->title && exercise->objective && exercise->check_count && exercise->points > 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_exercise_faults),        TEST(test_track_faults),    TEST(test_other_texts),
        TEST(test_checks_without_points),  TEST(test_too_many_checks), TEST(test_mutations),
        TEST(test_links_instead_of_files),
    };
    return cmocka_run_group_tests_name("course_faults", tests, NULL, NULL);
}
