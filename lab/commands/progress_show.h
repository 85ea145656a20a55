#pragma once
/* `lab progress` without a verb: how far the learner is. Inside commands/ only. */

#include "commands/command.h"

struct progress_request {
    const char *track; /* this alone ("TRACK" or "COURSE/TRACK"), or NULL: all of all courses */
    const char *html;  /* the file to write the page to, or NULL: it is printed */
    const char *name;  /* whose progress it is, for the page, or NULL */
};
int progress_show(const struct context *context, const struct progress_request *request, struct err *err);
