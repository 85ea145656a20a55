#pragma once
/* Loading the exercise's checker once, in a runner of its own, to see that it can be, and that its functions are the checks
 * of the exercise. It begins as soon as the seed is known, and goes on while the tree is laid out. */

#include "attempt/runner.h"

int load_begin(struct runner *loader, const struct attempt *attempt, struct err *err);

/* Waits for it, if it was begun. ERR_COURSE, with the place, when it cannot be loaded or does not match; ERR_INTERRUPTED. */
int load_end(struct runner *loader, const struct attempt *attempt, struct err *err);
