/* The sink that stores an attempt: what the events say is what the database holds. */

#include "progress_fixture.h"

#include <unistd.h>

#include "report/report.h"

static const bool both[] = {true, true}, first[] = {true, false};
static struct attempt_facts facts = {
    .exercise = &exercise, .workspace = "/w", .tree = "abc", .number = 1, .seed = 42, .selected = both, .notes = ""};

static void send(struct report_progress *report, struct event event) {
    event.attempt = &facts;
    struct sink *sink = report_progress_sink(report);
    sink->take(sink, &event);
}

static void send_check(struct report_progress *report, size_t index, enum verdict verdict, int points,
                       const char *reason) {
    const struct check_result result = {
        .check = &exercise.checks[index], .verdict = verdict, .points = points, .reason = reason, .seconds = 0.5};
    send(report, (struct event){.kind = EVENT_CHECK_DONE, .result = &result});
}

static void send_done(struct report_progress *report, enum attempt_verdict verdict) {
    const struct attempt_summary summary = {.verdict = verdict, .seconds = 2};
    send(report, (struct event){.kind = EVENT_ATTEMPT_DONE, .summary = &summary});
}

static void assert_summary(struct progress *progress, const char *verdict, int points) {
    char actual[16];
    int earned;
    struct err err = ERR_INIT;
    assert_int_equal(progress_attempt_summary(progress, "seed-it", "/w", 1, actual, &earned, &err), 0);
    assert_string_equal(actual, verdict);
    assert_int_equal(earned, points);
}

/* Checks that end in another order are kept in the author's. */
static void test_an_attempt_is_stored(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct report_progress *report = report_progress_new(progress, "/course");
    send(report, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    assert_summary(progress, "interrupted", 0); /* as a kill would leave it */
    char reason[] = "set-order";
    send_check(report, 1, VERDICT_FAIL, 0, reason);
    memset(reason, 'x', sizeof reason - 1); /* events are not kept */
    send_check(report, 0, VERDICT_PASS, 5, NULL);
    send_done(report, ATTEMPT_FAIL);
    assert_null(report_progress_error(report));
    report_progress_free(report);
    assert_summary(progress, "fail", 5);
    struct progress_last last;
    bool found;
    struct err err = ERR_INIT;
    assert_int_equal(progress_last_attempt(progress, "seed-it", &last, &found, &err), 0);
    assert_true(found && last.count == 2);
    assert_string_equal(last.checks[0].id, "trains");
    assert_string_equal(last.checks[1].reason, "set-order");
    progress_close(progress);
}

/* Whether the exercise is passed once an attempt of these checks passed, and it has no other check but the first. */
static bool passes(const bool *selected) {
    struct progress *progress = open_progress();
    struct report_progress *report = report_progress_new(progress, "/course");
    struct exercise shorter = exercise;
    struct progress_standing standing;
    struct err err = ERR_INIT;
    facts.selected = selected;
    send(report, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    for (size_t i = 0; i < exercise.check_count; i++)
        if (selected[i]) send_check(report, i, VERDICT_PASS, exercise.checks[i].points, NULL);
    send_done(report, ATTEMPT_PASS);
    facts.selected = both;
    shorter.check_count = 1;
    assert_int_equal(progress_standing(progress, &shorter, &standing, &err), 0);
    report_progress_free(report);
    progress_close(progress);
    return standing.passed;
}

static void test_it_is_noted_whether_all_checks_ran(void **state) {
    (void)state;
    assert_false(passes(first));
    exercise_checks[1].bonus = true;
    assert_true(passes(first));
    exercise_checks[1].bonus = false;
}

static void test_an_interrupted_attempt_keeps_what_was_done(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct report_progress *report = report_progress_new(progress, "/course");
    send(report, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    send_check(report, 0, VERDICT_PASS, 5, NULL);
    send_done(report, ATTEMPT_INTERRUPTED);
    report_progress_free(report);
    assert_summary(progress, "interrupted", 5);
    assert_int_equal(standing_of(progress).best, 0);
    progress_close(progress);
}

static void test_an_attempt_that_ends_without_its_event(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct report_progress *report = report_progress_new(progress, "/course");
    send(report, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    send_check(report, 0, VERDICT_PASS, 5, NULL);
    report_progress_free(report);
    assert_summary(progress, "interrupted", 0);
    progress_close(progress);
}

/* A database that cannot take the attempt: the first error is kept, and the later events do no harm. */
static void test_the_first_error_is_kept(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct report_progress *report = report_progress_new(progress, NULL); /* a course must have a name */
    send(report, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    send_check(report, 0, VERDICT_PASS, 5, NULL);
    send_done(report, ATTEMPT_FAIL);
    const struct err *fault = report_progress_error(report);
    assert_non_null(fault);
    assert_non_null(strstr(fault->message, "NOT NULL"));
    report_progress_free(report);
    assert_int_equal(standing_of(progress).attempts, 0);
    progress_close(progress);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_an_attempt_is_stored),
        TEST(test_it_is_noted_whether_all_checks_ran),
        TEST(test_an_interrupted_attempt_keeps_what_was_done),
        TEST(test_an_attempt_that_ends_without_its_event),
        TEST(test_the_first_error_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
