/* Where the learner stands in an exercise, and what was worked on last. */

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "progress/db.h"
#include "progress/progress.h"

enum { SECOND = 1000000 /* of a moment */, LONGEST_GAP = 30 * 60 };

/* The fingerprints of attempts that passed, against the one of today. */
struct comparison {
    bool known, same;
    char today[HASH_HEX_SIZE]; /* "" until it is needed; "?" when it cannot be had */
};

static void compare(struct comparison *comparison, const struct exercise *exercise, const char *fingerprint) {
    if (!fingerprint) return;
    if (!comparison->today[0] && exercise_fingerprint(exercise, comparison->today, NULL))
        memcpy(comparison->today, "?", sizeof "?");
    comparison->known |= comparison->today[0] != '?';
    comparison->same |= !strcmp(comparison->today, fingerprint);
}

/* Weighs one attempt: columns verdict, whole, points, hints taken before, fingerprint, began. */
static void weigh(struct progress_standing *standing, const struct exercise *exercise,
                  const struct statement *statement, struct comparison *comparison) {
    const char *verdict = db_column_text(statement, 0);
    standing->attempts++;
    if (!verdict || !strcmp(verdict, "interrupted")) return;
    int64_t points = db_column_integer(statement, 2), hints = db_column_integer(statement, 3);
    if (points > exercise->points) points = exercise->points;
    int worth = (int)points - progress_hint_cost(hints > 3 ? 3 : (int)hints, exercise->points);
    if (worth > standing->best) standing->best = worth;
    if (!db_column_integer(statement, 1) || strcmp(verdict, "pass") != 0) return;
    standing->passed = true;
    int64_t time = db_column_integer(statement, 5) / SECOND;
    if (!standing->passed_time || time < standing->passed_time) standing->passed_time = time;
    compare(comparison, exercise, db_column_text(statement, 4));
}

static int weigh_attempts(struct progress *progress, const struct exercise *exercise,
                          struct progress_standing *standing, struct err *err) {
    /* Of an attempt from before `whole` was kept, the number of its checks is all there is to go by. */
    static const char sql[] =
        "SELECT verdict, coalesce(whole, (SELECT count(*) FROM checks WHERE attempt = attempts.id) >= ?2),"
        " (SELECT sum(points) FROM checks WHERE attempt = attempts.id),"
        " (SELECT count(*) FROM hints WHERE exercise = attempts.exercise AND time < began), fingerprint, began"
        " FROM attempts WHERE exercise = ?1";
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, sql,
                   DB_VALUES(db_text(exercise->key), db_integer((int64_t)exercise->check_count)), err))
        return -1;
    struct comparison comparison = {0};
    int step;
    while ((step = db_step(&statement, err)) > 0) weigh(standing, exercise, &statement, &comparison);
    standing->changed = comparison.known && !comparison.same;
    return step;
}

/* Sums the time worked, and notes the last attempt. */
static int measure_time(struct progress *progress, const struct exercise *exercise, struct progress_standing *standing,
                        struct err *err) {
    static const char sql[] = "SELECT time, 0 FROM opened WHERE exercise = ?1"
                              " UNION ALL SELECT began, 1 FROM attempts WHERE exercise = ?1 ORDER BY 1";
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise->key)), err)) return -1;
    int step;
    for (int64_t before = INT64_MIN, now; (step = db_step(&statement, err)) > 0; before = now) {
        now = db_column_integer(&statement, 0);
        standing->started = true;
        if (db_column_integer(&statement, 1)) standing->last_time = now / SECOND;
        if (before != INT64_MIN && now - before <= (int64_t)LONGEST_GAP * SECOND)
            standing->minutes += (double)(now - before) / SECOND / 60;
    }
    return step;
}

/* What was done under a former id of an exercise is brought under its present one. */
static int adopt(struct progress *progress, const char *former, const char *id, struct err *err) {
    static const char any[] = "SELECT EXISTS (SELECT 1 FROM attempts WHERE exercise = ?1)"
                              " OR EXISTS (SELECT 1 FROM opened WHERE exercise = ?1)"
                              " OR EXISTS (SELECT 1 FROM hints WHERE exercise = ?1)";
    static const char *const moves[] = {
        "UPDATE attempts SET exercise = ?2 WHERE exercise = ?1",
        "UPDATE OR REPLACE opened SET exercise = ?2 WHERE exercise = ?1",
        "UPDATE OR REPLACE hints SET exercise = ?2 WHERE exercise = ?1",
    };
    int64_t found;
    if (db_number(&found, progress, any, DB_VALUES(db_text(former)), err)) return -1;
    if (!found) return 0;
    scoped(transaction) transaction = {0};
    if (transaction_begin(&transaction, progress, err)) return -1;
    for (size_t i = 0; i < LENGTH(moves); i++)
        if (db_run(progress, moves[i], DB_VALUES(db_text(former), db_text(id)), err)) return -1;
    return transaction_commit(&transaction, err);
}

int progress_adopt(struct progress *progress, const struct exercise *exercise, struct err *err) {
    for (size_t i = 0; i < exercise->aliases.count; i++) {
        autofree char *former = str_format("%s%s", exercise->scope, exercise->aliases.items[i]);
        if (adopt(progress, former, exercise->key, err)) return -1;
    }
    return 0;
}

int progress_standing(struct progress *progress, const struct exercise *exercise, struct progress_standing *standing,
                      struct err *err) {
    if (progress_adopt(progress, exercise, err)) return -1;
    *standing = (struct progress_standing){.possible = exercise->points};
    int64_t hints;
    if (weigh_attempts(progress, exercise, standing, err) || measure_time(progress, exercise, standing, err) ||
        db_number(&hints, progress, "SELECT count(*) FROM hints WHERE exercise = ?", DB_VALUES(db_text(exercise->key)),
                  err))
        return -1;
    standing->hints_taken = (int)hints;
    standing->hint_cost = progress_hint_cost(standing->hints_taken, exercise->points);
    return 0;
}

void progress_recent_release(struct progress_recent *recent) {
    for (size_t i = 0; i < recent->count; i++) free(recent->exercises[i]);
    free(recent->exercises);
    *recent = (struct progress_recent){0};
}

int progress_recent(struct progress *progress, struct progress_recent *recent, struct err *err) {
    static const char sql[] = "SELECT exercise, max(time) FROM (SELECT exercise, time FROM opened"
                              " UNION ALL SELECT exercise, began FROM attempts) GROUP BY exercise ORDER BY 2 DESC, 1";
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, sql, DB_NO_VALUES, err)) return -1;
    array(char *) exercises = {0};
    int step;
    while ((step = db_step(&statement, err)) > 0)
        *array_push(&exercises) = mem_copy_string(db_column_text(&statement, 0));
    *recent = (struct progress_recent){exercises.items, exercises.count};
    if (step < 0) progress_recent_release(recent);
    return step;
}

void progress_workspaces_release(struct progress_workspaces *workspaces) {
    for (size_t i = 0; i < workspaces->count; i++) free(workspaces->folders[i]);
    free(workspaces->folders);
    *workspaces = (struct progress_workspaces){0};
}

int progress_workspaces(struct progress *progress, const char *exercise, struct progress_workspaces *workspaces,
                        struct err *err) {
    static const char sql[] = "SELECT workspace FROM opened WHERE exercise = ?1"
                              " UNION SELECT workspace FROM attempts WHERE exercise = ?1 ORDER BY 1";
    scoped(statement) statement = {0};
    *workspaces = (struct progress_workspaces){0};
    if (db_prepare(&statement, progress, sql, DB_VALUES(db_text(exercise)), err)) return -1;
    array(char *) folders = {0};
    int step;
    while ((step = db_step(&statement, err)) > 0)
        *array_push(&folders) = mem_copy_string(db_column_text(&statement, 0));
    *workspaces = (struct progress_workspaces){folders.items, folders.count};
    if (step < 0) progress_workspaces_release(workspaces);
    return step;
}
