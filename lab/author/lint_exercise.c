/* What exercise.yaml says, beyond its format: points, minutes, titles, skills, needs. */

#include "author/lint_rules.h"
#include "course/skills.h"
#include "term/term.h"

enum { TITLE_COLUMNS = 60, OBJECTIVE_COLUMNS = 160, PLAIN_PER_CENT = 40 };

/* What an exercise of a difficulty is worth, and how long it takes. */
static const struct band {
    int points_least, points_most, minutes_least, minutes_most;
} bands[] = {
    {0, 0, 0, 0}, {40, 60, 10, 40}, {50, 80, 25, 60}, {80, 100, 40, 240}, /* a capstone takes an afternoon */
};

static void judge_bands(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    const struct band *band = &bands[exercise->difficulty];
    if (exercise->points < band->points_least || exercise->points > band->points_most)
        lint_add(lint, "W103", exercise->file, yaml_place(lint->root, "difficulty"),
                 "its checks give %d points; difficulty %d has %d to %d", exercise->points, exercise->difficulty,
                 band->points_least, band->points_most);
    if (exercise->minutes < band->minutes_least || exercise->minutes > band->minutes_most)
        lint_add(lint, "W104", exercise->file, yaml_place(lint->root, "minutes"),
                 "%d minutes; difficulty %d has %d to %d", exercise->minutes, exercise->difficulty, band->minutes_least,
                 band->minutes_most);
}

static void judge_length(struct lint *lint, const char *code, const char *text, int most, struct yaml_position at) {
    int columns = term_columns(text, strlen(text));
    if (columns > most)
        lint_add(lint, code, lint->exercise->file, at, "%d columns long; %d can be read at a glance", columns, most);
}

static void judge_texts(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    judge_length(lint, "W105", exercise->title, TITLE_COLUMNS, yaml_place(lint->root, "title"));
    judge_length(lint, "W106", exercise->objective, OBJECTIVE_COLUMNS, yaml_place(lint->root, "objective"));
    for (size_t i = 0; i < exercise->check_count; i++)
        judge_length(lint, "W105", exercise->checks[i].title, TITLE_COLUMNS, lint_check_at(lint, i, "title"));
}

/* ---- weight ---- */

static void judge_weight(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    int plain = 0;
    bool decisive = false;
    for (size_t i = 0; i < exercise->check_count; i++) {
        if (exercise->checks[i].decisive && exercise->checks[i].points) decisive = true;
        if (!exercise->checks[i].decisive) plain += exercise->checks[i].points;
    }
    if (!decisive) {
        lint_add(lint, "E101", exercise->file, yaml_place(lint->root, "checks"),
                 "no check with points is decisive, so the untouched start may pass them all");
        return;
    }
    if (plain * 100 >= exercise->points * PLAIN_PER_CENT)
        lint_add(lint, "E102", exercise->file, yaml_place(lint->root, "checks"),
                 "checks that are not decisive give %d of %d points; they have to stay below %d %%", plain,
                 exercise->points, PLAIN_PER_CENT);
}

/* ---- needs, hints ---- */

static void judge_need(struct lint *lint, size_t index, const struct check *need) {
    const struct exercise *exercise = lint->exercise;
    const struct check *check = &exercise->checks[index];
    struct yaml_position at = lint_check_at(lint, index, "needs");
    if (!need->points)
        lint_add(lint, "N107", exercise->file, at, "%s needs %s, which gives no points", check->id, need->id);
    if (need->hidden && !check->hidden)
        lint_add(lint, "W108", exercise->file, at,
                 "%s needs %s, which is hidden: a learner whose work is held up here sees no reason", check->id,
                 need->id);
    if (need->decisive && !check->decisive)
        lint_add(lint, "N116", exercise->file, at,
                 "%s needs %s, which is decisive: the start is held up there, and cannot pass it", check->id, need->id);
}

static bool equal(const char *a, const char *b) { return a == b || (a && b && !strcmp(a, b)); }

/* True when one of the hints before it says the same for the same reason. */
static bool is_said(const struct hints *hints, size_t index) {
    const struct hint *hint = &hints->items[index];
    for (size_t i = 0; i < index; i++)
        if (equal(hints->items[i].when, hint->when) && !strcmp(hints->items[i].say, hint->say)) return true;
    return false;
}

static void judge_hints(struct lint *lint, size_t index) {
    const struct exercise *exercise = lint->exercise;
    const struct check *check = &exercise->checks[index];
    if (!check->hints.count && !exercise->hints.count)
        lint_add(lint, "N110", exercise->file, check->at, "no hint leads on from %s", check->id);
    for (size_t i = 1; i < check->hints.count; i++)
        if (is_said(&check->hints, i))
            lint_add(lint, "W109", exercise->file, lint_check_at(lint, index, "hints"), "%s gives one hint twice",
                     check->id);
}

/* ---- skills ---- */

/* A course without a table, or with one that has faults of its own, takes every skill. */
static void judge_skills(struct lint *lint) {
    const struct strings *skills = &lint->exercise->skills;
    const struct skill_table *table = course_skills_heard(lint->course, NULL);
    const struct yaml_node *list = yaml_get(lint->root, "skills");
    for (size_t i = 0; table && list && i < skills->count && i < list->count; i++) {
        if (skill_find(table, skills->items[i])) continue;
        autofree const char **known = mem_alloc((table->count + 1) * sizeof *known);
        for (size_t k = 0; k < table->count; k++) known[k] = table->items[k].id;
        const char *nearest = string_nearest(skills->items[i], known, table->count);
        lint_add(lint, "W115", lint->exercise->file, list->items[i].at, "%s has no skill '%s'%s%s%s", SKILLS_FILE,
                 skills->items[i], nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    }
}

/* ---- tools ---- */

/* The container engine alone may be named without being listed. */
static void judge_tool(struct lint *lint, size_t index) {
    const struct check *check = &lint->exercise->checks[index];
    const struct tool_need *tool = check->tool ? tools_find(&lint->exercise->tools, check->tool) : NULL;
    if (tool && tool->unlisted)
        lint_add(lint, "W117", lint->exercise->file, lint_check_at(lint, index, "tool"),
                 "%s needs %s, which requires.tools does not list", check->id, tool->name);
}

void lint_exercise(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    judge_bands(lint);
    judge_texts(lint);
    judge_weight(lint);
    judge_skills(lint);
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        for (size_t k = 0; k < check->needs.count; k++)
            judge_need(lint, i, exercise_check(exercise, check->needs.items[k]));
        judge_hints(lint, i);
        judge_tool(lint, i);
    }
}
