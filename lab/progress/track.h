#pragma once
/* How far the learner is in a track: points by module and exercise, and what the certificate still waits for. */

#include "base/arena.h"
#include "course/course.h"
#include "progress/progress.h"

struct exercise_standing {
    const struct exercise *exercise;
    struct progress_standing standing;
};

/* A module is passed when its points reach the track's module_min, in % of those possible. One without exercises is
 * neither passed nor failed. */
struct module_standing {
    const struct module *module;
    struct exercise_standing *exercises; /* in the module's order */
    size_t count;
    int points, possible, hint_cost;
    int percent; /* rounded down */
    bool passed;
};

struct track_standing {
    const struct track *track;
    struct module_standing *modules; /* as many as the track has */
    size_t judged;                   /* modules that have exercises */
    bool passed;                     /* every judged one is, and there is one */
    bool started;
    const struct module_standing *weakest; /* of the judged ones: the least percent, the first of equals; or NULL */
};

/* Everything is allocated in arena; exercises belong to the course. */
int track_standing(struct track_standing *standing, struct progress *progress, struct course *course,
                   const struct track *track, struct arena *arena, struct err *err);
