#pragma once
/*
 * How long trials took, kept in CACHE/proofs/EXERCISE.times.json by the names of their cases, so that those that take
 * longest begin first: then no processor idles while the last one of a run goes on alone. Nothing else depends on it.
 */

#include "author/proof.h"

/* A case that is to be tried. */
struct turn {
    struct proof *proof;
    struct proof_case *one;
    double seconds; /* that it took last; negative: unknown */
};

struct turns {
    array(struct turn) list;
};
void turns_release(struct turns *turns);

/* Appends those cases of the proof that have no result yet. */
void turns_add(struct turns *turns, struct proof *proof, const char *cache);

/* First those of which nothing is known, then the longest; equals stay in the order in which they came. */
void turns_sort(struct turns *turns);

/* Notes how long the proof's cases took, beside what is known of others. */
void times_keep(const struct proof *proof, const char *cache);
