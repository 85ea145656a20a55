#pragma once
/* The verbs of lab author. */

#include "commands/command.h"

extern const struct command_table author_verbs;

#define AUTHOR_VERB(name) \
    extern const struct options author_##name##_options; \
    int cmd_author_##name(const struct context *context, const void *values, int argc, char **argv, struct err *err)

AUTHOR_VERB(lint);
AUTHOR_VERB(new);
AUTHOR_VERB(schema);
AUTHOR_VERB(api);
AUTHOR_VERB(test);
AUTHOR_VERB(pack);
AUTHOR_VERB(preview);
AUTHOR_VERB(record);

#undef AUTHOR_VERB
