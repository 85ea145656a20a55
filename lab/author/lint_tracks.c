/* Exercises that no track has: they are found by their id alone. */

#include "author/lint_rules.h"

static bool is_listed(const struct course *course, const char *id) {
    for (size_t i = 0; i < course->track_count; i++) {
        const struct track *track = &course->tracks[i];
        for (size_t k = 0; k < track->module_count; k++)
            for (size_t n = 0; n < track->modules[k].exercises.count; n++)
                if (!strcmp(track->modules[k].exercises.items[n], id)) return true;
    }
    return false;
}

void lint_tracks(struct lint *lint) {
    const struct strings *ids = &lint->course->exercise_ids;
    for (size_t i = 0; i < ids->count; i++) {
        if (is_listed(lint->course, ids->items[i])) continue;
        const char *file = arena_printf(&lint->arena, "exercises/%s/exercise.yaml", ids->items[i]);
        lint_add(lint, "N003", file, (struct yaml_position){1, 1}, "no track has %s", ids->items[i]);
    }
}
