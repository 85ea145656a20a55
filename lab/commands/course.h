#pragma once
/* The verbs of lab course. */

#include "commands/command.h"

extern const struct command_table course_verbs;

#define COURSE_VERB(name) \
    extern const struct options course_##name##_options; \
    int cmd_course_##name(const struct context *context, const void *values, int argc, char **argv, struct err *err)

COURSE_VERB(add);
COURSE_VERB(list);
COURSE_VERB(update);
COURSE_VERB(trust);
COURSE_VERB(remove);

#undef COURSE_VERB

struct arrival;
struct course;

/* Services are programs of the course that run outside of boxes, with the learner's rights: whether those of this one may. True of a
 * course at hand; on a terminal the learner is asked, once for each course that was added. ERR_ENVIRONMENT when they may not. */
int course_agree(struct course *course, struct err *err);

/* Opens the course that came, shows what changed in it against the version before and what that means for the learner's
 * progress, and offers to merge changed start files into started workspaces; with `merge` without asking. */
int course_renew(const struct context *context, const struct arrival *arrival, bool merge, struct err *err);
