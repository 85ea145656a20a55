#pragma once
/* What the sandbox shows to checkers, as plain names: whoever asks needs no Lua state. */

#include <stdbool.h>
#include <stddef.h>

/* The global names that checkers see, by number from 0: of Lua, of the prelude, of the public groups of C functions.
 * NULL behind the last. */
const char *sandbox_global(size_t number);

/* Whether the sandbox takes this function out of a table of Lua that it otherwise leaves: "math", "random". */
bool sandbox_removes(const char *table, const char *field);
