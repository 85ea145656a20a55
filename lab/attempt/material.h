#pragma once
/*
 * Material: what private() and shared() hand to a check. A generator of the exercise (or of exercises/shared/) runs once
 * for an attempt and a set of arguments, in a box of its own, since it sees what the learner's programs must not; each check that asks gets a copy of its own in
 * checks/ID/material/, which the learner's programs may read and which is watched for changes.
 */

#include "attempt/internal.h"
#include "box/box.h"

struct material {
    const struct attempt *attempt;
    struct box *box;
    const char *folder; /* checks/ID/material */
    const char *inside; /* where programs of the check's box find it */
    int interrupt;      /* readable when the attempt must end */
    json_t *handed;     /* {key: path} of what this check has got already */
    struct str stamps;  /* what the copies looked like when they were handed out */
    bool changed;       /* they looked otherwise later */
};

/* Answers a `material` request: the path of the copy, allocated. ERR_USAGE for misuse by the checker, ERR_INTERNAL when the
 * generator fails. */
int material_get(struct material *material, const json_t *request, char **path, struct err *err);

/* False when a copy was changed since it was handed out. */
bool material_untouched(struct material *material);
