#pragma once
/*
 * The services that an attempt has: a fresh instance of each that its exercise requires, and of what those depend on. This is the
 * plan, fixed before the first fork; the keeper (keeper.h) runs them.
 */

#include "attempt/internal.h"

struct instance {
    const struct service *service;
    uint16_t port;           /* where it listens, and where programs of the checks find it */
    const char *data;        /* its folder in the scratch */
    const char *inside;      /* the same, where its own programs find it */
    const char *environment; /* folder of its Python environment */
};

/* Fills attempt->instances and what programs and checkers are told of them. The walls are known by now. ERR_ENVIRONMENT when a
 * Python environment of theirs is not built yet. */
int instances_plan(struct attempt *attempt, struct err *err);

/* {name: {port, env: {name: value}}} of the exercise's services, as checkers see them; without an attempt, as they would be in a box. */
json_t *instances_facts(const struct attempt *attempt, const struct course *course, const struct exercise *exercise);
