#pragma once
/* The repository of a new workspace. */

#include "workspace/internal.h"

/* Makes directory a workspace: a repository where there is none (with a first commit of the start on main, also where that is all that is missing), and
 * refs/lab/start, the exclude rules and the mark `.lab/exercise` where they are missing. `start` is the folder that
 * holds the start files. What a repository of the learner's has beyond that is left alone. */
int found_repository(const char *directory, const char *start, const struct course *course,
                     const struct exercise *exercise, struct err *err);

/* Writes the mark `.lab/exercise`. */
int mark_write(const char *directory, const char *exercise, struct err *err);
