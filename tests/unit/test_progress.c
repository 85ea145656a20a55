/* What is kept of attempts and hints, and how it travels. */

#include "progress_fixture.h"

#include "base/json.h"

static void test_a_new_database(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct stat info;
    assert_int_equal(stat(database, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    struct progress_standing standing = standing_of(progress);
    assert_false(standing.started || standing.passed || standing.attempts || standing.best || standing.last_time);
    assert_int_equal(standing.possible, 40);
    struct progress_last last;
    struct err err = ERR_INIT;
    bool found = true;
    assert_int_equal(progress_last_attempt(progress, "seed-it", &last, &found, &err), 0);
    assert_false(found);
    progress_close(progress);
    assert_false(fs_exists(backup)); /* of nothing there is no backup */
}

static void test_the_best_attempt_counts(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 20);
    assert_false(standing_of(progress).passed);
    add_attempt(progress, 2, 35);
    add_attempt(progress, 3, 0);
    struct progress_standing standing = standing_of(progress);
    assert_true(standing.started && standing.passed && standing.last_time > 1700000000);
    assert_int_equal(standing.attempts, 3);
    assert_int_equal(standing.best, 40);
    progress_close(progress);
}

static void test_an_unfinished_attempt_is_interrupted(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 20);
    begin_attempt(progress, 2);
    struct err err = ERR_INIT;
    char verdict[16];
    int points;
    assert_int_equal(progress_attempt_summary(progress, "seed-it", "/home/ada/lab/seed-it", 1, verdict, &points, &err),
                     0);
    assert_string_equal(verdict, "fail");
    assert_int_equal(points, 25);
    assert_int_equal(progress_attempt_summary(progress, "seed-it", "/home/ada/lab/seed-it", 2, verdict, &points, &err),
                     0);
    assert_string_equal(verdict, "interrupted");
    assert_int_equal(progress_attempt_summary(progress, "seed-it", "/home/ada/lab/seed-it", 3, verdict, &points, &err),
                     0);
    assert_string_equal(verdict, "");
    struct progress_standing standing = standing_of(progress);
    assert_int_equal(standing.attempts, 2);
    assert_int_equal(standing.best, 25);
    progress_close(progress);
}

static void test_an_attempt_is_finished_once(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    int64_t id = begin_attempt(progress, 1);
    struct err err = ERR_INIT;
    assert_int_equal(progress_finish(progress, id, "fail", NULL, 0, 1, &err), 0);
    assert_int_equal(progress_finish(progress, id, "pass", NULL, 0, 1, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(progress_finish(progress, id + 1, "pass", NULL, 0, 1, &err), -1);
    progress_close(progress);
}

/* `lab check --only` runs part of the checks: its points count, but it passes nothing. */
static void test_part_of_the_checks_does_not_pass(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    const struct progress_check check = {"trains", VERDICT_PASS, 5, 5, NULL, 0.5};
    struct err err = ERR_INIT;
    assert_int_equal(progress_finish(progress, begin(progress, 1, false), "pass", &check, 1, 1, &err), 0);
    struct progress_standing standing = standing_of(progress);
    assert_false(standing.passed);
    assert_int_equal(standing.best, 5);
    progress_close(progress);
}

static void test_the_last_attempt(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 35);
    add_attempt(progress, 2, 0);
    begin_attempt(progress, 3);
    struct err err = ERR_INIT;
    int64_t interrupted = begin_attempt(progress, 4);
    assert_int_equal(progress_finish(progress, interrupted, "interrupted", NULL, 0, 1, &err), 0);
    struct progress_last last;
    bool found = false;
    assert_int_equal(progress_last_attempt(progress, "seed-it", &last, &found, &err), 0);
    assert_true(found);
    assert_string_equal(last.verdict, "fail");
    assert_int_equal(last.count, 2);
    assert_string_equal(last.checks[0].id, "trains");
    assert_string_equal(last.checks[0].reason, "");
    assert_string_equal(last.checks[1].id, "same-seed");
    assert_int_equal(last.checks[1].verdict, VERDICT_FAIL);
    assert_string_equal(last.checks[1].reason, "set-order");
    progress_close(progress);
}

static void test_hint_cost(void **state) {
    (void)state;
    assert_int_equal(progress_hint_cost(-1, 40), 0);
    assert_int_equal(progress_hint_cost(0, 40), 0);
    assert_int_equal(progress_hint_cost(1, 40), 0);
    assert_int_equal(progress_hint_cost(2, 40), 2);
    assert_int_equal(progress_hint_cost(3, 40), 6);
    assert_int_equal(progress_hint_cost(9, 40), 6);
    assert_int_equal(progress_hint_cost(2, 50), 2); /* 2.5 */
}

static void test_hints_are_counted_once(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    assert_int_equal(take_hint(progress, "Look at the set."), 1);
    assert_int_equal(take_hint(progress, "Look at the set."), 1);
    assert_int_equal(take_hint(progress, "Sort it."), 2);
    struct progress_hints hints;
    struct err err = ERR_INIT;
    assert_int_equal(progress_hints(progress, "seed-it", &hints, &err), 0);
    assert_int_equal(hints.count, 2);
    assert_string_equal(hints.items[0].say, "Look at the set.");
    assert_string_equal(hints.items[1].check, "same-seed");
    assert_true(progress_hints_have(&hints, "Sort it."));
    assert_false(progress_hints_have(&hints, "Another."));
    progress_hints_release(&hints);
    assert_int_equal(standing_of(progress).hint_cost, 2);
    progress_close(progress);
}

static void test_a_hint_costs_only_later_attempts(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 20);
    take_hint(progress, "one");
    take_hint(progress, "two");
    take_hint(progress, "three");
    assert_int_equal(standing_of(progress).best, 25); /* reached without */
    add_attempt(progress, 2, 35);
    struct progress_standing standing = standing_of(progress);
    assert_int_equal(standing.best, 34);
    assert_int_equal(standing.hint_cost, 6);
    assert_true(standing.passed);
    progress_close(progress);
}

static void test_the_cost_never_goes_below_nothing(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    for (const char *rung = "abc"; *rung; rung++) take_hint(progress, rung);
    struct err err = ERR_INIT;
    const struct progress_check check = {"trains", VERDICT_PASS, 5, 5, NULL, 0.5};
    assert_int_equal(progress_finish(progress, begin_attempt(progress, 1), "fail", &check, 1, 1, &err), 0);
    assert_int_equal(standing_of(progress).best, 0);
    progress_close(progress);
}

static void test_what_was_worked_on_last(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    add_attempt(progress, 1, 0);
    assert_int_equal(progress_started(progress, "plan-policy", "/home/ada/lab/plan-policy", &err), 0);
    struct progress_recent recent;
    assert_int_equal(progress_recent(progress, &recent, &err), 0);
    assert_int_equal(recent.count, 2);
    assert_string_equal(recent.exercises[0], "plan-policy");
    assert_string_equal(recent.exercises[1], "seed-it");
    progress_recent_release(&recent);
    progress_close(progress);
}

static void test_a_renamed_exercise_keeps_its_progress(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 20);
    take_hint(progress, "Sort it.");
    const char *aliases[] = {"seed-it"};
    struct exercise renamed = exercise;
    renamed.id = renamed.key = renamed.name = "same-model";
    renamed.aliases = (struct strings){aliases, 1};
    struct err err = ERR_INIT;
    for (int round = 0; round < 2; round++) {
        struct progress_standing standing;
        assert_int_equal(progress_standing(progress, &renamed, &standing, &err), 0);
        assert_int_equal(standing.best, 25);
        assert_int_equal(standing.hints_taken, 1);
    }
    assert_int_equal(standing_of(progress).attempts, 0);
    progress_close(progress);
}

/* ---- moving ---- */

static json_t *exported(struct progress *progress) {
    struct err err = ERR_INIT;
    json_t *document = progress_export(progress, &err);
    if (!document) fail_msg("%s", err.message);
    json_object_del(document, "exported");
    return document;
}

static json_t *some_document(void) {
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    assert_int_equal(progress_started(progress, "seed-it", "/home/ada/lab/s\xff", &err), 0);
    add_attempt(progress, 1, 20);
    take_hint(progress, "Sort it. \u00e9");
    add_attempt(progress, 2, 35);
    begin_attempt(progress, 3);
    json_t *document = exported(progress);
    progress_close(progress);
    return document;
}

static void forget_everything(void) {
    assert_int_equal(unlink(database), 0);
    unlink(backup);
}

static int import(const json_t *document, bool merge, size_t *added, struct err *err) {
    struct progress *progress = open_progress();
    *err = (struct err)ERR_INIT;
    *added = 0;
    int result = progress_import(progress, document, merge, added, err);
    progress_close(progress);
    return result;
}

static void test_export_and_import(void **state) {
    (void)state;
    autojson json_t *document = some_document();
    forget_everything();
    size_t added;
    struct err err;
    assert_int_equal(import(document, false, &added, &err), 0);
    assert_int_equal(added, 5);
    struct progress *progress = open_progress();
    autojson json_t *again = exported(progress);
    struct progress_standing standing = standing_of(progress);
    progress_close(progress);
    assert_true(json_equal(document, again));
    assert_int_equal(standing.best, 40);
    assert_int_equal(standing.attempts, 3);
    assert_int_equal(import(document, false, &added, &err), -1); /* not empty any more */
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.help, "lab progress merge FILE adds to it");
}

static void test_merge_adds_nothing_twice(void **state) {
    (void)state;
    autojson json_t *document = some_document();
    size_t added;
    struct err err;
    assert_int_equal(import(document, true, &added, &err), 0);
    assert_int_equal(added, 0);
    forget_everything();
    struct progress *progress = open_progress();
    add_attempt(progress, 1, 0);
    progress_close(progress);
    assert_int_equal(import(document, true, &added, &err), 0);
    assert_int_equal(added, 5);
    assert_int_equal(import(document, true, &added, &err), 0);
    assert_int_equal(added, 0);
    progress = open_progress();
    assert_int_equal(standing_of(progress).attempts, 4);
    progress_close(progress);
}

static char *chosen_role(void) {
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    char *role = NULL;
    assert_int_equal(progress_setting(progress, PROGRESS_ROLE, &role, &err), 0);
    progress_close(progress);
    return role;
}

static void choose_role(const char *role) {
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    assert_int_equal(progress_set(progress, PROGRESS_ROLE, role, &err), 0);
    progress_close(progress);
}

/* A role travels; one that was chosen here stays, and a document without one takes none away. */
static void test_the_role_travels(void **state) {
    (void)state;
    static const struct {
        const char *before, *document, *after;
    } rows[] = {
        {NULL, "\"practitioner\"", "practitioner"},
        {"mlops-engineer", "\"practitioner\"", "mlops-engineer"},
        {"mlops-engineer", "null", "mlops-engineer"},
        {"mlops-engineer", NULL, "mlops-engineer"},
        {NULL, NULL, NULL},
    };
    choose_role("practitioner");
    autojson json_t *document = some_document();
    assert_string_equal(json_string_value(json_object_get(document, "role")), "practitioner");
    for (size_t i = 0; i < LENGTH(rows); i++) {
        choose_role(rows[i].before);
        json_object_del(document, "role");
        if (rows[i].document) json_put(document, "role", json_loads(rows[i].document, JSON_DECODE_ANY, NULL));
        size_t added;
        struct err err;
        assert_int_equal(import(document, true, &added, &err), 0);
        autofree char *role = chosen_role();
        assert_true(role ? rows[i].after && !strcmp(role, rows[i].after) : !rows[i].after);
    }
}

static void test_a_role_that_is_none(void **state) {
    (void)state;
    autojson json_t *document = some_document();
    forget_everything();
    json_put(document, "role", json_string("../etc"));
    size_t added;
    struct err err;
    assert_int_equal(import(document, false, &added, &err), -1);
    assert_string_equal(err.message, "the document.role: expected an id (lower-case letters, digits, dashes)");
    struct progress *progress = open_progress();
    assert_int_equal(standing_of(progress).attempts, 0);
    progress_close(progress);
}

/* An attempt exported while it ran, and again after it ended. */
static void test_merge_completes_an_attempt(void **state) {
    (void)state;
    autojson json_t *document = some_document();
    autojson json_t *later = json_deep_copy(document);
    json_t *attempt = json_array_get(json_object_get(later, "attempts"), 2);
    json_put(attempt, "verdict", json_string("pass"));
    json_put(attempt, "seconds", json_real(2));
    json_put(attempt, "checks",
             json_deep_copy(json_object_get(json_array_get(json_object_get(later, "attempts"), 1), "checks")));
    size_t added;
    struct err err;
    assert_int_equal(import(later, true, &added, &err), 0);
    assert_int_equal(added, 1);
    assert_int_equal(import(document, true, &added, &err), 0); /* the older one takes nothing away */
    assert_int_equal(added, 0);
    struct progress *progress = open_progress();
    autojson json_t *now = exported(progress);
    progress_close(progress);
    assert_true(json_equal(now, later));
}

/* A document made wrong in one place: `path` is list, index and key. */
static void test_hostile_documents(void **state) {
    (void)state;
    autojson json_t *document = some_document();
    forget_everything();
    static const struct {
        const char *list, *key, *value, *message;
    } rows[] = {
        {"attempts", "identity", "\"xyz\"", "attempts[1].identity: expected 32 hexadecimal digits"},
        {"attempts", "exercise", "\"../../etc\"",
         "attempts[1].exercise: expected an id, or the id of a course, a slash, and an id"},
        {"attempts", "exercise", "7", "attempts[1].exercise: expected text"},
        {"attempts", "number", "-1", "attempts[1].number: out of range"},
        {"attempts", "number", "1.5", "attempts[1].number: expected an integer"},
        {"attempts", "began", "9223372036854775807", "attempts[1].began: out of range"},
        {"attempts", "seconds", "1e300", "attempts[1].seconds: out of range"},
        {"attempts", "seconds", "\"2\"", "attempts[1].seconds: expected a number"},
        {"attempts", "verdict", "\"won\"", "attempts[1].verdict: no verdict of an attempt"},
        {"attempts", "verdict", "null", "attempts[1].checks: an attempt without a verdict has none"},
        {"attempts", "checks", "{}", "attempts[1].checks: expected a list"},
        {"attempts", "checks", "[[]]", "attempts[1].checks[0]: expected an object"},
        {"attempts", "checks", "[{\"id\":\"a\",\"verdict\":\"won\"}]",
         "attempts[1].checks[0].verdict: no verdict of a check"},
        {"attempts", "whole", "1", "attempts[1].whole: expected true or false"},
        {"attempts", "extra", "1", "attempts[1]: unknown field 'extra'"},
        {"opened", "time", "null", "opened[0].time: expected an integer"},
        {"hints", "check", "\"\"", "hints[0].check: expected an id (lower-case letters, digits, dashes)"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        autojson json_t *wrong = json_deep_copy(document);
        json_t *list = json_object_get(wrong, rows[i].list);
        json_put(json_array_get(list, json_array_size(list) > 1 ? 1 : 0), rows[i].key,
                 json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        size_t added;
        struct err err;
        assert_int_equal(import(wrong, true, &added, &err), -1);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.code, ERR_USAGE);
        struct progress *progress = open_progress();
        assert_int_equal(standing_of(progress).attempts, 0); /* nothing of it was stored */
        progress_close(progress);
    }
}

static void test_documents_of_another_kind(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"[]", "this is no progress document: it has no \"format\": \"lab-progress-3\""},
        {"{\"format\": \"lab-progress-9\"}",
         "the document's format is 'lab-progress-9'; this lab reads lab-progress-1 to lab-progress-3"},
        {"{\"format\": \"lab-progress-1\"}", "the document.attempts: missing"},
        {"{\"format\": \"lab-progress-1\", \"attempts\": [], \"opened\": 3}", "the document.opened: expected a list"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        autojson json_t *document = json_loads(rows[i].text, 0, NULL);
        size_t added;
        struct err err;
        assert_int_equal(import(document, false, &added, &err), -1);
        assert_string_equal(err.message, rows[i].message);
    }
    autojson json_t *long_list = json_pack("{s:s, s:[]}", "format", "lab-progress-1", "attempts");
    for (int i = 0; i < 100001; i++) json_array_append_new(json_object_get(long_list, "attempts"), json_null());
    size_t added;
    struct err err;
    assert_int_equal(import(long_list, false, &added, &err), -1);
    assert_string_equal(err.message, "the document.attempts: the list is too long");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

/* ---- settings ---- */

static void test_settings(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    static const char *const values[] = {NULL, "practitioner", "mlops-engineer", NULL};
    for (size_t i = 0; i < LENGTH(values); i++) {
        autofree char *kept = NULL;
        assert_int_equal(progress_set(progress, PROGRESS_ROLE, values[i], &err), 0);
        assert_int_equal(progress_setting(progress, PROGRESS_ROLE, &kept, &err), 0);
        assert_true(kept ? values[i] && !strcmp(kept, values[i]) : !values[i]);
    }
    progress_close(progress);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_database),
        TEST(test_the_best_attempt_counts),
        TEST(test_an_unfinished_attempt_is_interrupted),
        TEST(test_an_attempt_is_finished_once),
        TEST(test_part_of_the_checks_does_not_pass),
        TEST(test_the_last_attempt),
        TEST(test_hint_cost),
        TEST(test_hints_are_counted_once),
        TEST(test_a_hint_costs_only_later_attempts),
        TEST(test_the_cost_never_goes_below_nothing),
        TEST(test_what_was_worked_on_last),
        TEST(test_a_renamed_exercise_keeps_its_progress),
        TEST(test_export_and_import),
        TEST(test_merge_adds_nothing_twice),
        TEST(test_merge_completes_an_attempt),
        TEST(test_the_role_travels),
        TEST(test_a_role_that_is_none),
        TEST(test_hostile_documents),
        TEST(test_documents_of_another_kind),
        TEST(test_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
