#pragma once
/*
 * The "try" line: the command with which a learner sees the same failure in `lab shell`, and the material that it needs, laid
 * into .lab/try/CHECK/ of the workspace.
 *
 * A check that changed its copy of the tree (t:write, t:patch) gets that copy there too, as the check left it, and the line
 * begins by going there.
 */

#include <jansson.h>
#include <stdbool.h>

#include "attempt/places.h"
#include "base/err.h"
#include "base/str.h"

struct reproduction {
    const char *workspace, *check; /* where to lay out, and the id */
    const struct places *places;   /* the check's folders in the scratch */
    bool changed_tree;             /* the checker wrote into the tree */
    const char *const *fixed;      /* the variables of every run, "NAME=value": lab shell has them too */
};

/* Appends the command for a run request (checker/protocol.md): its granted variables, argv, cwd and input, with scratch
 * paths replaced. `input` names the file of its standard input in .lab/try/CHECK/, or is NULL. */
void reproduce_command(const struct reproduction *r, const json_t *request, const char *input, struct str *out);

/* Copies material, inputs and, where changed, the tree. Nothing is left when it fails. */
int reproduce_lay_out(const struct reproduction *r, struct err *err);
