#pragma once
/*
 * SQLite, made short: statements from fixed text with typed values, transactions that roll back unless committed, and
 * errors that name the file and the next step. Private to progress/.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct progress {
    sqlite3 *db;
    char *path;
    bool damaged; /* damage was found */
};

/* Turns what SQLite says of its last call into an error about the file. Returns -1. */
int db_error(struct progress *progress, struct err *err);

/* The same for a fault found by us. */
int db_damaged(struct progress *progress, const char *detail, struct err *err);

/* ---- statements ---- */

struct db_value {
    enum { DB_NULL, DB_TEXT, DB_INTEGER, DB_REAL } kind;
    const char *text; /* must live until the statement is released */
    int64_t integer;
    double real;
};
static inline struct db_value db_text(const char *text) {
    return (struct db_value){.kind = text ? DB_TEXT : DB_NULL, .text = text};
}
static inline struct db_value db_integer(int64_t integer) {
    return (struct db_value){.kind = DB_INTEGER, .integer = integer};
}
static inline struct db_value db_real(double real) { return (struct db_value){.kind = DB_REAL, .real = real}; }

struct statement {
    struct progress *progress;
    sqlite3_stmt *raw;
};
void statement_release(struct statement *statement);

/* Prepares sql with its parameters bound in order. */
int db_prepare(struct statement *statement, struct progress *progress, const char *sql, const struct db_value *values,
               size_t count, struct err *err);
#define DB_VALUES(...) \
    (const struct db_value[]){__VA_ARGS__}, sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)
#define DB_NO_VALUES NULL, 0

int db_step(struct statement *statement, struct err *err); /* 1: a row, 0: the end, -1 */

int64_t db_column_integer(const struct statement *statement, int column);
double db_column_real(const struct statement *statement, int column);
const char *db_column_text(const struct statement *statement, int column); /* NULL for null; until the next step */

/* Prepares, steps to the end, releases. */
int db_run(struct progress *progress, const char *sql, const struct db_value *values, size_t count, struct err *err);
/* The same for a query of one row and one integer. */
int db_number(int64_t *number, struct progress *progress, const char *sql, const struct db_value *values, size_t count,
              struct err *err);
/* Several statements without values. */
int db_script(struct progress *progress, const char *sql, struct err *err);

/* ---- transactions ---- */

/* `scoped(transaction) t = {0};` rolls back when its block is left without transaction_commit. */
struct transaction {
    struct progress *progress; /* NULL: none open */
};
int transaction_begin(struct transaction *transaction, struct progress *progress, struct err *err);
int transaction_begin_reading(struct transaction *transaction, struct progress *progress, struct err *err);
int transaction_commit(struct transaction *transaction, struct err *err);
void transaction_release(struct transaction *transaction);

/* ---- the file: open.c, schema.c, backup.c ---- */

/* Opens path, which must exist, without looking into it. */
int db_open_file(struct progress **progress, const char *path, bool read_only, struct err *err);

/* Brings a new or older database up to date; refuses a newer or a foreign one. *fresh: nothing was in it. */
int schema_check(struct progress *progress, bool *fresh, struct err *err);
int schema_migrate(struct progress *progress, struct err *err);

/* Looks for damage. */
int backup_verify(struct progress *progress, struct err *err);

/* Renews PATH.bak when it is older than a day (or `now`), unless the database holds nothing. Damage is an error; a copy that
 * cannot be written is not. */
int backup_renew(struct progress *progress, bool now, struct err *err);

char *backup_path(const char *path); /* caller frees */

int64_t moment(void); /* microseconds since 1970 */
