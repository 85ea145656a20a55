#pragma once
/*
 * Programs of the machine that checks need (requires.tools, and `tool:` of checks): without them the checks are
 * blocked, and their learner is not to blame.
 *
 * A tool is looked for where checks find programs: in the Python environment, /usr/local/bin, /usr/bin and /bin. Its
 * version is what it says of itself in a box, since a course may name any program. docker is the container engine on
 * its socket.
 */

#include <jansson.h>

#include "base/err.h"
#include "course/course.h"

/* 0 when checks can use the tool; else -1 with what is missing and, as the help, what brings it (ERR_ENVIRONMENT), or
 * ERR_INTERRUPTED. `environment` is the folder of the exercise's Python environment, or NULL while there is none. May
 * take some seconds. Children that this process has are left alone. */
int tool_look(const struct tool_need *tool, const char *environment, int interrupt, struct err *err);

/* What checks say of a program that they did not find: {name: message} of those that lab knows. */
json_t *tools_missing(void);

/* The first tool that a check which counts needs, and that cannot be used, with err as of tool_look; NULL when all can. */
const struct tool_need *exercise_lacks(const struct exercise *exercise, const char *environment, struct err *err);

/* As words: "promtool 2.40 or newer". */
void tool_append(struct str *out, const struct tool_need *tool);
