#pragma once
/* How far the learner is in a track: points by module and exercise, and what the certificate still waits for. */

#include "base/arena.h"
#include "course/course.h"
#include "progress/progress.h"

/* A check, no bonus, that was not judged when it last ran, since this machine lacks what it needs. */
struct unjudged {
    const struct check *check;
    const char *needs; /* "docker"; NULL when it is not known */
};

struct exercise_standing {
    const struct exercise *exercise;
    struct progress_standing standing;
    struct unjudged *unjudged; /* in the author's order; none once the exercise is passed */
    size_t unjudged_count;
    const struct check *failing; /* the first, no bonus, that failed when it last ran; or NULL */
    bool waits;                  /* all that did not pass is unjudged, and there is some */
};

/* A module is passed when its points reach the track's module_min, in % of those possible. One without exercises is
 * neither passed nor failed. */
struct module_standing {
    const struct module *module;
    struct exercise_standing *exercises; /* in the module's order */
    size_t count;
    int points, possible, hint_cost;
    int percent; /* rounded down */
    int missing; /* points up to module_min */
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

/* Fills what stands behind `exercise`; `failing` belongs to it, what was not judged is allocated in arena. */
int exercise_stand(struct exercise_standing *one, struct progress *progress, struct arena *arena, struct err *err);

int percent_of(int points, int possible); /* rounded down; 0 of nothing */

/* Everything is allocated in arena; exercises belong to the course. */
int track_standing(struct track_standing *standing, struct progress *progress, struct course *course,
                   const struct track *track, struct arena *arena, struct err *err);
