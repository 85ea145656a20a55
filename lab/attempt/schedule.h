#pragma once
/*
 * Which check may run when. A check waits until those that it needs have passed; when one of them did not, it is blocked by it.
 * Pure bookkeeping: no process, no clock.
 */

#include <stdbool.h>
#include <stddef.h>

#include "course/course.h"
#include "course/verdict.h"

enum stage { STAGE_SKIPPED, STAGE_WAITING, STAGE_RUNNING, STAGE_DONE };

struct schedule {
    const struct exercise *exercise;
    enum stage *stages;     /* parallel to the exercise's checks */
    enum verdict *verdicts; /* of those done */
    size_t *order;          /* indexes of the checks, in the order in which they are looked at */
};

/* `only`: ids, NULL-terminated, run with what they need; NULL: all. ERR_USAGE for an unknown id. */
int schedule_init(struct schedule *schedule, const struct exercise *exercise, const char *const *only, struct err *err);

/* Draws another order than the author's from the number. */
void schedule_shuffle(struct schedule *schedule, uint64_t number);
void schedule_release(struct schedule *schedule);

/* The next check in order that can be settled now: true with its index, and in *blocked_by the id of the need
 * that bars it, or NULL when it may run. False when none can. */
bool schedule_next(const struct schedule *schedule, size_t *index, const char **blocked_by);

void schedule_begin(struct schedule *schedule, size_t index);
void schedule_finish(struct schedule *schedule, size_t index, enum verdict verdict);

/* True while some selected check continues from the work of this one and has not begun. */
bool schedule_work_is_needed(const struct schedule *schedule, size_t index);
