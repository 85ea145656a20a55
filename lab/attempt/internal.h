#pragma once
/* What the files of this room share: one attempt's facts, and one check's runner. Fixed before the first fork; runners
 * and workers read them in their copies. */

#include "attempt/attempt.h"
#include "attempt/scratch.h"
#include "base/arena.h"
#include "box/walls.h"
#include "checker/checker.h"
#include "course/answers.h"

struct attempt {
    const struct attempt_options *options;
    struct attempt_facts facts;
    struct walls walls;
    struct scratch scratch;
    struct checker *checker; /* NULL: no check runs Lua */
    struct str checker_text;
    struct answers answers;     /* to the exercise's questions, as they stand in the tree */
    const char *covered[6];     /* folders that no program may see: courses, and places of lab's */
    const char **interpreter;   /* folders of the Python that the environment is made of (python_base_folders) */
    char *checker_name;         /* exercises/ID/checker.lua, as messages show it */
    json_t *exercise;           /* facts for the prelude */
    const char **fixed;         /* the variables of every run, "NAME=value" */
    struct instance *instances; /* of its services (instances.h) */
    size_t instance_count;
    uint16_t *ports;    /* theirs */
    const char **given; /* variables that they give, "NAME=value", NULL-terminated; NULL: none */
    pid_t keeper;       /* 0: none */
    int desk;           /* where runners hand listeners in to the keeper; -1: none */
    struct arena arena;
};

enum { CHECKER_MOST = 1 << 20 /* bytes of a checker.lua */ };

/* What the prelude may know of an exercise; its services are planned by now, or as they would be. */
json_t *attempt_facts_of(const struct attempt *attempt, const struct course *course, const struct exercise *exercise);
