#pragma once
/*
 * How far the learner is in a course, counted in every way that is shown: by track, maturity level, phase of the life cycle, layer
 * and skill. All of it is verified work, the points of attempts; what a learner states has no part in it. An exercise of
 * several tracks counts once, and one of no track not at all.
 */

#include "course/skills.h"
#include "progress/track.h"

struct tally {
    int exercises, passed, points, possible;
};

struct skill_standing {
    const struct skill *skill;
    const struct exercise_standing **exercises; /* of the whole course that train it, in the tracks' order */
    size_t count;
    struct tally tally;
    int level; /* 0 to 3, see survey_level */
};

struct survey {
    struct track_standing *tracks;
    size_t track_count;
    const struct exercise_standing **exercises; /* each once, in the tracks' order */
    size_t count;
    struct tally whole, levels[LEVEL_COUNT], phases[PHASE_COUNT], layers[LAYER_COUNT];
    struct skill_standing *skills; /* in the order of the course's table; NULL when it has none */
    size_t skill_count;
};

/* Of all tracks of the course, or of `only` one; skills are always those of the whole course. Everything is allocated in arena; what it points to belongs to the course. */
int survey_course(struct survey *survey, struct progress *progress, struct course *course, const struct track *only,
                  struct arena *arena, struct err *err);

/* What is said where maturity levels are shown. */
#define SURVEY_SCALE "Maturity levels here are 0 to 3. Other scales count differently: one has 0 to 2, one 0 to 4."

/* The level of a skill: 1 from SURVEY_LEVEL_1 % of the points of the exercises that train it, and so on; for level 3 several of
 * them are passed, since one alone is one occasion. Who passed all of them is at 3, however many hints it took. */
enum { SURVEY_LEVEL_1 = 25, SURVEY_LEVEL_2 = 60, SURVEY_LEVEL_3 = 85, SURVEY_PASSED_3 = 2 };
int survey_level(const struct tally *tally);

/* How many levels a skill is below what a role needs; 0 when it is not. */
int skill_gap(const struct skill_standing *standing, enum role role);

/* How many of the skills that a role asks for, *asked, are at the level that it needs. */
int survey_met(const struct survey *survey, enum role role, int *asked);

/* What to do next in a role: of the skills below their target that have an exercise which is not passed, the one with the
 * largest gap, of equal ones that with the fewer per cent, of equal ones that with the easier exercise; of its exercises one that
 * was started, else that of the lowest level and difficulty, the first of equals. Those that wait for what this machine lacks come last. False when there is none. */
struct survey_advice {
    const struct skill_standing *skill;
    const struct exercise_standing *exercise;
};
bool survey_next(const struct survey *survey, enum role role, struct survey_advice *advice);
