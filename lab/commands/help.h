#pragma once
/* What lab says about itself, out of the tables of commands and options. Inside commands/ only. */

#include "commands/options.h"

/* The row of a command; ERR_USAGE with the nearest name when there is none. */
const struct command *command_find(const struct command_table *table, const char *name, struct err *err);

/* `lab` alone and `lab help`: all commands by group, and what to type next. With --json one object a command. */
void help_overview(const struct command_table *table, const struct context *context);

/* `lab help COMMAND`: usage, summary, its options and those of every command. */
void help_command(const struct command *command, const struct option_set *global, const struct context *context);
