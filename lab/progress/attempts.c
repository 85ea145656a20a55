/* Attempts: begun, finished, looked up. */

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "progress/db.h"
#include "progress/progress.h"

enum { IDENTITY_BYTES = 16, IDENTITY_SIZE = 2 * IDENTITY_BYTES + 1 };

/* 128 random bits, the same attempt's name on every machine. */
static int new_identity(char identity[IDENTITY_SIZE], struct err *err) {
    unsigned char bytes[IDENTITY_BYTES];
    if (getentropy(bytes, sizeof bytes)) return err_errno(err, ERR_ENVIRONMENT, "no random numbers to be had");
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(identity + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

int progress_begin(struct progress *progress, const struct progress_attempt *attempt, int64_t *id, struct err *err) {
    char identity[IDENTITY_SIZE];
    if (new_identity(identity, err)) return -1;
    static const char sql[] = "INSERT INTO attempts (identity, course, exercise, workspace, tree, number, seed,"
                              " began, fingerprint, whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    if (db_run(progress, sql,
               DB_VALUES(db_text(identity), db_text(attempt->course), db_text(attempt->exercise),
                         db_text(attempt->workspace), db_text(attempt->tree), db_integer(attempt->number),
                         db_integer((int64_t)attempt->seed), db_integer(moment()), db_text(attempt->fingerprint),
                         db_integer(attempt->whole)),
               err))
        return -1;
    *id = sqlite3_last_insert_rowid(progress->db);
    return 0;
}

static int store_check(struct progress *progress, int64_t attempt, size_t position, const struct progress_check *check,
                       struct err *err) {
    static const char sql[] = "INSERT INTO checks (attempt, position, id, verdict, points, possible, reason, seconds)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    return db_run(progress, sql,
                  DB_VALUES(db_integer(attempt), db_integer((int64_t)position), db_text(check->id),
                            db_text(verdict_name(check->verdict)), db_integer(check->points),
                            db_integer(check->points_possible), db_text(check->reason), db_real(check->seconds)),
                  err);
}

int progress_finish(struct progress *progress, int64_t id, const char *verdict, const struct progress_check *checks,
                    size_t count, double seconds, struct err *err) {
    scoped(transaction) transaction = {0};
    if (transaction_begin(&transaction, progress, err)) return -1;
    static const char sql[] = "UPDATE attempts SET verdict = ?, seconds = ? WHERE id = ? AND verdict IS NULL";
    if (db_run(progress, sql, DB_VALUES(db_text(verdict), db_real(seconds), db_integer(id)), err)) return -1;
    if (sqlite3_changes(progress->db) != 1)
        return err_set(err, ERR_INTERNAL, "attempt %lld was finished before, or never begun", (long long)id);
    for (size_t i = 0; i < count; i++)
        if (store_check(progress, id, i, &checks[i], err)) return -1;
    return transaction_commit(&transaction, err);
}

int progress_started(struct progress *progress, const char *exercise, const char *workspace, struct err *err) {
    static const char sql[] = "INSERT INTO opened (exercise, workspace, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    return db_run(progress, sql, DB_VALUES(db_text(exercise), db_text(workspace), db_integer(moment())), err);
}

/* ---- looking up ---- */

static void copy_text(char *to, size_t size, const char *text) { snprintf(to, size, "%s", text ? text : ""); }

int progress_attempt_summary(struct progress *progress, const char *exercise, const char *workspace, int number,
                             char verdict[16], int *points, struct err *err) {
    static const char sql[] =
        "SELECT coalesce(verdict, 'interrupted'), (SELECT sum(points) FROM checks WHERE attempt = attempts.id)"
        " FROM attempts WHERE exercise = ? AND workspace = ? AND number = ? ORDER BY began DESC, id DESC LIMIT 1";
    scoped(statement) statement = {0};
    verdict[0] = '\0';
    *points = 0;
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise), db_text(workspace), db_integer(number)),
                   err))
        return -1;
    int step = db_step(&statement, err);
    if (step <= 0) return step;
    copy_text(verdict, 16, db_column_text(&statement, 0));
    *points = (int)db_column_integer(&statement, 1);
    return 0;
}

/* Reads the row of a check; one whose verdict this lab does not know is left out. */
static void read_check(struct progress_last *last, const struct statement *statement) {
    enum verdict verdict;
    const char *name = db_column_text(statement, 1);
    if (!name || !verdict_parse(name, &verdict)) return;
    copy_text(last->checks[last->count].id, sizeof last->checks->id, db_column_text(statement, 0));
    copy_text(last->checks[last->count].reason, sizeof last->checks->reason, db_column_text(statement, 2));
    last->checks[last->count++].verdict = verdict;
}

static int read_checks(struct progress *progress, int64_t attempt, struct progress_last *last, struct err *err) {
    static const char sql[] = "SELECT id, verdict, reason FROM checks WHERE attempt = ? ORDER BY position";
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_integer(attempt)), err)) return -1;
    int step = 0;
    while (last->count < LENGTH(last->checks) && (step = db_step(&statement, err)) > 0) read_check(last, &statement);
    return step < 0 ? -1 : 0;
}

int progress_last_attempt(struct progress *progress, const char *exercise, struct progress_last *last, bool *found,
                          struct err *err) {
    static const char sql[] = "SELECT id, verdict FROM attempts WHERE exercise = ? AND verdict <> 'interrupted'"
                              " ORDER BY began DESC, id DESC LIMIT 1";
    scoped(statement) statement = {0};
    *last = (struct progress_last){0};
    *found = false;
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise)), err)) return -1;
    int step = db_step(&statement, err);
    if (step <= 0) return step;
    *found = true;
    copy_text(last->verdict, sizeof last->verdict, db_column_text(&statement, 1));
    return read_checks(progress, db_column_integer(&statement, 0), last, err);
}

/* Takes the row of a check: columns id, verdict, reason, began, the newest first. */
static void read_result(struct progress_result *results, const struct exercise *exercise,
                        const struct statement *statement) {
    const struct check *check = exercise_check(exercise, db_column_text(statement, 0));
    struct progress_result *result = check ? &results[exercise_check_index(exercise, check)] : NULL;
    if (!result || result->known || !verdict_parse(db_column_text(statement, 1), &result->verdict)) return;
    result->known = true;
    copy_text(result->reason, sizeof result->reason, db_column_text(statement, 2));
    result->began = db_column_integer(statement, 3);
}

int progress_results(struct progress *progress, const struct exercise *exercise, struct progress_result *results,
                     struct err *err) {
    static const char sql[] =
        "SELECT checks.id, checks.verdict, reason, began FROM attempts JOIN checks ON attempt = attempts.id"
        " WHERE exercise = ? AND attempts.verdict <> 'interrupted' ORDER BY began DESC, attempts.id DESC";
    scoped(statement) statement = {0};
    memset(results, 0, exercise->check_count * sizeof *results);
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise->key)), err)) return -1;
    int step;
    while ((step = db_step(&statement, err)) > 0) read_result(results, exercise, &statement);
    return step;
}
