#include "course/skills.h"

#include <errno.h>

#include "base/beneath.h"
#include "course/load.h"

/* ---- roles ---- */

static const struct {
    const char *name, *title;
} roles[ROLE_COUNT] = {
    [ROLE_PRACTITIONER] = {"practitioner", "MLOps Practitioner"},
    [ROLE_MLOPS_ENGINEER] = {"mlops-engineer", "MLOps Engineer"},
    [ROLE_AI_PLATFORM_ENGINEER] = {"ai-platform-engineer", "AI Platform Engineer"},
};

const char *role_name(enum role role) { return roles[role].name; }
const char *role_title(enum role role) { return roles[role].title; }

int role_parse(enum role *role, const char *name, struct err *err) {
    const char *names[ROLE_COUNT];
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        names[i] = roles[i].name;
        if (strcmp(name, names[i]) != 0) continue;
        *role = (enum role)i;
        return 0;
    }
    const char *nearest = string_nearest(name, names, ROLE_COUNT);
    if (nearest)
        err_set(err, ERR_USAGE, "no role '%s', did you mean '%s'?", name, nearest);
    else
        err_set(err, ERR_USAGE, "no role '%s'", name);
    return err_help(err, "the roles are %s, %s and %s", names[0], names[1], names[2]);
}

/* ---- the table ---- */

static bool is_there(const struct course *course) {
    struct stat info;
    return !beneath_stat(course->folder, SKILLS_FILE, &info) || errno != ENOENT;
}

const struct skill_table *find_skills(struct course *course, struct problem_report *report) {
    if (!course->skills && is_there(course)) {
        struct skill_table *table = arena_alloc(&course->arena, sizeof *table);
        if (!load_skills(course, table, report)) course->skills = table;
    }
    return course->skills;
}

int course_skills(struct course *course, const struct skill_table **table, struct err *err) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    *table = find_skills(course, &report);
    return problem_report_finish(&report, err);
}

const struct skill_table *course_skills_heard(struct course *course, const struct course_listener *listener) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    report.listener = listener;
    return find_skills(course, &report);
}

const struct skill *skill_find(const struct skill_table *table, const char *id) {
    for (size_t i = 0; i < table->count; i++)
        if (!strcmp(table->items[i].id, id)) return &table->items[i];
    return NULL;
}

bool exercise_trains(const struct exercise *exercise, const char *skill) {
    for (size_t i = 0; i < exercise->skills.count; i++)
        if (!strcmp(exercise->skills.items[i], skill)) return true;
    return false;
}
