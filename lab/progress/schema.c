/* The tables, as steps from one version to the next. A step that was released is never changed. */

#include "progress/db.h"

#define APPLICATION_ID "0x6c616270" /* "labp" */
enum { APPLICATION = 0x6c616270 };

/* Moments are microseconds since 1970. An attempt's identity is random and the same on every machine, so that merging
 * knows it again. */
static const char *const steps[] = {
    "PRAGMA application_id = " APPLICATION_ID ";"
    "CREATE TABLE attempts ("
    "  id INTEGER PRIMARY KEY,"
    "  identity TEXT NOT NULL UNIQUE,"
    "  course TEXT NOT NULL, exercise TEXT NOT NULL, workspace TEXT NOT NULL, tree TEXT NOT NULL,"
    "  number INTEGER NOT NULL, seed INTEGER NOT NULL,"
    "  began INTEGER NOT NULL,"
    "  seconds REAL, verdict TEXT"
    ") STRICT;"
    "CREATE INDEX attempts_of_exercise ON attempts (exercise, began);"
    "CREATE TABLE checks ("
    "  attempt INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  id TEXT NOT NULL, verdict TEXT NOT NULL,"
    "  points INTEGER NOT NULL, possible INTEGER NOT NULL,"
    "  reason TEXT, seconds REAL NOT NULL,"
    "  PRIMARY KEY (attempt, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE opened ("
    "  exercise TEXT NOT NULL, workspace TEXT NOT NULL,"
    "  time INTEGER NOT NULL,"
    "  PRIMARY KEY (exercise, workspace)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 1;",

    "CREATE TABLE hints ("
    "  exercise TEXT NOT NULL, say TEXT NOT NULL,"
    "  \"check\" TEXT NOT NULL,"
    "  time INTEGER NOT NULL,"
    "  PRIMARY KEY (exercise, say)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;",

    "ALTER TABLE attempts ADD COLUMN fingerprint TEXT;"
    "PRAGMA user_version = 3;",

    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 4;",

    "ALTER TABLE attempts ADD COLUMN whole INTEGER;"
    "PRAGMA user_version = 5;",
};
enum { KNOWN_VERSION = sizeof steps / sizeof *steps };

static int version_of(struct progress *progress, int64_t *version, struct err *err) {
    return db_number(version, progress, "PRAGMA user_version", DB_NO_VALUES, err);
}

int schema_check(struct progress *progress, bool *fresh, struct err *err) {
    int64_t version, application, objects;
    /* One look at all three: between two, another process may be making the tables of a fresh database. */
    scoped(transaction) look = {0};
    if (transaction_begin_reading(&look, progress, err)) return -1;
    if (version_of(progress, &version, err) ||
        db_number(&application, progress, "PRAGMA application_id", DB_NO_VALUES, err) ||
        db_number(&objects, progress, "SELECT count(*) FROM sqlite_schema", DB_NO_VALUES, err))
        return -1;
    *fresh = !version && !application && !objects;
    if (!*fresh && application != APPLICATION) {
        err_set(err, ERR_ENVIRONMENT, "%s is a database of another program, not lab's progress", progress->path);
        return err_help(err, "move that file elsewhere, or set LAB_HOME to another folder");
    }
    if (version > KNOWN_VERSION) {
        err_set(err, ERR_ENVIRONMENT,
                "the progress database %s was written by a newer lab (schema %lld, this one knows %d)", progress->path,
                (long long)version, KNOWN_VERSION);
        return err_help(err, "update lab; nothing was changed");
    }
    return 0;
}

int schema_migrate(struct progress *progress, struct err *err) {
    int64_t version;
    if (version_of(progress, &version, err)) return -1;
    if (version == KNOWN_VERSION) return 0;
    if (version && backup_renew(progress, true, err)) return -1;
    scoped(transaction) transaction = {0};
    if (transaction_begin(&transaction, progress, err)) return -1;
    /* Another process may have been faster. */
    if (version_of(progress, &version, err)) return -1;
    for (; version < KNOWN_VERSION; version++)
        if (db_script(progress, steps[version], err)) return -1;
    return transaction_commit(&transaction, err);
}
