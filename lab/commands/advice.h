#pragma once
/* What to do next in a role, as skills and progress show it. */

#include "commands/learner.h"
#include "progress/survey.h"

void advice_print(const struct survey *survey, const struct chosen_role *role, const struct context *context);
void advice_print_json(const struct survey *survey, const struct chosen_role *role, const struct course *course);

/* Prints a paragraph, broken to the terminal's width. */
void advice_paragraph(const struct context *context, const char *text);
