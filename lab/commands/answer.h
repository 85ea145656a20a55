#pragma once
/* What `lab answer` works on. Inside commands/ only. */

#include "commands/command.h"
#include "course/answers.h"

struct sheet {
    const struct context *context;
    struct target target;
    int folder; /* the workspace, opened */
    struct answers answers;
};

/* What a person wrote, as it is put into the file: an option's id for its number, too. ERR_USAGE when it cannot be an answer
 * to this question, right or wrong. */
int answer_read(char **value, const struct check *check, const char *word, struct err *err);

/* Puts one answer into the file and keeps the rest. What stood there is in *before, or NULL. */
int answer_write(struct sheet *sheet, const struct check *check, const char *value, char **before, struct err *err);

/* Asks all questions on the terminal, and writes each answer as it comes. */
int answer_ask(struct sheet *sheet, struct err *err);
