/* Progress of several courses, and checks that change after they were passed. */

#include "tests/unit/progress_fixture.h"

#include "base/json.h"
#include "base/path.h"

#include <sqlite3.h>

static struct exercise exercise_of(const char *scope, const char *key, const char *directory) {
    struct exercise one = exercise;
    one.scope = scope;
    one.key = key;
    one.directory = directory;
    return one;
}

static struct progress_standing standing_in(struct progress *progress, const struct exercise *one) {
    struct progress_standing standing;
    struct err err = ERR_INIT;
    if (progress_standing(progress, one, &standing, &err)) fail_msg("%s", err.message);
    return standing;
}

/* Both checks pass; unless `whole`, there are others. */
static void add(struct progress *progress, const char *key, const char *fingerprint, bool whole) {
    const struct progress_attempt attempt = {"/course", key, "/home/ada/lab/x", "abc", 1, 42, fingerprint, whole};
    const struct progress_check checks[] = {{"trains", VERDICT_PASS, 5, 5, NULL, 0.5},
                                            {"same-seed", VERDICT_PASS, 35, 35, NULL, 1.5}};
    struct err err = ERR_INIT;
    int64_t id;
    if (progress_begin(progress, &attempt, &id, &err) || progress_finish(progress, id, "pass", checks, 2, 2, &err))
        fail_msg("%s", err.message);
}

static void add_pass(struct progress *progress, const char *key, const char *fingerprint) {
    add(progress, key, fingerprint, true);
}

static void test_courses_share_nothing(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    struct exercise theirs = exercise_of("acme/", "acme/seed-it", "/nonexistent");
    add_pass(progress, "acme/seed-it", NULL);
    assert_true(standing_in(progress, &theirs).passed);
    assert_false(standing_of(progress).started);
    int taken;
    assert_int_equal(progress_take_hint(progress, "acme/seed-it", "same-seed", "Sort it.", &taken, &err), 0);
    assert_int_equal(standing_of(progress).hints_taken, 0);
    progress_close(progress);
}

/* A former id belongs to the course that says so. */
static void test_former_ids_are_of_their_course(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    const char *aliases[] = {"old-name"};
    struct exercise theirs = exercise_of("acme/", "acme/seed-it", "/nonexistent");
    theirs.aliases = (struct strings){aliases, 1};
    add_pass(progress, "old-name", NULL);
    assert_false(standing_in(progress, &theirs).started);
    add_pass(progress, "acme/old-name", NULL);
    assert_true(standing_in(progress, &theirs).passed);
    progress_close(progress);
}

static void write_checker(const char *text) {
    autoclose int at = open(folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(beneath_write(at, "checker.lua", text, strlen(text), 0644), 0);
}

static void test_checks_that_changed_since(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    struct exercise ours = exercise_of("", "seed-it", folder);
    char first[HASH_HEX_SIZE], second[HASH_HEX_SIZE];
    write_checker("-- one");
    assert_int_equal(exercise_fingerprint(&ours, first, &err), 0);
    add_pass(progress, "seed-it", NULL); /* of a time when fingerprints were not kept: nothing is known */
    assert_false(standing_in(progress, &ours).changed);
    add_pass(progress, "seed-it", first);
    assert_false(standing_in(progress, &ours).changed);
    write_checker("-- two");
    struct progress_standing standing = standing_in(progress, &ours);
    assert_true(standing.changed && standing.passed); /* never undone */
    assert_int_equal(standing.best, 40);
    assert_int_equal(exercise_fingerprint(&ours, second, &err), 0);
    add_pass(progress, "seed-it", second);
    assert_false(standing_in(progress, &ours).changed);
    write_checker("-- one");
    assert_false(standing_in(progress, &ours).changed); /* that was passed too */
    progress_close(progress);
}

static void test_a_check_that_is_added_takes_no_pass_away(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    struct check checks[] = {exercise_checks[0], exercise_checks[1], {.id = "row-order", .points = 10}};
    struct exercise ours = exercise_of("", "seed-it", folder);
    char fingerprint[HASH_HEX_SIZE];
    write_checker("-- one");
    assert_int_equal(exercise_fingerprint(&ours, fingerprint, &err), 0);
    add_pass(progress, "seed-it", fingerprint);
    ours.checks = checks;
    ours.check_count = LENGTH(checks);
    struct progress_standing standing = standing_in(progress, &ours);
    assert_true(standing.passed && standing.changed && standing.passed_time);
    checks[2] = (struct check){.id = "row-order", .bonus = true};
    assert_true(standing_in(progress, &ours).passed);
    progress_close(progress);
}

/* Of three checks two were run and passed: the third was never tried, whatever becomes of the others. */
static void test_a_check_that_is_dropped_gives_no_pass(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct exercise shorter = exercise_of("", "seed-it", "/nonexistent");
    add(progress, "seed-it", NULL, false);
    for (shorter.check_count = 3; shorter.check_count; shorter.check_count--)
        assert_false(standing_in(progress, &shorter).passed);
    progress_close(progress);
}

static void test_checks_that_cannot_be_read(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    add_pass(progress, "seed-it", "0000000000000000000000000000000000000000000000000000000000000000");
    assert_true(standing_of(progress).passed);
    assert_false(standing_of(progress).changed);
    progress_close(progress);
}

static void test_workspaces(void **state) {
    (void)state;
    struct progress *progress = open_progress();
    struct err err = ERR_INIT;
    struct progress_workspaces workspaces;
    assert_int_equal(progress_started(progress, "seed-it", "/b", &err), 0);
    assert_int_equal(progress_started(progress, "acme/seed-it", "/c", &err), 0);
    begin_attempt(progress, 1);
    assert_int_equal(progress_workspaces(progress, "seed-it", &workspaces, &err), 0);
    assert_int_equal(workspaces.count, 2);
    assert_string_equal(workspaces.folders[0], "/b");
    assert_string_equal(workspaces.folders[1], "/home/ada/lab/seed-it");
    progress_workspaces_release(&workspaces);
    progress_close(progress);
}

/* ---- from an earlier lab ---- */

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void make_database(const char *fixture) {
    struct err err = ERR_INIT;
    scoped(str) sql = STR_INIT;
    autofree char *parent = path_parent(database);
    assert_int_equal(fs_make_directories(parent, &err), 0);
    if (fs_read(&sql, fixture, 1 << 20, &err)) fail_msg("%s", err.message);
    run_sql(database, sql.data);
}

static void test_migration_keeps_what_counts(void **state) {
    (void)state;
    make_database("tests/unit/fixtures/progress-2.sql");
    struct progress *progress = open_progress();
    struct progress_standing standing = standing_of(progress);
    assert_true(standing.passed && !standing.changed);
    assert_int_equal(standing.attempts, 2);
    assert_int_equal(standing.hints_taken, 1);
    struct exercise theirs = exercise_of("acme/", "acme/seed-it", "/nonexistent");
    assert_false(standing_in(progress, &theirs).started);
    add_pass(progress, "acme/seed-it", NULL);
    progress_close(progress);
}

/* Of its attempts nothing is known but how many checks they ran. */
static void test_migration_from_before_it_was_noted_what_ran(void **state) {
    (void)state;
    struct exercise longer = exercise_of("", "seed-it", "/nonexistent");
    make_database("tests/unit/fixtures/progress-4.sql");
    struct progress *progress = open_progress();
    assert_true(standing_of(progress).passed);
    longer.check_count = 3;
    assert_false(standing_in(progress, &longer).passed);
    add_pass(progress, "seed-it", NULL);
    assert_true(standing_in(progress, &longer).passed);
    progress_close(progress);
}

static int import_text(const char *text, struct err *err) {
    json_error_t fault;
    json_t *document = json_loads(text, 0, &fault);
    if (!document) fail_msg("%s", fault.text);
    struct progress *progress = open_progress();
    size_t added;
    *err = (struct err)ERR_INIT;
    int result = progress_import(progress, document, true, &added, err);
    progress_close(progress);
    json_decref(document);
    return result;
}

#define ATTEMPT \
    "\"identity\": \"00112233445566778899aabbccddeeff\", \"course\": \"/c\", \"workspace\": \"/w\", \"tree\": \"abc\"," \
    "\"number\": 1, \"seed\": 1, \"began\": 1, \"seconds\": 1.0, \"verdict\": \"pass\", \"checks\": []"
#define DOCUMENT(version, fields) \
    "{\"format\": \"lab-progress-" version "\", \"attempts\": [{" ATTEMPT ", " fields \
    "}], \"opened\": [], \"hints\": []}"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void test_documents_of_all_versions(void **state) {
    (void)state;
    static const struct {
        const char *document, *fault; /* NULL: it is taken over */
    } rows[] = {
        {DOCUMENT("1", "\"exercise\": \"seed-it\""), NULL},
        {DOCUMENT("1", "\"exercise\": \"seed-it\", \"fingerprint\": null"), "attempts[0]: unknown field 'fingerprint'"},
        {DOCUMENT("2", "\"exercise\": \"seed-it\""), "attempts[0].fingerprint: missing"},
        {DOCUMENT("2", "\"exercise\": \"acme/seed-it\", \"fingerprint\": null"), NULL},
        {DOCUMENT("2", "\"exercise\": \"acme/seed-it\", \"fingerprint\": \"" HASH "\""), NULL},
        {DOCUMENT("2", "\"exercise\": \"a/b/c\", \"fingerprint\": null"), "attempts[0].exercise: expected an id"},
        {DOCUMENT("2", "\"exercise\": \"/b\", \"fingerprint\": null"), "attempts[0].exercise: expected an id"},
        {DOCUMENT("2", "\"exercise\": \"b\", \"fingerprint\": \"12\""), "attempts[0].fingerprint: expected 64"},
        {DOCUMENT("2", "\"exercise\": \"b\", \"fingerprint\": null, \"whole\": true"),
         "attempts[0]: unknown field 'whole'"},
        {DOCUMENT("3", "\"exercise\": \"b\", \"fingerprint\": null"), "attempts[0].whole: missing"},
        {DOCUMENT("3", "\"exercise\": \"b\", \"fingerprint\": null, \"whole\": 1"), "attempts[0].whole: expected true"},
        {DOCUMENT("3", "\"exercise\": \"b\", \"fingerprint\": null, \"whole\": null"), NULL},
        {DOCUMENT("4", "\"exercise\": \"b\""), "the document's format is 'lab-progress-4'"},
        {DOCUMENT("0", "\"exercise\": \"b\""), "the document's format is 'lab-progress-0'"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct err err;
        int result = import_text(rows[i].document, &err);
        if (!result != !rows[i].fault) fail_msg("row %zu: %s", i, err.message);
        if (rows[i].fault && !string_starts_with(err.message, rows[i].fault)) fail_msg("row %zu: %s", i, err.message);
    }
}

static bool passes_after_import(const char *document) {
    struct err err;
    if (import_text(document, &err)) fail_msg("%s", err.message);
    struct progress *progress = open_progress();
    bool passed = standing_of(progress).passed;
    autojson json_t *out = progress_export(progress, &err);
    progress_close(progress);
    json_t *whole = json_object_get(json_array_get(json_object_get(out, "attempts"), 0), "whole");
    assert_true(passed ? json_is_true(whole) : json_is_false(whole));
    return passed;
}

static void test_what_ran_travels(void **state) {
    assert_true(
        passes_after_import(DOCUMENT("3", "\"exercise\": \"seed-it\", \"fingerprint\": null, \"whole\": true")));
    remove_folder(state);
    make_folder(state);
    assert_false(
        passes_after_import(DOCUMENT("3", "\"exercise\": \"seed-it\", \"fingerprint\": null, \"whole\": false")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_courses_share_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_former_ids_are_of_their_course, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_checks_that_changed_since, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_check_that_is_added_takes_no_pass_away, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_check_that_is_dropped_gives_no_pass, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_checks_that_cannot_be_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_workspaces, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_migration_keeps_what_counts, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_migration_from_before_it_was_noted_what_ran, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_documents_of_all_versions, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_ran_travels, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
