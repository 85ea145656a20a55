#pragma once
/* The protected files of an exercise, in a tree that the learner, or a program of theirs, has written to. */

#include "base/err.h"

struct attempt;

/* They become what the start has: changed ones are restored, added ones removed, and nothing else is touched, whatever links lie in the
 * way. `tree` is the folder's descriptor. ERR_USAGE when its folders lie too deep,
 * ERR_ENVIRONMENT when it cannot be done. */
int protected_restore(const struct attempt *attempt, int tree, struct err *err);
