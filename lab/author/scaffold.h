#pragma once
/*
 * A new exercise: a small one that is complete, commented and proved, made from the template and listed in a track. It is there as
 * a whole or not at all: its folder is made under another name and then renamed, the track's file is replaced in one step, and
 * signals that end a program wait until both are done. One lab at a time writes to a course.
 */

#include "course/course.h"

struct scaffold_request {
    const char *id;     /* of the exercise */
    const char *track;  /* NULL: the only one, or the one that has the module */
    const char *module; /* NULL: the only one of the track */
    const char *like;   /* an exercise whose requirements, limits and classification are taken over, or NULL */
};

struct scaffold {
    struct arena arena;
    const char *directory; /* of the course, absolute */
    bool course_made;
    const char *track, *module, *track_file; /* where it is listed; the file from the course's folder */
    bool track_made;
    struct strings files; /* all that was written, from the course's folder */
};
#define SCAFFOLD_INIT \
    { 0 }
void scaffold_release(struct scaffold *made);

/* Makes the exercise in the course that `given` (--course), LAB_COURSE or the current folder names, never in the installed copy. An
 * empty current folder becomes a course. ERR_USAGE for an id that is none or is taken, for an unknown track, module or exercise (with
 * the nearest name), and where one must be chosen; ERR_COURSE for a course with faults, ERR_ENVIRONMENT for what the machine
 * refuses. After an error there is no new exercise and no track has changed. */
int scaffold_exercise(struct scaffold *made, const char *given, const struct scaffold_request *request,
                      struct err *err);
