/* Questions: how answers are compared, read from answers.yaml, and put into it. */

#include "tests/unit/course_fixture.h"

#include <locale.h>
#include <math.h>

#include "attempt/question.h"
#include "base/json.h"
#include "course/answers.h"

#define QUESTIONS_TEXT \
    "format: 1\n" \
    "id: first\n" \
    "title: The first\n" \
    "objective: Answer.\n" \
    "minutes: 25\n" \
    "difficulty: 1\n" \
    "level: 1\n" \
    "phase: develop\n" \
    "layer: mlops\n" \
    "checks:\n" \
    "  - id: centre\n" \
    "    title: The centre\n" \
    "    kind: choice\n" \
    "    points: 10\n" \
    "    question: Which one?\n" \
    "    options:\n" \
    "      - {id: median, text: The median, right: true}\n" \
    "      - {id: mean, text: The mean, feedback: \"One late\\nreply moves it.\"}\n" \
    "      - {text: \"The mode\\u2028which: injected\"}\n" \
    "  - id: days\n" \
    "    title: Days\n" \
    "    kind: number\n" \
    "    points: 10\n" \
    "    question: How many?\n" \
    "    answer: 12.5\n" \
    "    within: 0.5\n" \
    "    unit: days\n" \
    "    feedback:\n" \
    "      - {near: 20, say: That is the mean., reason: mean}\n" \
    "      - Sort first.\n" \
    "  - id: share\n" \
    "    title: A share\n" \
    "    kind: number\n" \
    "    points: 10\n" \
    "    question: Which share?\n" \
    "    answer: -200\n" \
    "    percent: 10\n" \
    "  - id: word\n" \
    "    title: A word\n" \
    "    kind: text\n" \
    "    points: 10\n" \
    "    question: Which word?\n" \
    "    accept: [concept drift, \"co*shift\", \"3.11\"]\n" \
    "    feedback:\n" \
    "      - {near: data *, say: Not the data.}\n"

static const struct exercise *questions(struct course_fixture *fixture) {
    fixture_write(fixture, "exercises/first/exercise.yaml", QUESTIONS_TEXT);
    assert_int_equal(fixture_open(fixture), 0);
    const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
    if (!exercise) fail_msg("%s", fixture->err.message);
    return exercise;
}

/* ---- judging ---- */

struct judged {
    const char *check, *line; /* the file's line of the answer, behind "CHECK: " */
    const char *reason;       /* NULL: it passes */
    const char *message;
};

static void judge(struct course_fixture *fixture, const struct exercise *exercise, const struct judged *c) {
    scoped(answers) answers = {.text = STR_INIT};
    autofree char *text = str_format("%s: %s\n", c->check, c->line);
    fixture_write(fixture, ANSWERS_FILE, text);
    answers_read(&answers, fixture->folder);
    autojson json_t *outcome = question_judge(&answers, exercise, exercise_check(exercise, c->check));
    const char *reason = json_get_string(outcome, "reason", NULL), *message = json_get_string(outcome, "message", "");
    const char *verdict = json_get_string(outcome, "verdict", "");
    if (strcmp(verdict, c->reason ? "fail" : "pass") != 0) fail_msg("%s gives %s: %s", text, verdict, message);
    if (!c->reason) return;
    assert_string_equal(reason, c->reason);
    assert_string_equal(message, c->message);
    assert_true(question_gives(exercise_check(exercise, c->check), reason));
}

static void test_judging(void **state) {
    static const struct judged cases[] = {
        {"centre", "median", NULL, NULL},
        {"centre", "\"median\"", NULL, NULL},
        {"centre", "Median", "no-such-option", "no option of this question has this name"},
        {"centre", "mean", "mean", "One late reply moves it."},
        {"centre", "c", "c", "this is not the answer"},
        {"centre", "[median]", "unreadable-answers",
         "answers.yaml:1:9: an answer is one value, on the line of its question"},
        {"centre", "\"a\\0b\"", "unreadable-answers", "answers.yaml:1:9: the answer holds a NUL"},
        {"centre", "'", "unreadable-answers", "answers.yaml:1:9: the quoted text that begins here has no end"},
        {"centre", "", "no-answer", "not answered yet: lab answer asks, or write it behind `centre:` in answers.yaml"},
        {"centre", "' '", "no-answer",
         "not answered yet: lab answer asks, or write it behind `centre:` in answers.yaml"},
        {"days", "12.5", NULL, NULL},
        {"days", "13", NULL, NULL},
        {"days", "12", NULL, NULL},
        {"days", "\"12.5 Days\"", NULL, NULL},
        {"days", "13.01", "wrong-answer", "Sort first."},
        {"days", "20.4", "mean", "That is the mean."},
        {"days", "12.5 weeks", "no-number", "the answer must be a number"},
        {"days", ".nan", "no-number", "the answer must be a number"},
        {"days", ".inf", "no-number", "the answer must be a number"},
        {"days", "1e999", "no-number", "the answer must be a number"},
        {"days", "0x0d", "no-number", "the answer must be a number"},
        {"days", "true", "no-number", "the answer must be a number"},
        {"share", "-219", NULL, NULL},
        {"share", "-221", "wrong-answer", "this is not the answer"},
        {"share", "200", "wrong-answer", "this is not the answer"},
        {"word", "'  Concept \t DRIFT '", NULL, NULL},
        {"word", "covariate shift", NULL, NULL},
        {"word", "coshift", NULL, NULL},
        {"word", "covariate shifts", "wrong-answer", "this is not the answer"},
        {"word", "3.11", NULL, NULL},
        {"word", "Data shift", "wrong-answer", "Not the data."},
        {"word", "null", "wrong-answer", "this is not the answer"},
    };
    struct course_fixture *fixture = *state;
    const struct exercise *exercise = questions(fixture);
    for (size_t i = 0; i < LENGTH(cases); i++) judge(fixture, exercise, &cases[i]);
}

static void test_only_what_is_given_is_a_reason(void **state) {
    struct course_fixture *fixture = *state;
    const struct exercise *exercise = questions(fixture);
    assert_false(question_gives(exercise_check(exercise, "centre"), "median"));
    assert_false(question_gives(exercise_check(exercise, "centre"), "wrong-answer"));
    assert_false(question_gives(exercise_check(exercise, "word"), "no-number"));
    assert_false(question_gives(exercise_check(exercise, "days"), "median"));
}

static void test_a_hostile_pattern_takes_no_time(void **state) {
    (void)state;
    char pattern[401], text[ANSWER_MOST + 1];
    for (size_t i = 0; i < sizeof pattern - 1; i++) pattern[i] = i % 2 ? 'a' : '*';
    pattern[399] = 'b';
    pattern[400] = '\0';
    memset(text, 'a', ANSWER_MOST);
    text[ANSWER_MOST] = '\0';
    assert_false(question_matches(pattern, text));
    assert_true(question_matches("*", text));
    assert_true(question_matches("Ä  b*", "ä b"));
}

/* ---- the file ---- */

static void test_files_that_cannot_be_read(void **state) {
    struct course_fixture *fixture = *state;
    const struct exercise *exercise = questions(fixture);
    const struct check *check = exercise_check(exercise, "centre");
    static const char *const faults[] = {
        "answers.yaml:1:1: it is a symbolic link, and answers stand in a file of their own",
        "answers.yaml:1:1: it is a folder", "answers.yaml:1:1: it is larger than 64 KiB"};
    assert_int_equal(symlinkat("exercises/first/exercise.yaml", fixture->folder, ANSWERS_FILE), 0);
    for (size_t i = 0; i < LENGTH(faults); i++) {
        scoped(answers) answers = {.text = STR_INIT};
        answers_read(&answers, fixture->folder);
        assert_string_equal(answers_get(&answers, exercise, check).fault, faults[i]);
        assert_int_equal(beneath_remove(fixture->folder, ANSWERS_FILE), 0);
        if (i == 0) assert_int_equal(mkdirat(fixture->folder, ANSWERS_FILE, 0700), 0);
        autofree char *large = mem_alloc(ANSWERS_MOST + 2);
        memset(large, '\n', ANSWERS_MOST + 1);
        if (i == 1) fixture_write(fixture, ANSWERS_FILE, large);
    }
    scoped(answers) none = {.text = STR_INIT};
    answers_read(&none, fixture->folder);
    assert_true(none.absent);
    assert_null(answers_get(&none, exercise, check).fault);
}

static void test_a_misspelt_name_is_shown(void **state) {
    struct course_fixture *fixture = *state;
    const struct exercise *exercise = questions(fixture);
    scoped(answers) answers = {.text = STR_INIT};
    fixture_write(fixture, ANSWERS_FILE, "# mine\ncenter: median\ndays: 3\n");
    answers_read(&answers, fixture->folder);
    assert_string_equal(answers_get(&answers, exercise, exercise_check(exercise, "centre")).fault,
                        "answers.yaml:2:1: no question has this name, did you mean 'centre'?\n"
                        "    2 | center: median\n      | ^");
    struct given_answer days = answers_get(&answers, exercise, exercise_check(exercise, "days"));
    assert_string_equal(days.text, "3");
    assert_int_equal(days.line, 3);
}

static void test_the_template_says_nothing_of_what_is_right(void **state) {
    struct course_fixture *fixture = *state;
    scoped(str) text = STR_INIT;
    answers_append_template(&text, questions(fixture));
    assert_string_equal(text.data, "# Your answers. Write one behind each name, or let `lab answer` ask you.\n\n"
                                   "# Which one?\n#   median  The median\n#   mean    The mean\n"
                                   "#   c       The mode\\u2028which: injected\ncentre:\n\n"
                                   "# How many?\n# a number, in days\ndays:\n\n# Which share?\nshare:\n\n"
                                   "# Which word?\nword:\n");
}

static void test_a_start_has_it_unless_it_has_its_own(void **state) {
    struct course_fixture *fixture = *state;
    struct start_files files = {0};
    scoped(arena) arena = ARENA_INIT;
    scoped(str) text = STR_INIT;
    const struct exercise *exercise = questions(fixture);
    assert_int_equal(beneath_remove(fixture->folder, "exercises/first/start"), 0);
    assert_int_equal(exercise_start_files(&files, fixture->course, exercise, &arena, &fixture->err), 0);
    assert_int_equal(files.count, 2);
    assert_string_equal(files.items[1].path, ANSWERS_FILE);
    assert_int_equal(start_file_read(&text, &files.items[1], ANSWERS_MOST, &fixture->err), 0);
    assert_non_null(strstr(text.data, "\ndays:\n"));
    fixture_write(fixture, "exercises/first/start/answers.yaml", "days: 1\n");
    assert_int_equal(exercise_start_files(&files, fixture->course, exercise, &arena, &fixture->err), 0);
    assert_int_equal(files.count, 2);
    assert_non_null(files.items[0].source);
}

static void test_the_fingerprint_follows_what_is_right(void **state) {
    struct course_fixture *fixture = *state;
    char before[HASH_HEX_SIZE], after[HASH_HEX_SIZE];
    assert_int_equal(exercise_fingerprint(questions(fixture), before, &fixture->err), 0);
    autofree char *changed = replaced(QUESTIONS_TEXT, "answer: 12.5", "answer: 12.6");
    fixture_write(fixture, "exercises/first/exercise.yaml", changed);
    assert_int_equal(fixture_open(fixture), 0);
    const struct exercise *exercise = course_exercise(fixture->course, "first", &fixture->err);
    assert_non_null(exercise);
    assert_int_equal(exercise_fingerprint(exercise, after, &fixture->err), 0);
    assert_string_not_equal(before, after);
}

/* ---- changing one line ---- */

struct put {
    const char *text, *id, *value;
    const char *expected; /* the new text; NULL: it is refused */
};

static void test_one_line_is_changed(void **state) {
    static const struct put cases[] = {
        {"", "a", "x", "a: x\n"},
        {"# only a comment", "a", "x", "# only a comment\na: x\n"},
        {"a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"},
        {"a: # why\nb: 1\n", "a", "x", "a: x # why\nb: 1\n"},
        {"b: 1 # one\na:   old   # why\n", "a", "12.5", "b: 1 # one\na: 12.5   # why\n"},
        {"a: \"o\\\"ld # no\" # why\n", "a", "x y", "a: \"x y\" # why\n"},
        {"a: 'it''s' # why\n", "a", "#", "a: \"#\" # why\n"},
        {"\"a\": 1\n", "a", "-2.5", "\"a\": -2.5\n"},
        {"b: 1", "a", "null", "b: 1\na: null\n"},
        {"b: |\n  a: old\na: old\n", "a", "x", "b: |\n  a: old\na: x\n"},
        {"a: |\n  two\n  lines\nb: 1\n", "a", "x", NULL},
        {"{a: 1, b: 2}\n", "c", "x", NULL},
        {"- a\n", "a", "x", NULL},
        {"a: [\n", "b", "x", NULL},
        {"a: 1\na: 2\n", "a", "x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct err err = ERR_INIT;
        scoped(str) text = STR_INIT;
        str_append(&text, cases[i].text);
        int status = answers_put(&text, cases[i].id, cases[i].value, &err);
        if (status != (cases[i].expected ? 0 : -1)) fail_msg("%s: %s", cases[i].text, err.message);
        if (status) assert_int_equal(err.code, ERR_USAGE);
        assert_string_equal(text.data, cases[i].expected ? cases[i].expected : cases[i].text);
    }
}

int main(void) {
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(test_judging),
        TEST(test_only_what_is_given_is_a_reason),
        TEST(test_a_hostile_pattern_takes_no_time),
        TEST(test_files_that_cannot_be_read),
        TEST(test_a_misspelt_name_is_shown),
        TEST(test_the_template_says_nothing_of_what_is_right),
        TEST(test_a_start_has_it_unless_it_has_its_own),
        TEST(test_the_fingerprint_follows_what_is_right),
        TEST(test_one_line_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
