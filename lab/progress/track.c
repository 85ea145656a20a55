#include "progress/track.h"

#include "base/str.h"

int percent_of(int points, int possible) { return possible ? (int)((int64_t)points * 100 / possible) : 0; }

/* ---- what is left of an exercise ---- */

#define NEEDS "needs-" /* how the reason code of a check begins that lacks something with a name */

struct results {
    const struct exercise *exercise;
    struct progress_result *items; /* parallel to its checks */
};

static const struct progress_result *result_of(const struct results *results, const struct check *check) {
    return &results->items[exercise_check_index(results->exercise, check)];
}

static bool has_passed(const struct progress_result *result) {
    return result->known && result->verdict == VERDICT_PASS;
}

static bool has_failed(const struct progress_result *result) {
    return result->known && verdict_is_failure(result->verdict);
}

/* True when the check is blocked, and all that it waits for are checks of which the same is true. One that names no lack of its
 * own, and of whose needs one passed only later, waited for that one: it may be judged now. Needs run in no circle. */
static bool is_unjudged(const struct results *results, const struct check *check, const char **reason) {
    const struct progress_result *result = result_of(results, check);
    if (!result->known || result->verdict != VERDICT_BLOCKED) return false;
    bool lacks = string_starts_with(result->reason, NEEDS), waits = false, late = false;
    if (check->tool) *reason = check->tool;
    if (lacks) *reason = result->reason + strlen(NEEDS);
    for (size_t i = 0; i < check->needs.count; i++) {
        const struct check *need = exercise_check(results->exercise, check->needs.items[i]);
        const struct progress_result *other = result_of(results, need);
        if (!other->known) continue; /* newer than the attempt, it held nothing up */
        if (has_passed(other))
            late |= other->began > result->began;
        else if (is_unjudged(results, need, reason))
            waits = true;
        else
            return false;
    }
    return lacks || waits || !late;
}

static void note_result(struct exercise_standing *one, const struct results *results, const struct check *check,
                        struct arena *arena) {
    const char *needs = NULL;
    if (!one->failing && has_failed(result_of(results, check))) one->failing = check;
    if (is_unjudged(results, check, &needs))
        one->unjudged[one->unjudged_count++] = (struct unjudged){check, arena_string(arena, needs)};
}

static int find_what_is_left(struct exercise_standing *one, struct progress *progress, struct arena *arena,
                             struct err *err) {
    const struct exercise *exercise = one->exercise;
    if (!one->standing.attempts || one->standing.passed) return 0;
    struct results results = {exercise, arena_alloc(arena, exercise->check_count * sizeof *results.items)};
    if (progress_results(progress, exercise, results.items, err)) return -1;
    one->unjudged = arena_alloc(arena, exercise->check_count * sizeof *one->unjudged);
    size_t left = 0;
    for (size_t i = 0; i < exercise->check_count; i++) {
        if (exercise->checks[i].bonus) continue;
        left += !has_passed(&results.items[i]);
        note_result(one, &results, &exercise->checks[i], arena);
    }
    one->waits = left && left == one->unjudged_count;
    return 0;
}

int exercise_stand(struct exercise_standing *one, struct progress *progress, struct arena *arena, struct err *err) {
    return progress_standing(progress, one->exercise, &one->standing, err) ||
                   find_what_is_left(one, progress, arena, err)
               ? -1
               : 0;
}

/* ---- modules ---- */

static int stand_in_module(struct module_standing *standing, struct progress *progress, struct course *course,
                           int module_min, struct arena *arena, struct err *err) {
    const struct strings *ids = &standing->module->exercises;
    standing->exercises = arena_alloc(arena, ids->count * sizeof *standing->exercises);
    for (size_t i = 0; i < ids->count; i++) {
        struct exercise_standing *one = &standing->exercises[standing->count++];
        one->exercise = course_exercise(course, ids->items[i], err);
        if (!one->exercise || exercise_stand(one, progress, arena, err)) return -1;
        standing->points += one->standing.best;
        standing->possible += one->standing.possible;
        standing->hint_cost += one->standing.hint_cost;
    }
    int needed = (int)(((int64_t)standing->possible * module_min + 99) / 100);
    standing->percent = percent_of(standing->points, standing->possible);
    standing->missing = standing->points < needed ? needed - standing->points : 0;
    standing->passed = standing->possible > 0 && standing->percent >= module_min;
    return 0;
}

static void judge(struct track_standing *standing, const struct module_standing *module) {
    for (size_t i = 0; i < module->count; i++) standing->started |= module->exercises[i].standing.started;
    if (!module->count) return;
    standing->passed = (standing->judged++ == 0 || standing->passed) && module->passed;
    if (!standing->weakest || module->percent < standing->weakest->percent) standing->weakest = module;
}

int track_standing(struct track_standing *standing, struct progress *progress, struct course *course,
                   const struct track *track, struct arena *arena, struct err *err) {
    *standing = (struct track_standing){.track = track};
    standing->modules = arena_alloc(arena, track->module_count * sizeof *standing->modules);
    for (size_t i = 0; i < track->module_count; i++) {
        struct module_standing *module = &standing->modules[i];
        module->module = &track->modules[i];
        if (stand_in_module(module, progress, course, track->module_min, arena, err)) return -1;
        judge(standing, module);
    }
    return 0;
}
