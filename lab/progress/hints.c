/* Hints taken, and what they cost. */

#include <stdlib.h>
#include <string.h>

#include "progress/db.h"
#include "progress/progress.h"

int progress_hint_percent(int taken) {
    static const int percents[] = {0, 0, 5, 15};
    if (taken < 0) return 0;
    return percents[taken < (int)LENGTH(percents) ? taken : (int)LENGTH(percents) - 1];
}

int progress_hint_cost(int taken, int points) { return (int)((int64_t)points * progress_hint_percent(taken) / 100); }

void progress_hints_release(struct progress_hints *hints) {
    for (size_t i = 0; i < hints->count; i++) {
        free(hints->items[i].check);
        free(hints->items[i].say);
    }
    free(hints->items);
    *hints = (struct progress_hints){0};
}

int progress_hints(struct progress *progress, const char *exercise, struct progress_hints *hints, struct err *err) {
    static const char sql[] = "SELECT \"check\", say FROM hints WHERE exercise = ? ORDER BY time, say";
    scoped(statement) statement = {0};
    *hints = (struct progress_hints){0};
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise)), err)) return -1;
    size_t capacity = 0;
    int step;
    while ((step = db_step(&statement, err)) > 0) {
        if (hints->count == capacity) hints->items = mem_grow(hints->items, &capacity, sizeof *hints->items);
        hints->items[hints->count].check = mem_copy_string(db_column_text(&statement, 0));
        hints->items[hints->count++].say = mem_copy_string(db_column_text(&statement, 1));
    }
    if (step < 0) progress_hints_release(hints);
    return step;
}

bool progress_hints_have(const struct progress_hints *hints, const char *say) {
    for (size_t i = 0; i < hints->count; i++)
        if (!strcmp(hints->items[i].say, say)) return true;
    return false;
}

int progress_take_hint(struct progress *progress, const char *exercise, const char *check, const char *say, int *taken,
                       struct err *err) {
    static const char sql[] = "INSERT INTO hints (exercise, say, \"check\", time) VALUES (?, ?, ?, ?)"
                              " ON CONFLICT DO NOTHING";
    int64_t count;
    if (db_run(progress, sql, DB_VALUES(db_text(exercise), db_text(say), db_text(check), db_integer(moment())), err) ||
        db_number(&count, progress, "SELECT count(*) FROM hints WHERE exercise = ?", DB_VALUES(db_text(exercise)), err))
        return -1;
    *taken = (int)count;
    return 0;
}
