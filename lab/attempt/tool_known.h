#pragma once
/* Programs that lab knows by name: who brings them, and how they tell their version. */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct tool_known {
    const char *name;
    const char *package;  /* of Debian; NULL: it has none */
    const char *page;     /* of its authors */
    const char *words[2]; /* that make it tell its version, in place of --version */
};

/* The row of this number, NULL behind the last; the row of this name, NULL when lab does not know it. */
const struct tool_known *tool_known_at(size_t index);
const struct tool_known *tool_known(const char *name);

/* The step that brings a tool onto a machine, on Debian (and what is made of it) or elsewhere, as err_help. Nothing for
 * one that lab does not know. */
void tool_advise(const struct tool_known *known, bool debian, struct err *err);
