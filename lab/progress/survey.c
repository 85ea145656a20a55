#include "progress/survey.h"

/* ---- counting ---- */

static void count(struct tally *tally, const struct progress_standing *standing) {
    tally->exercises++;
    tally->passed += standing->passed;
    tally->points += standing->best;
    tally->possible += standing->possible;
}

static void count_exercise(struct survey *survey, const struct exercise_standing *one) {
    count(&survey->whole, &one->standing);
    count(&survey->levels[one->exercise->level], &one->standing);
    count(&survey->phases[one->exercise->phase], &one->standing);
    count(&survey->layers[one->exercise->layer], &one->standing);
}

static bool is_counted(const struct survey *survey, const struct exercise *exercise) {
    for (size_t i = 0; i < survey->count; i++)
        if (survey->exercises[i]->exercise == exercise) return true;
    return false;
}

static void gather(struct survey *survey, const struct track_standing *track) {
    for (size_t i = 0; i < track->track->module_count; i++)
        for (size_t k = 0; k < track->modules[i].count; k++) {
            const struct exercise_standing *one = &track->modules[i].exercises[k];
            if (is_counted(survey, one->exercise)) continue;
            survey->exercises[survey->count++] = one;
            count_exercise(survey, one);
        }
}

static size_t most_exercises(const struct track_standing *tracks, size_t count) {
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tracks[i].track->module_count; k++) most += tracks[i].modules[k].count;
    return most;
}

/* ---- skills ---- */

int survey_level(const struct tally *tally) {
    int percent = percent_of(tally->points, tally->possible);
    bool several = tally->passed >= SURVEY_PASSED_3;
    return (percent >= SURVEY_LEVEL_1) + (percent >= SURVEY_LEVEL_2) + (percent >= SURVEY_LEVEL_3 && several);
}

static void stand_in_skill(struct skill_standing *standing, const struct survey *whole, struct arena *arena) {
    standing->exercises = arena_alloc(arena, (whole->count + 1) * sizeof *standing->exercises);
    for (size_t i = 0; i < whole->count; i++) {
        if (!exercise_trains(whole->exercises[i]->exercise, standing->skill->id)) continue;
        standing->exercises[standing->count++] = whole->exercises[i];
        count(&standing->tally, &whole->exercises[i]->standing);
    }
    standing->level = survey_level(&standing->tally);
}

static int stand_in_skills(struct survey *survey, const struct survey *whole, struct course *course,
                           struct arena *arena, struct err *err) {
    const struct skill_table *table;
    if (course_skills(course, &table, err)) return -1;
    if (!table) return 0;
    survey->skills = arena_alloc(arena, table->count * sizeof *survey->skills);
    survey->skill_count = table->count;
    for (size_t i = 0; i < table->count; i++) {
        survey->skills[i].skill = &table->items[i];
        stand_in_skill(&survey->skills[i], whole, arena);
    }
    return 0;
}

/* ---- the survey ---- */

static void survey_tracks(struct survey *survey, struct track_standing *tracks, size_t count, struct arena *arena) {
    *survey = (struct survey){.tracks = tracks, .track_count = count};
    survey->exercises = arena_alloc(arena, (most_exercises(tracks, count) + 1) * sizeof *survey->exercises);
    for (size_t i = 0; i < count; i++) gather(survey, &tracks[i]);
}

int survey_course(struct survey *survey, struct progress *progress, struct course *course, const struct track *only,
                  struct arena *arena, struct err *err) {
    struct survey whole;
    struct track_standing *tracks = arena_alloc(arena, (course->track_count + 1) * sizeof *tracks);
    for (size_t i = 0; i < course->track_count; i++)
        if (track_standing(&tracks[i], progress, course, &course->tracks[i], arena, err)) return -1;
    survey_tracks(&whole, tracks, course->track_count, arena);
    *survey = whole;
    if (only) survey_tracks(survey, &tracks[only - course->tracks], 1, arena);
    return stand_in_skills(survey, &whole, course, arena, err);
}

/* ---- what is next ---- */

int skill_gap(const struct skill_standing *standing, enum role role) {
    int gap = standing->skill->targets[role] - standing->level;
    return gap > 0 ? gap : 0;
}

int survey_met(const struct survey *survey, enum role role, int *asked) {
    int met = 0;
    *asked = 0;
    for (size_t i = 0; i < survey->skill_count; i++) {
        if (!survey->skills[i].skill->targets[role]) continue;
        ++*asked;
        met += !skill_gap(&survey->skills[i], role);
    }
    return met;
}

/* True when exercise a is to be done before b; of equal ones the earlier in the course stays. */
static bool goes_before(const struct exercise_standing *a, const struct exercise_standing *b) {
    if (a->standing.started != b->standing.started) return a->standing.started;
    if (a->exercise->level != b->exercise->level) return a->exercise->level < b->exercise->level;
    return a->exercise->difficulty < b->exercise->difficulty;
}

/* One that is not passed; with `waiting` also one that waits for what this machine lacks. */
static const struct exercise_standing *open_exercise(const struct skill_standing *standing, bool waiting) {
    const struct exercise_standing *found = NULL;
    for (size_t i = 0; i < standing->count; i++) {
        const struct exercise_standing *one = standing->exercises[i];
        if (one->standing.passed || (one->unjudged_count && !waiting)) continue;
        if (!found || goes_before(one, found)) found = one;
    }
    return found;
}

/* True when advice a is about a weaker skill than b, or about an equal one with an easier exercise. */
static bool is_weaker(const struct survey_advice *a, const struct survey_advice *b, enum role role) {
    const struct tally *left = &a->skill->tally, *right = &b->skill->tally;
    int gap = skill_gap(a->skill, role) - skill_gap(b->skill, role);
    int percent = percent_of(left->points, left->possible) - percent_of(right->points, right->possible);
    return gap ? gap > 0 : percent ? percent < 0 : goes_before(a->exercise, b->exercise);
}

static bool find_next(const struct survey *survey, enum role role, bool waiting, struct survey_advice *advice) {
    *advice = (struct survey_advice){0};
    for (size_t i = 0; i < survey->skill_count; i++) {
        struct survey_advice other = {.skill = &survey->skills[i]};
        if (skill_gap(other.skill, role)) other.exercise = open_exercise(other.skill, waiting);
        if (other.exercise && (!advice->skill || is_weaker(&other, advice, role))) *advice = other;
    }
    return advice->skill != NULL;
}

bool survey_next(const struct survey *survey, enum role role, struct survey_advice *advice) {
    return find_next(survey, role, false, advice) || find_next(survey, role, true, advice);
}
