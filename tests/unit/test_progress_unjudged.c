/* What could not be judged on this machine, and what is left to do, after one attempt and after several of some checks. */

#include "progress_fixture.h"

#include "progress/track.h"

enum { PLAIN, BUILD, LAYERS, BOTH, COUNT };

static const char *build_need[] = {"build"}, *both_needs[] = {"layers", "plain"};
static struct check image_checks[COUNT] = {
    {.id = "plain", .points = 10},
    {.id = "build", .points = 10},
    {.id = "layers", .points = 10, .needs = {build_need, 1}},
    {.id = "both", .points = 10, .needs = {both_needs, 2}},
};

static void attempt(const struct progress_check *done, size_t count) {
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    if (progress_finish(progress, begin(progress, 1, count == COUNT), "fail", done, count, 1, &err))
        fail_msg("%s", err.message);
    progress_close(progress);
}

/* An attempt of all checks, in which the last two are blocked. */
static void check_all(enum verdict plain, enum verdict build, const char *reason) {
    attempt((const struct progress_check[]){{"plain", plain, 0, 10, NULL, 0},
                                            {"build", build, 0, 10, reason, 0},
                                            {"layers", VERDICT_BLOCKED, 0, 10, NULL, 0},
                                            {"both", VERDICT_BLOCKED, 0, 10, NULL, 0}},
            COUNT);
}

/* `lab check --only` of one that needs no other. */
static void check_only(const char *id, enum verdict verdict, const char *reason) {
    attempt(&(struct progress_check){id, verdict, 0, 10, reason, 0}, 1);
}

/* The ids of what was not judged, and what the last one needs; then what failed first, and whether all else waits. */
static char *standing_text(void) {
    struct exercise image = exercise;
    image.checks = image_checks;
    image.check_count = COUNT;
    scoped(arena) arena = ARENA_INIT;
    struct exercise_standing one = {.exercise = &image};
    struct err err = ERR_INIT;
    struct progress *progress = open_progress();
    assert_int_equal(exercise_stand(&one, progress, &arena, &err), 0);
    progress_close(progress);
    scoped(str) text = STR_INIT;
    const char *needs = NULL;
    for (size_t i = 0; i < one.unjudged_count; i++) {
        str_printf(&text, "%s ", one.unjudged[i].check->id);
        needs = one.unjudged[i].needs;
    }
    str_printf(&text, "%s", needs ? needs : "?");
    if (one.failing) str_printf(&text, "; %s fails", one.failing->id);
    if (one.waits) str_append(&text, "; waits");
    return str_steal(&text);
}

static void assert_standing(const char *expected) {
    autofree char *text = standing_text();
    assert_string_equal(text, expected);
}

/* ---- one attempt ---- */

static void test_what_waits_for_a_tool(void **state) {
    (void)state;
    check_all(VERDICT_PASS, VERDICT_BLOCKED, "needs-docker");
    assert_standing("build layers both docker; waits");
}

static void test_what_waits_for_the_learner_too(void **state) {
    (void)state;
    check_all(VERDICT_FAIL, VERDICT_BLOCKED, "needs-docker");
    assert_standing("build layers docker; plain fails");
}

static void test_what_waits_for_the_learner_alone(void **state) {
    (void)state;
    check_all(VERDICT_PASS, VERDICT_TIMEOUT, "no-cache");
    assert_standing("?; build fails");
}

static void test_what_waits_for_nobody_knows_what(void **state) {
    (void)state;
    check_all(VERDICT_PASS, VERDICT_BLOCKED, NULL);
    assert_standing("build layers both ?; waits");
}

static void test_what_says_its_tool(void **state) {
    (void)state;
    image_checks[BUILD].tool = "docker";
    check_all(VERDICT_PASS, VERDICT_BLOCKED, NULL);
    assert_standing("build layers both docker; waits");
    image_checks[BUILD].tool = NULL;
}

/* Without it, nothing that counts would be more. */
static void test_a_bonus_is_not_missed(void **state) {
    (void)state;
    image_checks[BUILD].bonus = true;
    check_all(VERDICT_FAIL, VERDICT_BLOCKED, "needs-docker");
    assert_standing("layers docker; plain fails");
    image_checks[BUILD].bonus = false;
}

static void test_a_bonus_that_fails_is_nothing_to_do(void **state) {
    (void)state;
    image_checks[PLAIN].bonus = true;
    check_all(VERDICT_FAIL, VERDICT_PASS, NULL);
    check_only("layers", VERDICT_BLOCKED, "needs-docker");
    assert_standing("layers docker");
    image_checks[PLAIN].bonus = false;
}

/* ---- several ---- */

static void test_one_that_was_run_alone_hides_no_other(void **state) {
    (void)state;
    check_all(VERDICT_FAIL, VERDICT_BLOCKED, "needs-docker");
    check_only("build", VERDICT_BLOCKED, "needs-docker");
    assert_standing("build layers docker; plain fails");
    check_only("plain", VERDICT_FAIL, NULL);
    assert_standing("build layers docker; plain fails");
    check_only("plain", VERDICT_PASS, NULL);
    assert_standing("build layers both docker; waits");
}

/* The rest was never run: it may pass or fail here. */
static void test_one_that_was_run_alone_and_no_other(void **state) {
    (void)state;
    check_only("build", VERDICT_BLOCKED, "needs-docker");
    assert_standing("build docker");
}

static void test_an_attempt_that_was_interrupted_judged_nothing(void **state) {
    (void)state;
    check_all(VERDICT_FAIL, VERDICT_BLOCKED, "needs-docker");
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    const struct progress_check done = {"plain", VERDICT_PASS, 10, 10, NULL, 0};
    assert_int_equal(progress_finish(progress, begin(progress, 2, false), "interrupted", &done, 1, 1, &err), 0);
    progress_close(progress);
    assert_standing("build layers docker; plain fails");
}

/* What held it up is mended: it may be judged now. */
static void test_what_was_blocked_until_its_need_passed(void **state) {
    (void)state;
    check_all(VERDICT_PASS, VERDICT_FAIL, NULL);
    check_only("build", VERDICT_PASS, NULL);
    assert_standing("?");
}

static void test_what_lacks_something_of_its_own(void **state) {
    (void)state;
    check_all(VERDICT_PASS, VERDICT_PASS, NULL);
    check_only("layers", VERDICT_BLOCKED, "needs-docker");
    check_only("build", VERDICT_PASS, NULL);
    assert_standing("layers both docker; waits");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_waits_for_a_tool),
        TEST(test_what_waits_for_the_learner_too),
        TEST(test_what_waits_for_the_learner_alone),
        TEST(test_what_waits_for_nobody_knows_what),
        TEST(test_what_says_its_tool),
        TEST(test_a_bonus_is_not_missed),
        TEST(test_a_bonus_that_fails_is_nothing_to_do),
        TEST(test_one_that_was_run_alone_hides_no_other),
        TEST(test_one_that_was_run_alone_and_no_other),
        TEST(test_an_attempt_that_was_interrupted_judged_nothing),
        TEST(test_what_was_blocked_until_its_need_passed),
        TEST(test_what_lacks_something_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
