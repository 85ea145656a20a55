#pragma once
/*
 * What the learner has done: one SQLite file (WAL), written in short transactions by any number of processes at once.
 * Its schema is versioned by user_version. A database that is corrupted, or of a newer lab, is never replaced: the
 * caller gets an error that says what to do. The only place that includes sqlite3.h.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "course/course.h"
#include "course/verdict.h"

struct progress;

int progress_open(struct progress **progress, const char *path, struct err *err);
void progress_close(struct progress *progress);
void progress_close_pointer(struct progress **progress); /* cleanup */

/* ---- attempts: begun before the checks, finished after them, so that a kill leaves "interrupted" ---- */

struct progress_attempt {
    const char *course, *exercise, *workspace, *tree;
    int number; /* of refs/lab/attempts, 0 when not recorded there */
    uint64_t seed;
};
int progress_begin(struct progress *progress, const struct progress_attempt *attempt, int64_t *id, struct err *err);

struct progress_check {
    const char *id;
    enum verdict verdict;
    int points, points_possible;
    const char *reason; /* or NULL */
    double seconds;
};
int progress_finish(struct progress *progress, int64_t id, const char *verdict /* attempt's, or "interrupted" */,
                    const struct progress_check *checks, size_t count, double seconds, struct err *err);

/* ---- reading ---- */

struct progress_standing { /* of one exercise: the best attempt counts, hints' cost taken off */
    bool started, passed;
    int attempts, best, possible, hint_cost;
    int64_t last_time; /* of the last attempt, 0 when none */
    double minutes;    /* worked: gaps between attempts of at most 30 minutes, summed */
};
int progress_standing(struct progress *progress, const char *course, const struct exercise *exercise,
                      struct progress_standing *standing, struct err *err);

int progress_started(struct progress *progress, const char *course, const char *exercise, const char *workspace,
                     struct err *err); /* notes that the learner opened it */

/* The last finished attempt's checks, in the author's order: for `lab hint`. False in *found when there is none. */
struct progress_last {
    char verdict[16];
    struct {
        char id[65];
        enum verdict verdict;
        char reason[65];
    } checks[256];
    size_t count;
};
int progress_last_attempt(struct progress *progress, const char *course, const char *exercise,
                          struct progress_last *last, bool *found, struct err *err);

/* The verdict and points of an attempt by its number, for `lab history`; "" when unknown. */
int progress_attempt_summary(struct progress *progress, const char *course, const char *exercise, const char *workspace,
                             int number, char verdict[16], int *points, struct err *err);

/* ---- hints ---- */

/* Notes that a rung (identified by its text) was shown; *taken counts the exercise's distinct rungs afterwards. */
int progress_take_hint(struct progress *progress, const char *course, const char *exercise, const char *check,
                       const char *say, int *taken, struct err *err);
bool progress_hint_taken(struct progress *progress, const char *course, const char *exercise, const char *say);
int progress_hint_cost(int taken, int points); /* 0, 5 and 15 % of the points for 1, 2 and 3 or more */

/* ---- moving ---- */

json_t *progress_export(struct progress *progress, struct err *err); /* {"format": "lab-progress-1", …} */
/* Takes over what an export holds; with `merge`, beside what is there (equal attempts once), else only into an empty database. */
int progress_import(struct progress *progress, const json_t *document, bool merge, size_t *added, struct err *err);
