#include "base/clock.h"
#include "base/json.h"
#include "progress/db.h"
#include "progress/exchange.h"
#include "progress/progress.h"

static json_t *column_to_json(const struct statement *row, int column, const struct field *field) {
    if (sqlite3_column_type(row->raw, column) == SQLITE_NULL) return json_null();
    if (field->kind == FIELD_INTEGER) return json_integer(db_column_integer(row, column));
    if (field->kind == FIELD_REAL) return json_real(db_column_real(row, column));
    if (field->kind == FIELD_FLAG) return json_boolean(db_column_integer(row, column));
    return json_text_or_null(db_column_text(row, column));
}

static int export_checks(struct progress *progress, json_t *attempt, int64_t id, struct err *err);

/* Puts the rows of a table into document as a list; attempts get their checks. */
static int export_list(struct progress *progress, json_t *document, const struct record *record,
                       const struct db_value *values, size_t value_count, struct err *err) {
    scoped(statement) row = {0};
    if (db_prepare(&row, progress, record->select, values, value_count, err)) return -1;
    json_t *list = json_array();
    json_put(document, record->list, list);
    int step;
    while ((step = db_step(&row, err)) > 0) {
        json_t *object = json_object();
        json_array_append_new(list, object);
        for (size_t i = 0; i < record->count; i++)
            json_put(object, record->fields[i].key, column_to_json(&row, (int)i, &record->fields[i]));
        if (record == &exchange_attempts &&
            export_checks(progress, object, db_column_integer(&row, (int)record->count), err))
            return -1;
    }
    return step;
}

static int export_checks(struct progress *progress, json_t *attempt, int64_t id, struct err *err) {
    return export_list(progress, attempt, &exchange_checks, DB_VALUES(db_integer(id)), err);
}

json_t *progress_export(struct progress *progress, struct err *err) {
    scoped(transaction) transaction = {0};
    if (transaction_begin_reading(&transaction, progress, err)) return NULL;
    autojson json_t *document = json_object();
    autofree char *role = NULL;
    char now[CLOCK_TEXT_SIZE];
    if (progress_setting(progress, PROGRESS_ROLE, &role, err)) return NULL;
    clock_format(clock_wall(), now);
    json_put(document, "format", json_string(EXCHANGE_FORMAT));
    json_put(document, "exported", json_string(now));
    json_put(document, PROGRESS_ROLE, json_text_or_null(role));
    if (export_list(progress, document, &exchange_attempts, DB_NO_VALUES, err) ||
        export_list(progress, document, &exchange_opened, DB_NO_VALUES, err) ||
        export_list(progress, document, &exchange_hints, DB_NO_VALUES, err))
        return NULL;
    return json_incref(document);
}
