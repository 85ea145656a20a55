#pragma once
/* What `lab progress` shows of a course beyond its tracks: points by level, phase, layer and skill. Inside commands/ only. */

#include "commands/advice.h"

void progress_survey_print(const struct survey *survey, const struct context *context);
/* How many skills are where the chosen role needs them, and what is next in it. */
void progress_skills_print(const struct survey *survey, const struct chosen_role *role, const struct context *context);
void progress_survey_print_json(const struct survey *survey, const struct course *course, const struct track *only);
