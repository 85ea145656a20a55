#pragma once
/*
 * Mutants: copies of a right solution with one small change each, made by mutate.py from Python's own syntax tree, in a box. A good
 * exercise notices most of them; those that it does not are places to look at: a check is missing, or the change makes no difference.
 */

#include "author/proof.h"

struct mutant {
    const char *file; /* in the workspace */
    int line, column;
    size_t begin, end; /* bytes of the file that the change replaces */
    const char *with, *what;
    bool noticed;
};

struct mutants {
    array(struct mutant) list; /* by file and line */
    size_t possible;           /* before the choice */
    struct arena arena;
};
void mutants_release(struct mutants *mutants);

/* How many of them some check noticed. */
size_t mutants_noticed(const struct mutants *mutants);

/* Makes them of the .py files of solution/; when there are more than `most`, so many are chosen, the same ones each time. None for an
 * exercise without such files. ERR_INTERNAL when they cannot be made. */
int mutants_make(struct mutants *mutants, const struct proof *proof, const struct proof_options *options, size_t most,
                 int interrupt, struct err *err);

/* Tries them, as `pool` says (its tasks are not used), and fills `noticed`. What is known from before is not tried again: `done` is
 * told of each, those known first. A mutant whose program never ends is noticed. */
int mutants_try(struct mutants *mutants, const struct proof *proof, const struct proof_options *options,
                const struct pool *pool, struct err *err);
