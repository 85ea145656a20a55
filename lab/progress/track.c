#include "progress/track.h"

#include "base/str.h"

int percent_of(int points, int possible) { return possible ? (int)((int64_t)points * 100 / possible) : 0; }

/* ---- what was not judged ---- */

#define NEEDS "needs-" /* how the reason code of a check begins that lacks something with a name */

enum { NOT_BLOCKED = -1 };

/* The place of a blocked check in the attempt; NOT_BLOCKED when it is otherwise, or was not run. */
static long blocked_at(const struct progress_last *last, const char *id) {
    for (size_t i = 0; i < last->count; i++)
        if (!strcmp(last->checks[i].id, id)) return last->checks[i].verdict == VERDICT_BLOCKED ? (long)i : NOT_BLOCKED;
    return NOT_BLOCKED;
}

static bool has_passed(const struct progress_last *last, const char *id) {
    for (size_t i = 0; i < last->count; i++)
        if (!strcmp(last->checks[i].id, id)) return last->checks[i].verdict == VERDICT_PASS;
    return true; /* a check that is newer than the attempt held nothing up */
}

/* True when the check is blocked, and all that it waits for are checks of which the same is true. Needs run in no circle. */
static bool is_unjudged(const struct progress_last *last, const struct exercise *exercise, const struct check *check,
                        const char **reason) {
    long at = blocked_at(last, check->id);
    if (at == NOT_BLOCKED) return false;
    if (check->tool) *reason = check->tool;
    if (string_starts_with(last->checks[at].reason, NEEDS)) *reason = last->checks[at].reason + strlen(NEEDS);
    for (size_t i = 0; i < check->needs.count; i++) {
        const char *id = check->needs.items[i];
        if (!has_passed(last, id) && !is_unjudged(last, exercise, exercise_check(exercise, id), reason)) return false;
    }
    return true;
}

static int find_unjudged(struct exercise_standing *one, struct progress *progress, struct arena *arena,
                         struct err *err) {
    const struct exercise *exercise = one->exercise;
    struct progress_last last;
    bool found;
    if (!one->standing.attempts || one->standing.passed) return 0;
    if (progress_last_attempt(progress, exercise->key, &last, &found, err)) return -1;
    one->unjudged = arena_alloc(arena, exercise->check_count * sizeof *one->unjudged);
    for (size_t i = 0; i < exercise->check_count; i++) {
        const char *needs = NULL;
        const struct check *check = &exercise->checks[i];
        if (check->bonus || !is_unjudged(&last, exercise, check, &needs)) continue;
        one->unjudged[one->unjudged_count++] = (struct unjudged){check, arena_string(arena, needs)};
    }
    return 0;
}

int exercise_stand(struct exercise_standing *one, struct progress *progress, struct arena *arena, struct err *err) {
    return progress_standing(progress, one->exercise, &one->standing, err) || find_unjudged(one, progress, arena, err)
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
