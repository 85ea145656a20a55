#pragma once
/* Variables of programs, as lists of "NAME=value" that end with NULL. The strings of a list are borrowed. */

#include "base/arena.h"

/* Those of lab's own environment, until it is changed. */
const char *const *variables_inherited(void);

/* All of `own`, then those of `base` that have other names: a list in arena. */
const char **variables_with(struct arena *arena, const char *const *own, const char *const *base);
