#pragma once
/* What skills and progress know of the learner beyond attempts: the role chosen, and the levels stated. */

#include "commands/command.h"
#include "course/stated.h"
#include "progress/progress.h"

struct chosen_role {
    bool known;
    enum role role;
};

/* The role that is remembered, if any. */
int learner_role(struct chosen_role *chosen, struct progress *progress, struct err *err);

/* Reads the levels that the learner states, in the newest of the workspaces that have the file. None is no error, and a file
 * that cannot be read is told on standard error (not with --quiet). */
int learner_stated(struct stated *stated, const struct context *context, struct progress *progress,
                   struct course *course, struct err *err);
