#pragma once
/*
 * The skills that a course trains, and the level of each that three roles ask for: exercises/shared/skills.yaml, which a
 * course may lack. Which exercises train a skill is said by the exercises alone.
 */

#include "course/course.h"

#define SKILLS_FILE "exercises/shared/skills.yaml"

enum role { ROLE_PRACTITIONER, ROLE_MLOPS_ENGINEER, ROLE_AI_PLATFORM_ENGINEER, ROLE_COUNT };
enum { SKILL_LEVEL_MOST = 3 };

const char *role_name(enum role role);  /* "mlops-engineer" */
const char *role_title(enum role role); /* "MLOps Engineer" */

/* ERR_USAGE, with the nearest or with all of them, when there is no such role. */
int role_parse(enum role *role, const char *name, struct err *err);

struct skill {
    const char *id, *what;
    int targets[ROLE_COUNT]; /* levels, 0 to 3 */
    struct yaml_position at; /* of its id */
};

struct skill_table {
    struct skill *items; /* in the author's order */
    size_t count;
    struct {
        const char *exercise, *file; /* where a learner states levels: a file of that exercise's workspace; or NULL */
        struct yaml_position at;
    } stated;
};

/* The course's table, read and checked on first use; NULL in *table when it has none. ERR_COURSE with up to 20 located errors when
 * the file is invalid. */
int course_skills(struct course *course, const struct skill_table **table, struct err *err);

/* The same; NULL also when the file has faults, which the listener (may be NULL) hears. */
const struct skill_table *course_skills_heard(struct course *course, const struct course_listener *listener);

const struct skill *skill_find(const struct skill_table *table, const char *id); /* NULL when there is none */

bool exercise_trains(const struct exercise *exercise, const char *skill);
