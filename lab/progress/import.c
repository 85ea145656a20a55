/* Taking a document over. It may come from anywhere: every field is checked before it is stored, and one that is wrong
 * leaves the database as it was. */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "progress/db.h"
#include "progress/exchange.h"
#include "progress/progress.h"

static int refuse(struct err *err, const char *where, const char *key, const char *what) {
    return err_set(err, ERR_USAGE, "%s.%s: %s", where, key, what);
}

static bool is_hexadecimal(const char *text, size_t len) {
    return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

/* What is wrong with a text, or NULL. */
static const char *text_fault(const struct field *field, const char *text) {
    enum verdict verdict;
    switch (field->kind) {
    case FIELD_NAME: return path_is_id(text) ? NULL : "expected an id (lower-case letters, digits, dashes)";
    case FIELD_KEY: return path_is_scoped_id(text) ? NULL : "expected an id, or the id of a course, a slash, and an id";
    case FIELD_IDENTITY: return is_hexadecimal(text, 32) ? NULL : "expected 32 hexadecimal digits";
    case FIELD_HASH: return is_hexadecimal(text, 64) ? NULL : "expected 64 hexadecimal digits";
    case FIELD_VERDICT: return verdict_parse(text, &verdict) ? NULL : "no verdict of a check";
    case FIELD_ATTEMPT_VERDICT: return exchange_knows_verdict(text) ? NULL : "no verdict of an attempt";
    case FIELD_TEXT: return strlen(text) <= (size_t)field->most ? NULL : "the text is too long";
    case FIELD_INTEGER:
    case FIELD_REAL:
    case FIELD_FLAG: break;
    }
    return NULL;
}

static int read_field(struct db_value *value, const struct field *field, const json_t *given, const char *where,
                      struct err *err) {
    *value = (struct db_value){.kind = DB_NULL};
    if (!given) return refuse(err, where, field->key, "missing");
    if (json_is_null(given) && field->nullable) return 0;
    if (field->kind == FIELD_FLAG) {
        if (!json_is_boolean(given)) return refuse(err, where, field->key, "expected true or false");
        *value = db_integer(json_boolean_value(given));
    } else if (field->kind == FIELD_INTEGER) {
        if (!json_is_integer(given)) return refuse(err, where, field->key, "expected an integer");
        *value = db_integer(json_integer_value(given));
        if (value->integer < field->least || value->integer > field->most)
            return refuse(err, where, field->key, "out of range");
    } else if (field->kind == FIELD_REAL) {
        if (!json_is_number(given)) return refuse(err, where, field->key, "expected a number");
        *value = db_real(json_number_value(given));
        if (!(value->real >= 0 && value->real <= (double)field->most))
            return refuse(err, where, field->key, "out of range");
    } else {
        if (!json_is_string(given)) return refuse(err, where, field->key, "expected text");
        *value = db_text(json_string_value(given));
        const char *fault = text_fault(field, value->text);
        if (fault) return refuse(err, where, field->key, fault);
    }
    return 0;
}

static bool has_field(const struct record *record, const char *key, int version) {
    for (size_t i = 0; i < record->count; i++)
        if (record->fields[i].since <= version && !strcmp(record->fields[i].key, key)) return true;
    return record == &exchange_attempts && !strcmp(key, exchange_checks.list);
}

static int refuse_unknown_fields(const struct record *record, json_t *object, int version, const char *where,
                                 struct err *err) {
    const char *key;
    const json_t *value;
    json_object_foreach(object, key, value) if (!has_field(record, key, version)) {
        return err_set(err, ERR_USAGE, "%s: unknown field '%.40s'", where, key);
    }
    return 0;
}

/* `version`: of the document. */
static int read_record(struct db_value *values, const struct record *record, json_t *object, int version,
                       const char *where, struct err *err) {
    if (!json_is_object(object)) return err_set(err, ERR_USAGE, "%s: expected an object", where);
    for (size_t i = 0; i < record->count; i++) {
        const struct field *field = &record->fields[i];
        json_t *given = field->since <= version ? json_object_get(object, field->key) : json_null();
        if (read_field(&values[i], field, given, where, err)) return -1;
    }
    return refuse_unknown_fields(record, object, version, where, err);
}

static json_t *get_list(const json_t *object, const struct record *record, const char *where, struct err *err) {
    json_t *list = json_object_get(object, record->list);
    if (!json_is_array(list)) refuse(err, where, record->list, list ? "expected a list" : "missing");
    if (json_array_size(list) > record->most) refuse(err, where, record->list, "the list is too long");
    return json_is_array(list) && json_array_size(list) <= record->most ? list : NULL;
}

/* What is imported, and what came of it. */
struct import {
    struct progress *progress;
    int version; /* of the document */
    size_t added;
};

/* Stores the checks of an attempt, or without one (0: it is known already) only looks whether they are right: a document
 * is accepted or refused as a whole. */
static int import_checks(const struct import *import, const json_t *checks, int64_t attempt, const char *where,
                         struct err *err) {
    for (size_t i = 0; i < json_array_size(checks); i++) {
        char place[80];
        snprintf(place, sizeof place, "%s.checks[%zu]", where, i);
        struct db_value values[2 + FIELDS_MOST] = {db_integer(attempt), db_integer((int64_t)i)};
        if (read_record(values + 2, &exchange_checks, json_array_get(checks, i), import->version, place, err))
            return -1;
        if (attempt && db_run(import->progress, exchange_checks.insert, values, 2 + exchange_checks.count, err))
            return -1;
    }
    return 0;
}

/* What hangs on an attempt whose own row, with these values, has just been stored, or was known (not fresh). */
static int import_attempt(const struct import *import, const json_t *object, const struct db_value *values, bool fresh,
                          const char *where, struct err *err) {
    enum { IDENTITY = 0, VERDICT = 9 };
    const json_t *checks = get_list(object, &exchange_checks, where, err);
    if (!checks) return -1;
    if (values[VERDICT].kind == DB_NULL && json_array_size(checks))
        return refuse(err, where, "checks", "an attempt without a verdict has none");
    int64_t id = 0;
    static const char sql[] = "SELECT id FROM attempts WHERE identity = ?";
    if (fresh && db_number(&id, import->progress, sql, &values[IDENTITY], 1, err)) return -1;
    return import_checks(import, checks, id, where, err);
}

static int import_list(struct import *import, const json_t *document, const struct record *record, struct err *err) {
    json_t *list = get_list(document, record, "the document", err);
    if (!list) return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        char where[48];
        snprintf(where, sizeof where, "%s[%zu]", record->list, i);
        json_t *object = json_array_get(list, i);
        struct db_value values[FIELDS_MOST];
        if (read_record(values, record, object, import->version, where, err) ||
            db_run(import->progress, record->insert, values, record->count, err))
            return -1;
        bool fresh = sqlite3_changes(import->progress->db) > 0;
        import->added += fresh;
        if (record == &exchange_attempts && import_attempt(import, object, values, fresh, where, err)) return -1;
    }
    return 0;
}

/* Of two choices, the one that was made here stays. Older documents have none. */
static int import_role(const struct import *import, const json_t *document, struct err *err) {
    static const struct field field = {PROGRESS_ROLE, FIELD_NAME, true, 0, 0, 1};
    static const char sql[] = "INSERT OR IGNORE INTO settings (name, value) VALUES (?, ?)";
    struct db_value role = {.kind = DB_NULL};
    const json_t *given = json_object_get(document, PROGRESS_ROLE);
    if (given && read_field(&role, &field, given, "the document", err)) return -1;
    return role.kind == DB_NULL ? 0 : db_run(import->progress, sql, DB_VALUES(db_text(PROGRESS_ROLE), role), err);
}

static int read_version(const json_t *document, int *version, struct err *err) {
    const char *format = json_get_string(document, "format", NULL);
    for (*version = 1; format && *version <= EXCHANGE_VERSION; ++*version) {
        char name[sizeof EXCHANGE_FORMAT + 8];
        snprintf(name, sizeof name, EXCHANGE_NAME "%d", *version);
        if (!strcmp(format, name)) return 0;
    }
    if (format)
        err_set(err, ERR_USAGE,
                "the document's format is '%.40s'; this lab reads " EXCHANGE_NAME "1 to " EXCHANGE_FORMAT, format);
    else
        err_set(err, ERR_USAGE, "this is no progress document: it has no \"format\": \"" EXCHANGE_FORMAT "\"");
    return err_help(err, "lab progress export FILE writes one");
}

static int refuse_occupied(struct progress *progress, struct err *err) {
    static const char any[] = "SELECT EXISTS (SELECT 1 FROM attempts) OR EXISTS (SELECT 1 FROM opened)"
                              " OR EXISTS (SELECT 1 FROM hints)";
    int64_t occupied;
    if (db_number(&occupied, progress, any, DB_NO_VALUES, err)) return -1;
    if (!occupied) return 0;
    err_set(err, ERR_USAGE, "there is progress already; import is for an empty database");
    return err_help(err, "lab progress merge FILE adds to it");
}

int progress_import(struct progress *progress, const json_t *document, bool merge, size_t *added, struct err *err) {
    struct import import = {.progress = progress};
    scoped(transaction) transaction = {0};
    if (read_version(document, &import.version, err) || transaction_begin(&transaction, progress, err)) return -1;
    if (!merge && refuse_occupied(progress, err)) return -1;
    if (import_list(&import, document, &exchange_attempts, err) ||
        import_list(&import, document, &exchange_opened, err) || import_list(&import, document, &exchange_hints, err) ||
        import_role(&import, document, err))
        return -1;
    *added = import.added;
    return transaction_commit(&transaction, err);
}
