#include "progress/track.h"

static int percent_of(int points, int possible) { return possible ? (int)((int64_t)points * 100 / possible) : 0; }

static int stand_in_module(struct module_standing *standing, struct progress *progress, struct course *course,
                           int module_min, struct arena *arena, struct err *err) {
    const struct strings *ids = &standing->module->exercises;
    standing->exercises = arena_alloc(arena, ids->count * sizeof *standing->exercises);
    for (size_t i = 0; i < ids->count; i++) {
        struct exercise_standing *one = &standing->exercises[standing->count++];
        one->exercise = course_exercise(course, ids->items[i], err);
        if (!one->exercise || progress_standing(progress, one->exercise, &one->standing, err)) return -1;
        standing->points += one->standing.best;
        standing->possible += one->standing.possible;
        standing->hint_cost += one->standing.hint_cost;
    }
    standing->percent = percent_of(standing->points, standing->possible);
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
