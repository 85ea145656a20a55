/* The database as a file: of another version, damaged, out of reach, used by several at once, killed in the middle. */

#include "progress_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <utime.h>

#include "base/clock.h"

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message)) fail_msg("%s", message);
    sqlite3_close(db);
}

static void make_parent(void) {
    char parent[96];
    struct err err = ERR_INIT;
    snprintf(parent, sizeof parent, "%s/data", folder);
    assert_int_equal(fs_make_directories(parent, &err), 0);
}

static void write_text(const char *path, const char *text) {
    struct err err = ERR_INIT;
    make_parent();
    assert_int_equal(fs_write(path, text, strlen(text), &err), 0);
}

static char *content_of(const char *path) {
    struct str content = STR_INIT;
    struct err err = ERR_INIT;
    if (fs_read(&content, path, 1 << 24, &err)) fail_msg("%s", err.message);
    return str_steal(&content);
}

/* Opening must fail so, and must leave the file as it is. */
static void assert_refused(const char *part, const char *help) {
    struct stat before, after;
    assert_int_equal(stat(database, &before), 0);
    autofree char *content = content_of(database);
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(progress_open(&progress, database, &err), -1);
    assert_null(progress);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    if (!strstr(err.message, part) || !strstr(err.message, database)) fail_msg("%s", err.message);
    assert_string_equal(err.help, help);
    assert_int_equal(stat(database, &after), 0);
    autofree char *later = content_of(database);
    assert_int_equal(before.st_size, after.st_size);
    assert_memory_equal(content, later, (size_t)before.st_size);
}

static void fill(int attempts) {
    struct progress *progress = open_progress();
    for (int i = 1; i <= attempts; i++) add_attempt(progress, i, 20);
    progress_close(progress);
}

static int attempts_there(void) {
    struct progress *progress = open_progress();
    int attempts = standing_of(progress).attempts;
    progress_close(progress);
    return attempts;
}

/* ---- versions ---- */

static void test_migration_from_the_first_schema(void **state) {
    (void)state;
    make_parent();
    autofree char *sql = content_of("tests/unit/fixtures/progress-1.sql");
    run_sql(database, sql);
    struct progress *progress = open_progress();
    struct progress_standing standing = standing_of(progress);
    assert_int_equal(standing.attempts, 2);
    assert_int_equal(standing.best, 20);
    assert_int_equal(standing.last_time, 1767610000);
    assert_true(standing.minutes > 9.99 && standing.minutes < 10.01); /* the long pause is none of it */
    assert_int_equal(take_hint(progress, "Sort it."), 1);
    progress_close(progress);
    run_sql(backup, "SELECT 1 / (SELECT user_version = 1 FROM pragma_user_version)"); /* kept as it was before */
    progress = open_progress();
    assert_int_equal(take_hint(progress, "Sort it."), 1);
    progress_close(progress);
}

static void test_a_newer_database(void **state) {
    (void)state;
    fill(1);
    run_sql(database, "PRAGMA user_version = 7");
    assert_refused("was written by a newer lab (schema 7, this one knows 5)", "update lab; nothing was changed");
}

static void test_a_database_of_another_program(void **state) {
    (void)state;
    make_parent();
    run_sql(database, "CREATE TABLE bookmarks (url); PRAGMA user_version = 1");
    assert_refused("is a database of another program", "move that file elsewhere, or set LAB_HOME to another folder");
}

/* ---- damage ---- */

static void test_garbage(void **state) {
    (void)state;
    write_text(
        database,
        "This is a text of more than a hundred bytes, which stands where the progress database should be; no header.");
    assert_refused("is damaged", "lab progress recover");
}

static void test_a_truncated_database(void **state) {
    (void)state;
    fill(30);
    struct stat info;
    assert_int_equal(stat(database, &info), 0);
    assert_int_equal(truncate(database, info.st_size / 2), 0);
    assert_refused("is damaged", "lab progress recover");
}

static void overwrite(long offset, size_t len) {
    int fd = open(database, O_WRONLY);
    assert_true(fd >= 0);
    autofree char *noise = mem_alloc(len);
    memset(noise, 0xa5, len);
    assert_int_equal(pwrite(fd, noise, len, offset), (ssize_t)len);
    close(fd);
}

/* Damage where an ordinary opening does not look is found by the daily copy, which does not replace the good one. */
static void test_damage_is_found_before_the_backup_is_renewed(void **state) {
    (void)state;
    fill(30);
    assert_int_equal(attempts_there(), 30); /* makes the backup */
    assert_true(fs_exists(backup));
    struct stat before, after, info;
    assert_int_equal(utime(backup, &(struct utimbuf){1, 1}), 0);
    assert_int_equal(stat(backup, &before), 0);
    assert_int_equal(stat(database, &info), 0);
    overwrite(3 * 4096, (size_t)info.st_size - 3 * 4096);
    assert_refused("and its backup of an earlier day is beside it", "lab progress recover");
    assert_int_equal(stat(backup, &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
}

static void test_the_backup_is_renewed_once_a_day(void **state) {
    (void)state;
    fill(1);
    attempts_there();
    struct stat first, second, third;
    assert_int_equal(stat(backup, &first), 0);
    assert_int_equal(first.st_mode & 0777, 0600);
    attempts_there();
    assert_int_equal(stat(backup, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    assert_int_equal(utime(backup, &(struct utimbuf){1, 1}), 0);
    attempts_there();
    assert_int_equal(stat(backup, &third), 0);
    assert_true(third.st_mtime > 1);
}

static void test_a_missing_or_empty_database_is_not_silently_new(void **state) {
    (void)state;
    fill(2);
    attempts_there();
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(truncate(database, 0), 0);
    assert_int_equal(progress_open(&progress, database, &err), -1);
    assert_non_null(strstr(err.message, "is empty, but its backup is there"));
    assert_int_equal(unlink(database), 0);
    assert_int_equal(progress_open(&progress, database, &err), -1);
    assert_non_null(strstr(err.message, "is missing, but its backup is there"));
    assert_false(fs_exists(database));
    assert_int_equal(unlink(backup), 0); /* as the help says */
    assert_int_equal(attempts_there(), 0);
}

/* ---- recovery ---- */

static void assert_recovered(bool had_backup, int attempts) {
    autofree char *kept = NULL;
    bool from_backup;
    struct err err = ERR_INIT;
    if (progress_recover(database, &kept, &from_backup, &err)) fail_msg("%s", err.message);
    assert_int_equal(from_backup, had_backup);
    if (kept) assert_true(fs_exists(kept));
    assert_int_equal(attempts_there(), attempts);
    struct stat info;
    assert_int_equal(stat(database, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_recovery_from_the_backup(void **state) {
    (void)state;
    fill(2);
    assert_int_equal(attempts_there(), 2);
    for (int round = 0; round < 2; round++) {
        write_text(
            database,
            "garbage, but long enough that SQLite has to look at it for a header, which is not there at all ....");
        assert_recovered(true, 2);
    }
    char kept[128];
    snprintf(kept, sizeof kept, "%s.broken-2", database);
    assert_true(fs_exists(kept));
    assert_int_equal(unlink(database), 0);
    assert_recovered(true, 2);
}

static void test_recovery_without_a_backup(void **state) {
    (void)state;
    write_text(database,
               "garbage, but long enough that SQLite has to look at it for a header, which is not there at all .....");
    assert_recovered(false, 0);
}

/* The log of a damaged database must not be replayed into the one that takes its place. */
static void test_recovery_takes_the_log_away(void **state) {
    (void)state;
    fill(2);
    attempts_there();
    char log[112];
    snprintf(log, sizeof log, "%s-wal", database);
    struct err err = ERR_INIT;
    assert_int_equal(truncate(database, 5000), 0);
    assert_int_equal(fs_write(log, "left over", 9, &err), 0);
    assert_recovered(true, 2);
    char kept[128];
    snprintf(kept, sizeof kept, "%s.broken", database);
    assert_true(fs_exists(kept));
}

static void assert_not_recovered(enum err_code code, const char *part) {
    char *kept = NULL;
    bool from_backup;
    struct err err = ERR_INIT;
    assert_int_equal(progress_recover(database, &kept, &from_backup, &err), -1);
    assert_int_equal(err.code, code);
    if (!strstr(err.message, part)) fail_msg("%s", err.message);
    assert_null(kept);
}

static void test_recovery_of_what_needs_none(void **state) {
    (void)state;
    assert_not_recovered(ERR_USAGE, "is not there yet");
    fill(1);
    assert_not_recovered(ERR_USAGE, "is sound");
    run_sql(database, "PRAGMA user_version = 7");
    assert_not_recovered(ERR_ENVIRONMENT, "newer lab");
}

static void test_recovery_from_a_damaged_backup(void **state) {
    (void)state;
    write_text(database,
               "garbage, but long enough that SQLite has to look at it for a header, which is not there at all ....");
    write_text(backup,
               "garbage, but long enough that SQLite has to look at it for a header, which is not there at all ....");
    assert_not_recovered(ERR_ENVIRONMENT, "the backup cannot be used");
    assert_true(fs_exists(database));
}

/* ---- out of reach: in a child, which gives up what root may do ---- */

/* Runs body in a child and expects it to return 0; a failing assertion there says what on standard error. */
static void in_child(int (*body)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) _exit(body());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void drop_privileges(void) {
    if (geteuid() == 0 && (setgid(65534) || setuid(65534))) _exit(90);
}

static int complain(const struct err *err) {
    fprintf(stderr, "code %d: %s (try: %s)\n", (int)err->code, err->message, err->help);
    return 1;
}

static int open_where_nothing_may_be_made(void) {
    drop_privileges();
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    if (!progress_open(&progress, database, &err)) return 2;
    return err.code == ERR_ENVIRONMENT && strstr(err.message, "cannot") && err.help[0] ? 0 : complain(&err);
}

static void test_a_folder_that_cannot_be_written(void **state) {
    (void)state;
    make_parent();
    char parent[96];
    snprintf(parent, sizeof parent, "%s/data", folder);
    assert_int_equal(chmod(folder, 0755) || chmod(parent, 0555), 0);
    in_child(open_where_nothing_may_be_made);
    assert_int_equal(chmod(parent, 0755), 0);
}

static int write_where_nothing_may_be_written(void) {
    drop_privileges();
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    int64_t id;
    struct progress_attempt attempt = {"/course", "seed-it", "/w", "abc", 9, 42, NULL, true};
    if (!progress_open(&progress, database, &err) && !progress_begin(progress, &attempt, &id, &err)) return 2;
    return err.code == ERR_ENVIRONMENT && strstr(err.message, "cannot be") && err.help[0] ? 0 : complain(&err);
}

static void test_a_database_that_cannot_be_written(void **state) {
    (void)state;
    fill(2);
    attempts_there();
    char parent[96];
    snprintf(parent, sizeof parent, "%s/data", folder);
    assert_int_equal(chmod(folder, 0755) || chmod(database, 0444) || chmod(parent, 0555), 0);
    in_child(write_where_nothing_may_be_written);
    assert_int_equal(chmod(parent, 0755) || chmod(database, 0600), 0);
    assert_int_equal(attempts_there(), 2);
}

/* A limit on the size of files is what a full disk is to a test. */
static int write_until_the_disk_is_full(void) {
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {96 * 1024, 96 * 1024};
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    if (progress_open(&progress, database, &err)) return complain(&err);
    if (setrlimit(RLIMIT_FSIZE, &limit)) return 3;
    const struct progress_attempt attempt = {"/course", "seed-it", "/w", "abc", 9, 42, NULL, true};
    int64_t id;
    for (int i = 0; i < 1000; i++)
        if (progress_begin(progress, &attempt, &id, &err) || progress_finish(progress, id, "fail", NULL, 0, 1, &err))
            return err.code == ERR_ENVIRONMENT && strstr(err.message, "no room on the disk") ? 0 : complain(&err);
    return 2;
}

static void test_a_full_disk_loses_nothing(void **state) {
    (void)state;
    fill(3);
    in_child(write_until_the_disk_is_full);
    assert_true(attempts_there() > 3);
    struct progress *progress = open_progress();
    assert_int_equal(standing_of(progress).best, 25);
    add_attempt(progress, 99, 35);
    assert_int_equal(standing_of(progress).best, 40);
    progress_close(progress);
}

/* ---- several at once ---- */

enum { WRITERS = 4, EACH = 50 };

static int write_many(void) {
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    const struct progress_check check = {"trains", VERDICT_PASS, 5, 5, NULL, 0.1};
    const struct progress_attempt attempt = {"/course", "seed-it", "/w", "abc", 1, 42, NULL, true};
    int64_t id;
    if (progress_open(&progress, database, &err)) return complain(&err);
    for (int i = 0; i < EACH; i++)
        if (progress_begin(progress, &attempt, &id, &err) || progress_finish(progress, id, "fail", &check, 1, 1, &err))
            return complain(&err);
    progress_close(progress);
    return 0;
}

/* All begin with the database not there yet, too. */
static void test_writers_at_once(void **state) {
    (void)state;
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (!children[i]) _exit(write_many());
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(attempts_there(), WRITERS * EACH);
    run_sql(database, "CREATE TEMP TABLE proof (whole CHECK (whole));"
                      "INSERT INTO proof SELECT count(*) = 200 FROM checks");
}

/* ---- kill -9 ---- */

/* Stores attempts for ever; each is reported on the pipe once it is stored. */
static void write_and_report(int report) {
    struct progress *progress = open_progress();
    for (int i = 1;; i++) {
        add_attempt(progress, i, 20);
        if (write(report, "x", 1) != 1) _exit(1);
    }
}

static void kill_after(int reported) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) write_and_report(ends[1]);
    close(ends[1]);
    char x;
    for (int i = 0; i < reported; i++) assert_int_equal(read(ends[0], &x, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    int more = 0;
    while (read(ends[0], &x, 1) == 1) more++;
    close(ends[0]);
    struct progress *progress = open_progress();
    for (int number = 1; number <= reported + more; number++) {
        struct err err = ERR_INIT;
        char verdict[16];
        int points;
        assert_int_equal(
            progress_attempt_summary(progress, "seed-it", "/home/ada/lab/seed-it", number, verdict, &points, &err), 0);
        assert_string_equal(verdict, "fail");
        assert_int_equal(points, 25);
    }
    assert_in_range(standing_of(progress).attempts, reported + more, reported + more + 1);
    progress_close(progress);
}

static void test_killed_at_any_moment(void **state) {
    (void)state;
    for (int reported = 0; reported < 25; reported++) {
        kill_after(reported);
        remove_folder(NULL);
        make_folder(NULL);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_migration_from_the_first_schema),
        TEST(test_a_newer_database),
        TEST(test_a_database_of_another_program),
        TEST(test_garbage),
        TEST(test_a_truncated_database),
        TEST(test_damage_is_found_before_the_backup_is_renewed),
        TEST(test_the_backup_is_renewed_once_a_day),
        TEST(test_a_missing_or_empty_database_is_not_silently_new),
        TEST(test_recovery_from_the_backup),
        TEST(test_recovery_without_a_backup),
        TEST(test_recovery_takes_the_log_away),
        TEST(test_recovery_of_what_needs_none),
        TEST(test_recovery_from_a_damaged_backup),
        TEST(test_a_folder_that_cannot_be_written),
        TEST(test_a_database_that_cannot_be_written),
        TEST(test_a_full_disk_loses_nothing),
        TEST(test_writers_at_once),
        TEST(test_killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
