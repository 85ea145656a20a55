#pragma once
/* What a check needs of the machine (`tool:` in exercise.yaml): without it the check is blocked, and its learner is not to blame. */

#include "base/err.h"
#include "course/course.h"

/* 0 when the tool can be used; -1 with what is missing and what to do. May take some seconds. */
int tool_probe(enum check_tool tool, int interrupt, struct err *err);
