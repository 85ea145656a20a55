#pragma once
/*
 * What the learner has done: one SQLite file (WAL), written in short transactions by any number of processes at once.
 * Its schema is versioned by user_version. A database that is damaged, foreign, or of a newer lab, is never replaced: the
 * caller gets an error that says what to do. Once a day a copy, proved sound, is kept beside it as lab.db.bak. The only
 * place that includes sqlite3.h.
 *
 * An exercise is known by its key (course.h), which never changes, and not by the folder of its course, which moves: the
 * folder is kept with each attempt as a fact, and no question depends on it. `exercise` is such a key everywhere here.
 *
 * Strings handed in are copied. Every function may be called again after it has failed.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "course/course.h"
#include "course/verdict.h"

struct progress;

/* Opens the database, made when there is none (unless its backup is there). */
int progress_open(struct progress **progress, const char *path, struct err *err);
int progress_open_usual(struct progress **progress, struct err *err); /* lab.db of path_places */
bool progress_exists(void);                                           /* the usual one; none is made by looking */
void progress_close(struct progress *progress);
void progress_close_pointer(struct progress **progress); /* cleanup */

/* Puts a damaged or missing database aside as `*kept` ("PATH.broken", then "PATH.broken-2" …; NULL when there was none)
 * and its backup, or else an empty one, in its place. ERR_USAGE when the database is sound. The caller frees *kept. */
int progress_recover(const char *path, char **kept, bool *from_backup, struct err *err);

/* ---- attempts: begun before the checks, finished after them, so that a kill leaves "interrupted" ---- */

struct progress_attempt {
    const char *course, *exercise, *workspace, *tree;
    int number; /* of refs/lab/attempts, 0 when not recorded there */
    uint64_t seed;
    const char *fingerprint; /* of the exercise's checks (exercise_fingerprint), or NULL */
    bool whole;              /* of every check that counts, not of some */
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

/* Notes that the learner opened it; of one workspace, the first time counts. */
int progress_started(struct progress *progress, const char *exercise, const char *workspace, struct err *err);

/* ---- reading ---- */

/* Of one exercise. An attempt is worth its points less the cost of the hints that were taken before it began, so a hint
 * never reduces what was reached without it; the best attempt counts. It passes by an attempt with the verdict "pass"
 * that ran every check that counted at its time. It has changed since then when the checks that it passed are known, and
 * none of them are those of today. */
struct progress_standing {
    bool started, passed, changed;
    int attempts, best, possible;
    int hints_taken, hint_cost; /* cost: what the hints taken so far take off an attempt made now */
    int64_t last_time;          /* of the last attempt, 0 when none; seconds since 1970 */
    int64_t passed_time;        /* of the first attempt that passed, 0 when none */
    double minutes;             /* worked: gaps between opening and attempts of at most 30 minutes, summed */
};
/* Moves what was done under an alias of the exercise to its id. */
int progress_adopt(struct progress *progress, const struct exercise *exercise, struct err *err);

/* Adopts first. */
int progress_standing(struct progress *progress, const struct exercise *exercise, struct progress_standing *standing,
                      struct err *err);

/* Every exercise that was opened or attempted, by the time of the last such event, newest first. */
struct progress_recent {
    char **exercises;
    size_t count;
};
void progress_recent_release(struct progress_recent *recent);
int progress_recent(struct progress *progress, struct progress_recent *recent, struct err *err);

/* The folders in which an exercise was opened or attempted, in byte order. */
struct progress_workspaces {
    char **folders;
    size_t count;
};
void progress_workspaces_release(struct progress_workspaces *workspaces);
int progress_workspaces(struct progress *progress, const char *exercise, struct progress_workspaces *workspaces,
                        struct err *err);

/* The checks of the last attempt that ran to its end, in the author's order: for `lab hint`. False in *found when there
 * is none. */
struct progress_last {
    char verdict[16];
    struct {
        char id[65];
        enum verdict verdict;
        char reason[65];
    } checks[256];
    size_t count;
};
int progress_last_attempt(struct progress *progress, const char *exercise, struct progress_last *last, bool *found,
                          struct err *err);

/* What came of a check when it last ran, in whichever attempt that ran to its end. */
struct progress_result {
    bool known; /* it ran once */
    enum verdict verdict;
    char reason[65];
    int64_t began; /* of its attempt, microseconds since 1970 */
};
/* Of the exercise's checks, parallel to them. */
int progress_results(struct progress *progress, const struct exercise *exercise, struct progress_result *results,
                     struct err *err);

/* The verdict and points of an attempt by its number, for `lab history`; "" when unknown, "interrupted" when it was never
 * finished. */
int progress_attempt_summary(struct progress *progress, const char *exercise, const char *workspace, int number,
                             char verdict[16], int *points, struct err *err);

/* ---- hints ---- */

/* The rungs taken of an exercise, oldest first; a rung is known by its text. */
struct progress_hints {
    struct {
        char *check, *say;
    } * items;
    size_t count;
};
void progress_hints_release(struct progress_hints *hints);
int progress_hints(struct progress *progress, const char *exercise, struct progress_hints *hints, struct err *err);
bool progress_hints_have(const struct progress_hints *hints, const char *say);

/* Notes that a rung was shown; *taken counts the exercise's distinct rungs afterwards. */
int progress_take_hint(struct progress *progress, const char *exercise, const char *check, const char *say, int *taken,
                       struct err *err);

/* What so many distinct rungs take off: 0, 5 and 15 % of the points for 1, 2 and 3 or more, rounded down. */
int progress_hint_cost(int taken, int points);
int progress_hint_percent(int taken);

/* ---- what the learner has chosen ---- */

#define PROGRESS_ROLE "role" /* a role's name, see course/skills.h */

int progress_setting(struct progress *progress, const char *name, char **value /* NULL: none; caller frees */,
                     struct err *err);
int progress_set(struct progress *progress, const char *name, const char *value /* NULL: none */, struct err *err);

/* ---- moving; docs/progress.md describes the document ---- */

json_t *progress_export(struct progress *progress, struct err *err); /* {"format": "lab-progress-3", …} */

/* Takes over what an export holds: with `merge` beside what is there (an attempt known already is not added again), else
 * only into an empty database. A role is taken over where none is chosen. All or nothing. *added counts attempts,
 * openings and hints. ERR_USAGE names the place in the document that is wrong. */
int progress_import(struct progress *progress, const json_t *document, bool merge, size_t *added, struct err *err);
