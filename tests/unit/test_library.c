/* Several courses: what is at hand, what was added, and what an id means among them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "library/changes.h"
#include "library/fetch.h"
#include "library/library.h"
#include "library/record.h"
#include "library/tree.h"

/* One for all tests: the places of lab are looked up once a process. */
static char root[] = "/tmp/lab-library-XXXXXX";

static char *write_at(const char *folder, const char *path, const char *text) {
    autoclose int at = open(root, O_RDONLY | O_DIRECTORY);
    autofree char *whole = path_join(folder, path);
    if (beneath_write(at, whole, text, strlen(text), 0644)) fail_msg("cannot write %s", whole);
    return path_join(root, folder);
}

/* A course with these exercises (ids with blanks between), and a course.yaml when `id` is given. Caller frees the path. */
static char *make_course(const char *folder, const char *exercises, const char *id) {
    scoped(str) listed = STR_INIT;
    autofree char *copy = mem_copy_string(exercises);
    char *state = NULL;
    for (char *one = strtok_r(copy, " ", &state); one; one = strtok_r(NULL, " ", &state)) {
        autofree char *file = str_format("exercises/%s/exercise.yaml", one);
        autofree char *text = str_format(
            "format: 1\nid: %s\naliases: [old-%s]\ntitle: T\nobjective: O.\nminutes: 5\ndifficulty: 1\nlevel: 1\n"
            "phase: develop\nlayer: mlops\nchecks: [{id: a, title: A, points: 1}]\n",
            one, one);
        free(write_at(folder, file, text));
        str_printf(&listed, "%s%s", listed.len ? ", " : "", one);
    }
    autofree char *track = str_format(
        "format: 1\nid: main\ntitle: T\nmodules: [{id: m, title: M, level: 1, exercises: [%s]}]\n", listed.data);
    autofree char *about = id ? str_format("format: 1\nid: %s\ntitle: T\n", id) : NULL;
    if (about) free(write_at(folder, "course.yaml", about));
    return write_at(folder, "tracks/main.yaml", track);
}

static void add(const char *name, const char *directory) {
    struct record record = {.kind = SOURCE_FOLDER, .source = mem_copy_string(directory), .digests = json_object()};
    struct err err = ERR_INIT;
    if (record_write(&record, name, &err)) fail_msg("%s", err.message);
    record_release(&record);
}

static int setup(void **state) {
    (void)state;
    if (strstr(root, "XXXXXX") ? !mkdtemp(root) : mkdir(root, 0700)) return -1;
    setenv("LAB_HOME", root, 1);
    unsetenv("LAB_COURSE");
    autofree char *at_hand = make_course("hand", "own both", NULL);
    return chdir(at_hand);
}

static int teardown(void **state) {
    (void)state;
    return chdir("/") || beneath_remove_at(root) ? -1 : 0;
}

static struct library open_library(const char *given, const char *nearest) {
    struct library library;
    struct err err = ERR_INIT;
    if (library_open(&library, given, nearest, &err)) fail_msg("%s", err.message);
    return library;
}

/* What the id, or key, leads to: its key; or the beginning of the message. */
static void assert_leads_to(const struct library *library, bool by_key, const char *id, const char *expected) {
    struct catalogued found;
    struct err err = ERR_INIT;
    int failed = by_key ? library_by_key(library, id, &found, &err) : library_exercise(library, id, &found, &err);
    const char *answer = failed ? err.message : found.exercise->key;
    if (strncmp(answer, expected, strlen(expected)) != 0) fail_msg("%s leads to: %s", id, answer);
}

static void test_ids_among_courses(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "both theirs", "acme");
    add("acme", acme);
    scoped(library) library = open_library(NULL, NULL);
    assert_int_equal(library_opened(&library), 2);
    static const char *const rows[][2] = {
        {"own", "own"},
        {"theirs", "acme/theirs"},
        {"old-theirs", "acme/theirs"},
        {"both", "more than one course has the exercise 'both': hand/both, acme/both"},
        {"old-both", "more than one course has the exercise 'old-both'"},
        {"hand/both", "both"},
        {"acme/both", "acme/both"},
        {"acme/old-both", "acme/both"},
        {"acme/own", "no exercise 'own'"},
        {"acne/both", "no course 'acne', did you mean 'acme'?"},
        {"their", "no exercise 'their', did you mean 'theirs'?"},
        {"a/b/c", "no course 'a'"},
        {"/", "no course ''"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) assert_leads_to(&library, false, rows[i][0], rows[i][1]);
}

static void test_keys(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "both theirs", "acme");
    add("acme", acme);
    scoped(library) library = open_library(NULL, NULL);
    static const char *const rows[][2] = {{"both", "both"},
                                          {"old-own", "own"},
                                          {"acme/both", "acme/both"},
                                          {"acme/old-theirs", "acme/theirs"},
                                          {"theirs", "no exercise 'theirs'"},
                                          {"hand/both", "no exercise 'hand/both'"}};
    for (size_t i = 0; i < LENGTH(rows); i++) assert_leads_to(&library, true, rows[i][0], rows[i][1]);
}

/* A folder without a name of its own must not pass for the course that was added under its folder's name. */
static void test_a_nameless_course_at_hand(void **state) {
    (void)state;
    autofree char *other = make_course("other", "both", NULL);
    add("hand", other);
    scoped(library) library = open_library(NULL, NULL);
    assert_leads_to(&library, false, "hand/both", "hand/both");
    assert_leads_to(&library, false, "lab/both", "both");
}

static void test_an_added_course_at_hand(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "both theirs", "acme");
    add("winter", acme);
    assert_int_equal(chdir(acme), 0);
    scoped(library) library = open_library(NULL, NULL);
    assert_int_equal(library_opened(&library), 1);
    assert_leads_to(&library, false, "both", "winter/both");
    scoped(library) given = open_library(acme, NULL);
    assert_leads_to(&given, false, "both", "winter/both");
}

/* The one at hand says that it is the course that was added: it is meant. */
static void test_another_copy_at_hand(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "both theirs", "acme"), *copy = make_course("copy", "both", "acme");
    add("acme", acme);
    assert_int_equal(chdir(copy), 0);
    scoped(library) library = open_library(NULL, NULL);
    assert_int_equal(library_opened(&library), 1);
    assert_leads_to(&library, false, "acme/theirs", "no exercise 'theirs'");
}

static void test_which_is_at_hand(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "both theirs", "acme"), *near = make_course("near", "nearby", "near");
    add("acme", acme);
    scoped(library) nearest = open_library(NULL, near);
    assert_string_equal(nearest.items[0].course->id, "near");
    assert_int_equal(library_opened(&nearest), 2);
    scoped(library) given = open_library(near, acme);
    assert_string_equal(given.items[0].course->id, "near");
    assert_int_equal(library_opened(&given), 1);
    setenv("LAB_COURSE", near, 1);
    scoped(library) variable = open_library(NULL, acme);
    assert_string_equal(variable.items[0].course->id, "near");
    unsetenv("LAB_COURSE");
}

static void test_faults_stay_with_their_course(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "theirs", "acme");
    add("acme", acme);
    add("gone", "/nonexistent/course");
    scoped(library) library = open_library(NULL, NULL);
    assert_int_equal(library.count, 3);
    assert_int_equal(library_opened(&library), 2);
    assert_leads_to(&library, false, "theirs", "acme/theirs");
    assert_leads_to(&library, false, "gone/x", "the course gone is not at /nonexistent/course any more");
}

static void test_tracks(void **state) {
    (void)state;
    autofree char *acme = make_course("acme", "theirs", "acme");
    add("acme", acme);
    scoped(library) library = open_library(NULL, NULL);
    struct course *course;
    struct err err = ERR_INIT;
    assert_null(library_track(&library, "main", &course, &err));
    assert_true(strstr(err.message, "hand/main, acme/main") != NULL);
    assert_non_null(library_track(&library, "acme/main", &course, &err));
    assert_string_equal(course->id, "acme");
    assert_null(library_track(&library, "mian", &course, &err));
    assert_true(strstr(err.message, "did you mean 'main'?") != NULL);
}

/* ---- the parts ---- */

static void test_sources(void **state) {
    (void)state;
    static const struct {
        const char *source, *shown;
        bool url, allowed;
    } rows[] = {
        {"https://host/a.git", "https://host/a.git", true, true},
        {"https://ada:word@host/a.git", "https://host/a.git", true, true},
        {"https://token@host/a.git", "https://host/a.git", true, true},
        {"https://ada:w@rd@host/a.git", "https://host/a.git", true, true},
        {"ssh://git@host/a", "ssh://git@host/a", true, true},
        {"ssh://git:w@rd@host/a", "ssh://git@host/a", true, true},
        {"https://host/a@b:c", "https://host/a@b:c", true, true},
        {"git@host:a.git", "git@host:a.git", true, true},
        {"ssh://host/a", "ssh://host/a", true, true},
        {"file:///a", "file:///a", true, true},
        {"http://host/a", "http://host/a", true, false},
        {"ext::sh -c x", "ext::sh -c x", true, false},
        {"-c://x", "-c://x", true, false},
        {"https://host/a\nb", "https://host/a\nb", true, false},
        {"./folder", "./folder", false, false},
        {"a/b:c", "a/b:c", false, false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        autofree char *shown = source_shown(rows[i].source);
        struct err err = ERR_INIT;
        assert_string_equal(shown, rows[i].shown);
        if (fetch_is_url(rows[i].source) != rows[i].url) fail_msg("%s", rows[i].source);
        if (rows[i].url && !fetch_check(rows[i].source, NULL, &err) != rows[i].allowed) fail_msg("%s", rows[i].source);
    }
}

static int count_entry(struct tree_count *count, const char *path, uint64_t bytes, struct err *err) {
    *err = (struct err)ERR_INIT;
    return tree_count_entry(count, path, bytes, err);
}

static void test_limits(void **state) {
    (void)state;
    struct tree_count count = {0};
    struct err err;
    scoped(str) deep = STR_INIT, name = STR_INIT;
    for (int i = 1; i < TREE_DEPTH_MOST; i++) str_append(&deep, "d/");
    str_append_repeat(&name, 'n', TREE_NAME_MOST);
    autofree char *deepest = str_format("%sx", deep.data), *deeper = str_format("d/%sx", deep.data);
    autofree char *longer = str_format("a/%sn/b", name.data);
    assert_int_equal(count_entry(&count, deepest, 0, &err), 0);
    assert_int_equal(count_entry(&count, deeper, 0, &err), -1);
    assert_int_equal(count_entry(&count, name.data, 0, &err), 0);
    assert_int_equal(count_entry(&count, longer, 0, &err), -1);
    static const char *const outside[] = {"", "/a", "../a", "a/../b", "a//b", "a/.git/b", "./a", ".."};
    for (size_t i = 0; i < LENGTH(outside); i++) assert_int_equal(count_entry(&count, outside[i], 0, &err), -1);
    assert_int_equal(count_entry(&count, "a", TREE_FILE_MOST, &err), 0);
    assert_int_equal(count_entry(&count, "a", TREE_FILE_MOST + 1, &err), -1);
    count = (struct tree_count){.bytes = TREE_BYTES_MOST - 1};
    assert_int_equal(count_entry(&count, "a", 1, &err), 0);
    assert_int_equal(count_entry(&count, "b", 1, &err), -1);
    count = (struct tree_count){.entries = TREE_ENTRIES_MOST - 1};
    assert_int_equal(count_entry(&count, "a", 0, &err), 0);
    assert_int_equal(count_entry(&count, "b\x1b[1m", 0, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_null(strchr(err.message, '\x1b'));
}

static void test_changes(void **state) {
    (void)state;
    json_t *before = json_pack("{s:{s:s,s:s,s:s}, s:{s:s,s:s,s:s}, s:{}}", "b", "checks", "1", "start", "1", "lesson",
                               "1", "same", "checks", "1", "start", "1", "lesson", "1", "gone");
    json_t *after = json_pack("{s:{s:s,s:s,s:s}, s:{s:s,s:s,s:s}, s:{}}", "same", "checks", "1", "start", "1", "lesson",
                              "1", "b", "checks", "2", "start", "1", "lesson", "2", "a");
    scoped(changes) changes = {0};
    changes_between(&changes, before, after);
    assert_int_equal(changes.count, 3);
    assert_string_equal(changes.items[0].exercise, "a");
    assert_int_equal(changes.items[0].kind, CHANGE_ADDED);
    assert_string_equal(changes.items[1].exercise, "b");
    assert_true(changes.items[1].checks && !changes.items[1].start && changes.items[1].lesson);
    assert_int_equal(changes.items[2].kind, CHANGE_REMOVED);
    json_decref(before);
    json_decref(after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ids_among_courses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_nameless_course_at_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_added_course_at_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_copy_at_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_which_is_at_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_stay_with_their_course, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tracks, setup, teardown),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
