#pragma once
/*
 * The folders of one check in the scratch, checks/ID/: where they lie, and where programs in its box find them. The names
 * inside are the same on every machine: /lab/work, /lab/home, /lab/material, /lab/python, /tmp.
 */

#include "attempt/internal.h"
#include "box/box.h"
#include "workspace/python.h"

enum place { PLACE_WORK, PLACE_HOME, PLACE_TMP, PLACE_MATERIAL, PLACE_PYTHON, PLACE_PYTHON_SCRIPTS, PLACES };

struct places {
    char *own;   /* checks/ID */
    char *input; /* standard inputs of its programs, for the "try" line */
    /* As struct box_config wants them; the first four belong to the check, the last ones to the interpreter. */
    struct box_folder folders[PLACES + PYTHON_BASE_MOST + 1];
    const char *inside[PLACES]; /* where programs find them */
};

/* Makes the folders. `name` is the check's id. */
int places_make(struct places *places, const struct attempt *attempt, const char *name, struct err *err);

/* Lets the box's user (0: nobody) and nobody else into the check's folder. */
int places_admit(const struct places *places, uid_t user, struct err *err);

/* The work, as it was laid out, becomes the user's. */
int places_give_work(const struct places *places, uid_t user, struct err *err);

/* Copies the tree, or what the check named `from` left behind, with protected files as they were given, into the work folder. ERR_USAGE when that is more than may
 * be taken over. */
int places_lay_out(const struct places *places, const struct attempt *attempt, const char *from, struct err *err);

/* Removes them, save, when it is to be left, the work. */
void places_remove(const struct places *places, const struct attempt *attempt, bool leave_work);
void places_release(struct places *places);
