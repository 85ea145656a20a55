#pragma once
/*
 * The Python environment of a target, for the commands that run the learner's programs or prepare to: made when it is
 * missing, with its progress shown, and entered.
 */

#include "commands/command.h"
#include "workspace/python.h"

/* Finds or builds the environment of the target's exercise, with a progress line on standard error (not with --quiet).
 * A started workspace's .venv is pointed at it. */
int command_environment(const struct context *context, const struct target *target, struct python *python,
                        struct err *err);

/* Finds or builds the environment `name` of the course (NULL: the one without packages) likewise. */
int command_python(const struct context *context, const struct course *course, const char *name, struct python *python,
                   struct err *err);

/* Makes this process ready to become a program of the learner's (by exec): in the workspace (where one stands already, if
 * that is inside of it), with the variables that checks fix, the environment first in PATH, and the learner's HOME and
 * TERM. LAB_EXERCISE and LAB_WORKSPACE say where it is. */
int command_enter(const struct target *target, const struct python *python, struct err *err);
