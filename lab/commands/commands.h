#pragma once
/* The commands, for the table in main.c. */

#include "commands/command.h"

#define COMMAND(name) \
    extern const struct options name##_options; \
    int cmd_##name(const struct context *context, const void *values, int argc, char **argv, struct err *err)

COMMAND(tracks);
COMMAND(list);
COMMAND(show);
COMMAND(start);
COMMAND(check);
COMMAND(answer);
COMMAND(hint);
COMMAND(next);
COMMAND(progress);
COMMAND(skills);
COMMAND(history);
COMMAND(diff);
COMMAND(restore);
COMMAND(reset);
COMMAND(shell);
COMMAND(run);
COMMAND(fetch);
COMMAND(down);
COMMAND(doctor);

#undef COMMAND

/* Prints which workspace this is, if it is one, and what `lab next` advises, if there is a course and progress. Whatever
 * is wrong with them, it is left out. */
void next_overview(const struct context *context);
