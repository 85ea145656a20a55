#pragma once
/* What the files of lab course share. Inside commands/ only. */

#include "commands/command.h"
#include "library/arrival.h"

struct course_values {
    const char *ref, *name;
    bool merge;
};

/* lab course update [NAME]: fetches, shows what changed and what that means for the learner's progress, and offers to merge
 * changed start files into started workspaces. */
int course_update(const struct context *context, const struct course_values *values, const char *name, struct err *err);
