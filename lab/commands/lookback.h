#pragma once
/* What diff, history, restore and reset share: the workspace at hand, paths in it, and the promise to record it
 * first. */

#include "commands/command.h"
#include "workspace/workspace.h"

struct lookback {
    struct target target;
    struct workspace *workspace;
};
void lookback_release(struct lookback *lookback);

/* Opens the started workspace of the exercise `id` (NULL: the one that is stood in), or the one at `directory`. */
int lookback_open(struct lookback *lookback, const struct context *context, const char *id, const char *directory,
                  struct err *err);

/* Turns a path as typed (from the current folder if that lies in the workspace, else from the workspace) into one
 * from the workspace; NULL in *path for the workspace itself. ERR_USAGE when it lies outside. */
int lookback_path(const struct lookback *lookback, const char *typed, char **path, struct err *err);

/* Asks before something that one may regret, on a terminal only; true to go on. */
bool lookback_agreed(bool yes, const char *question);

/* A number of an attempt as typed. */
int lookback_number(const char *typed, int *number, struct err *err);

/* Records the present work, then makes the folder (or path in it) equal to tree, and says what changed and how to undo
 * it. `what` is what the tree is: "attempt 3", "the start". */
int lookback_overwrite(struct lookback *lookback, const struct context *context, enum attempt_cause cause,
                       const char *tree, const char *path, const char *what, struct err *err);
