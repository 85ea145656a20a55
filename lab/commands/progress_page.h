#pragma once
/* `lab progress --html`. Inside commands/ only. */

#include "commands/command.h"
#include "commands/progress_show.h"
#include "progress/progress.h"

/* Writes the page about all courses of the library, or about one track of a course (which may be NULL). */
int progress_page(const struct context *context, const struct progress_request *request, struct progress *progress,
                  const struct library *library, struct course *course, const struct track *only, struct err *err);
