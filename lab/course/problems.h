#pragma once
/* Faults of a course: gathered file by file, shown in the order of the text, at most 20 a run. */

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "course/course.h"
#include "course/source.h"

/* The step that helps against a fault of the course. */
#define PROBLEM_HELP "correct the file, then run the command again"

/* What is shown of all files; with a listener nothing is shown, and it hears of everything. */
struct problem_report {
    struct str text;
    size_t shown, more;
    const struct course_listener *listener; /* or NULL */
};
#define PROBLEM_REPORT_INIT \
    { STR_INIT, 0, 0, NULL }
void problem_report_release(struct problem_report *report);

/* Adds a fault that was worded elsewhere ("file:line:col: …", perhaps with more lines). */
void problem_report_add(struct problem_report *report, const char *text);

/* 0 when nothing was added; else err (ERR_COURSE) lists what is shown, and how many more there are. */
int problem_report_finish(const struct problem_report *report, struct err *err);

/* The faults of one file. */
struct problem {
    struct yaml_position at;
    char *message;
};
struct problems {
    struct source source;
    array(struct problem) list;
    size_t dropped; /* beyond the first thousand */
};
void problems_release(struct problems *problems);
void problems_add(struct problems *problems, struct yaml_position at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* string_nearest for "did you mean", given up when there are more faults than will be shown: then it would only cost time. */
const char *problems_nearest(const struct problems *problems, const char *word, const char *const *candidates,
                             size_t count);

/* Moves them to the report, sorted by place. */
void problems_report(struct problems *problems, struct problem_report *report);
