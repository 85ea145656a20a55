/* What the learner has chosen. */

#include "progress/db.h"
#include "progress/progress.h"

int progress_setting(struct progress *progress, const char *name, char **value, struct err *err) {
    scoped(statement) statement = {0};
    *value = NULL;
    if (db_prepare(&statement, progress, "SELECT value FROM settings WHERE name = ?", DB_VALUES(db_text(name)), err))
        return -1;
    int step = db_step(&statement, err);
    if (step > 0) *value = mem_copy_string(db_column_text(&statement, 0));
    return step < 0 ? -1 : 0;
}

int progress_set(struct progress *progress, const char *name, const char *value, struct err *err) {
    if (!value) return db_run(progress, "DELETE FROM settings WHERE name = ?", DB_VALUES(db_text(name)), err);
    static const char sql[] = "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)";
    return db_run(progress, sql, DB_VALUES(db_text(name), db_text(value)), err);
}
