#pragma once
/*
 * What a verdict of right work depends on, when it should depend on nothing: a trial of a solution that failed is tried again as it
 * was, under the usual conditions, and with each of its conditions alone; what that shows is added to the case's faults.
 */

#include "author/proof.h"

/* Explains up to two failed trials of the proof. `pool` says how trials run; its tasks are not used. ERR_INTERRUPTED, or what
 * the machine refuses. */
int flakes_explain(struct proof *proof, const struct pool *pool, struct err *err);
