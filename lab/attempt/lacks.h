#pragma once
/* What the machine lacks of the tools that an exercise's checks need. Each is looked for once, when a check first needs it. */

#include "attempt/tool.h"

struct lack {
    bool looked;   /* whether the tool is there */
    char *message; /* it is not; else NULL */
    char *reason;  /* a code that names the tool, for the learner's progress; NULL: its name makes none */
};

struct lacks {
    const struct tools *tools; /* the exercise's */
    struct lack *items;        /* parallel to them */
};

void lacks_init(struct lacks *lacks, const struct tools *tools);
void lacks_release(struct lacks *lacks);

/* What the check needs and the machine lacks, or NULL. `environment` and `interrupt` as of tool_look. */
const struct lack *lacks_find(struct lacks *lacks, const struct check *check, const char *environment, int interrupt);
