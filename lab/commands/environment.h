#pragma once
/* The Python environment of a command's exercise, built on the way when it is missing, with its progress shown. */

#include "commands/command.h"
#include "workspace/python.h"

int command_environment(const struct context *context, const struct target *target, struct python *python,
                        struct err *err);
