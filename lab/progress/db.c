#include "progress/db.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/str.h"

/* ---- errors ---- */

int db_damaged(struct progress *progress, const char *detail, struct err *err) {
    progress->damaged = true;
    autofree char *backup = backup_path(progress->path);
    err_set(err, ERR_ENVIRONMENT, "the progress database %s is damaged (%s); it is left as it is%s", progress->path,
            detail, fs_exists(backup) ? ", and its backup of an earlier day is beside it" : "");
    return err_help(err, "lab progress recover");
}

/* SQLite knows only ENOSPC as a full disk; a quota or a limit on a file's size is an I/O error to it, with errno left. */
static bool no_room(const struct progress *progress, int cause) {
    int code = sqlite3_extended_errcode(progress->db);
    bool writing = code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_TRUNCATE || code == SQLITE_IOERR_SHMSIZE;
    return code == SQLITE_FULL || (writing && (cause == ENOSPC || cause == EDQUOT || cause == EFBIG));
}

/* What SQLite's primary result codes mean for a person. The first text follows "the progress database PATH". */
static const struct {
    int code;
    const char *message, *help;
} meanings[] = {
    {SQLITE_READONLY, "cannot be written", "make its folder writable, or set LAB_HOME to a folder that is"},
    {SQLITE_PERM, "cannot be written", "make its folder writable, or set LAB_HOME to a folder that is"},
    {SQLITE_CANTOPEN, "cannot be opened", "make its folder writable, or set LAB_HOME to a folder that is"},
    {SQLITE_IOERR, "cannot be read or written", "lab doctor"},
    {SQLITE_BUSY, "has been in use by another lab for 10 s", "wait for it to end, then run the command again"},
    {SQLITE_LOCKED, "has been in use by another lab for 10 s", "wait for it to end, then run the command again"},
};

int db_error(struct progress *progress, struct err *err) {
    int cause = errno;
    int code = sqlite3_errcode(progress->db) & 0xff;
    const char *detail = sqlite3_errmsg(progress->db);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) return db_damaged(progress, detail, err);
    if (no_room(progress, cause)) {
        err_set(err, ERR_ENVIRONMENT, "no room on the disk for the progress database %s", progress->path);
        return err_help(err, "free some disk space, then run the command again");
    }
    for (size_t i = 0; i < LENGTH(meanings); i++) {
        if (meanings[i].code != code) continue;
        err_set(err, ERR_ENVIRONMENT, "the progress database %s %s: %s", progress->path, meanings[i].message, detail);
        return err_help(err, "%s", meanings[i].help);
    }
    return err_set(err, ERR_INTERNAL, "the progress database %s: %s", progress->path, detail);
}

/* ---- statements ---- */

void statement_release(struct statement *statement) {
    sqlite3_finalize(statement->raw);
    statement->raw = NULL;
}

/* Text is UTF-8 here, or an export would not be JSON: a folder's name that is none is changed, when stored and when asked
 * for alike. */
static int bind_text(sqlite3_stmt *raw, int index, const char *text) {
    size_t len = strlen(text);
    if (utf8_valid(text, len)) return sqlite3_bind_text64(raw, index, text, len, SQLITE_STATIC, SQLITE_UTF8);
    scoped(str) clean = STR_INIT;
    str_append_utf8(&clean, text, len);
    return sqlite3_bind_text64(raw, index, clean.data, clean.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int bind(sqlite3_stmt *raw, int index, const struct db_value *value) {
    switch (value->kind) {
    case DB_TEXT: return bind_text(raw, index, value->text);
    case DB_INTEGER: return sqlite3_bind_int64(raw, index, value->integer);
    case DB_REAL: return sqlite3_bind_double(raw, index, value->real);
    case DB_NULL: break;
    }
    return sqlite3_bind_null(raw, index);
}

int db_prepare(struct statement *statement, struct progress *progress, const char *sql, const struct db_value *values,
               size_t count, struct err *err) {
    statement->progress = progress;
    if (sqlite3_prepare_v2(progress->db, sql, -1, &statement->raw, NULL)) return db_error(progress, err);
    for (size_t i = 0; i < count; i++)
        if (bind(statement->raw, (int)i + 1, &values[i])) return db_error(progress, err);
    return 0;
}

int db_step(struct statement *statement, struct err *err) {
    int code = sqlite3_step(statement->raw);
    if (code == SQLITE_ROW) return 1;
    return code == SQLITE_DONE ? 0 : db_error(statement->progress, err);
}

int64_t db_column_integer(const struct statement *statement, int column) {
    return sqlite3_column_int64(statement->raw, column);
}

double db_column_real(const struct statement *statement, int column) {
    return sqlite3_column_double(statement->raw, column);
}

const char *db_column_text(const struct statement *statement, int column) {
    return (const char *)sqlite3_column_text(statement->raw, column);
}

int db_run(struct progress *progress, const char *sql, const struct db_value *values, size_t count, struct err *err) {
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, sql, values, count, err)) return -1;
    int step;
    while ((step = db_step(&statement, err)) > 0) continue;
    return step;
}

int db_number(int64_t *number, struct progress *progress, const char *sql, const struct db_value *values, size_t count,
              struct err *err) {
    scoped(statement) statement = {0};
    *number = 0;
    if (db_prepare(&statement, progress, sql, values, count, err)) return -1;
    int step = db_step(&statement, err);
    if (step > 0) *number = db_column_integer(&statement, 0);
    return step < 0 ? -1 : 0;
}

int db_script(struct progress *progress, const char *sql, struct err *err) {
    return sqlite3_exec(progress->db, sql, NULL, NULL, NULL) ? db_error(progress, err) : 0;
}

/* ---- transactions ---- */

static int begin(struct transaction *transaction, struct progress *progress, const char *how, struct err *err) {
    if (db_script(progress, how, err)) return -1;
    transaction->progress = progress;
    return 0;
}

int transaction_begin(struct transaction *transaction, struct progress *progress, struct err *err) {
    return begin(transaction, progress, "BEGIN IMMEDIATE", err);
}

int transaction_begin_reading(struct transaction *transaction, struct progress *progress, struct err *err) {
    return begin(transaction, progress, "BEGIN", err);
}

int transaction_commit(struct transaction *transaction, struct err *err) {
    if (db_script(transaction->progress, "COMMIT", err)) return -1;
    transaction->progress = NULL;
    return 0;
}

void transaction_release(struct transaction *transaction) {
    if (transaction->progress) sqlite3_exec(transaction->progress->db, "ROLLBACK", NULL, NULL, NULL);
    transaction->progress = NULL;
}
