#include "attempt/schedule.h"

#include <stdlib.h>

#include "base/draw.h"
#include "base/mem.h"
#include "base/str.h"

static size_t index_of(const struct exercise *exercise, const char *id) {
    return exercise_check_index(exercise, exercise_check(exercise, id));
}

/* Selects a check and what it needs; needs have no cycles (the course is checked). */
static void select_check(struct schedule *schedule, size_t index) {
    if (schedule->stages[index] == STAGE_WAITING) return;
    schedule->stages[index] = STAGE_WAITING;
    const struct strings *needs = &schedule->exercise->checks[index].needs;
    for (size_t i = 0; i < needs->count; i++) select_check(schedule, index_of(schedule->exercise, needs->items[i]));
}

static int unknown_check(const struct exercise *exercise, const char *id, struct err *err) {
    const char **ids = mem_alloc(exercise->check_count * sizeof *ids);
    for (size_t i = 0; i < exercise->check_count; i++) ids[i] = exercise->checks[i].id;
    const char *nearest = string_nearest(id, ids, exercise->check_count);
    free(ids);
    err_set(err, ERR_USAGE, "%s has no check '%s'%s%s%s", exercise->id, id, nearest ? ", did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    return err_help(err, "lab show %s", exercise->name);
}

int schedule_init(struct schedule *schedule, const struct exercise *exercise, const char *const *only,
                  struct err *err) {
    *schedule = (struct schedule){
        .exercise = exercise,
        .stages = mem_alloc(exercise->check_count * sizeof *schedule->stages),
        .verdicts = mem_alloc(exercise->check_count * sizeof *schedule->verdicts),
        .order = mem_alloc(exercise->check_count * sizeof *schedule->order),
    };
    for (size_t i = 0; i < exercise->check_count; i++) schedule->order[i] = i;
    for (size_t i = 0; !only && i < exercise->check_count; i++) schedule->stages[i] = STAGE_WAITING;
    for (; only && *only; only++) {
        if (!exercise_check(exercise, *only)) {
            schedule_release(schedule);
            return unknown_check(exercise, *only, err);
        }
        select_check(schedule, index_of(exercise, *only));
    }
    return 0;
}

/* Fisher and Yates. */
void schedule_shuffle(struct schedule *schedule, uint64_t number) {
    for (size_t i = schedule->exercise->check_count; i > 1; i--) {
        size_t other = draw_below(&number, i), kept = schedule->order[i - 1];
        schedule->order[i - 1] = schedule->order[other];
        schedule->order[other] = kept;
    }
}

void schedule_release(struct schedule *schedule) {
    free(schedule->order);
    free(schedule->stages);
    free(schedule->verdicts);
    *schedule = (struct schedule){0};
}

/* Whether all needs are settled; *blocked_by is the first that did not pass. */
static bool needs_are_settled(const struct schedule *schedule, size_t index, const char **blocked_by) {
    const struct strings *needs = &schedule->exercise->checks[index].needs;
    *blocked_by = NULL;
    for (size_t i = 0; i < needs->count; i++) {
        size_t need = index_of(schedule->exercise, needs->items[i]);
        if (schedule->stages[need] != STAGE_DONE) return false;
        if (schedule->verdicts[need] != VERDICT_PASS && !*blocked_by) *blocked_by = needs->items[i];
    }
    return true;
}

bool schedule_next(const struct schedule *schedule, size_t *index, const char **blocked_by) {
    for (size_t i = 0; i < schedule->exercise->check_count; i++) {
        size_t next = schedule->order[i];
        if (schedule->stages[next] != STAGE_WAITING || !needs_are_settled(schedule, next, blocked_by)) continue;
        *index = next;
        return true;
    }
    return false;
}

void schedule_begin(struct schedule *schedule, size_t index) { schedule->stages[index] = STAGE_RUNNING; }

void schedule_finish(struct schedule *schedule, size_t index, enum verdict verdict) {
    schedule->stages[index] = STAGE_DONE;
    schedule->verdicts[index] = verdict;
}

bool schedule_work_is_needed(const struct schedule *schedule, size_t index) {
    const struct exercise *exercise = schedule->exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const char *from = exercise->checks[i].from;
        if (from && index_of(exercise, from) == index && schedule->stages[i] == STAGE_WAITING) return true;
    }
    return false;
}
