#pragma once
/*
 * The courses that a learner has: the one at hand, and those that were added. This room finds exercises among all of them,
 * and brings courses here: from folders, git repositories and archives.
 *
 * A course that was added is known by its name, which is also the scope of its exercises; "NAME/EX" always means one
 * exercise, "EX" does where one course has it. What a stranger wrote is validated before it takes the place of anything.
 */

#include "base/err.h"
#include "course/course.h"

/* A course, or why it cannot be had. */
struct shelved {
    char *name; /* under which it was added; NULL: the one at hand */
    struct course *course;
    struct err fault; /* when course is NULL */
};

struct library {
    struct shelved *items; /* the one at hand first, if there is one; then by name */
    size_t count;
    struct strings *shared; /* ids that several of them have; NULL: fewer than two are open */
};

/* Opens the course at hand: `given` (--course), and then no other one; else `nearest` (a folder, or NULL) unless LAB_COURSE is
 * set; else as course_find says; and all that were added. One that was added and cannot be opened is kept as a fault. No
 * course at hand is an error only when none was added. */
int library_open(struct library *library, const char *given, const char *nearest, struct err *err);
void library_release(struct library *library);

/* The course with this id, opened. ERR_USAGE with the nearest when there is none, its fault when it cannot be had. */
struct course *library_course(const struct library *library, const char *id, struct err *err);

/* How many courses are open. */
size_t library_opened(const struct library *library);

struct catalogued {
    struct course *course; /* of the library */
    const struct exercise *exercise;
};

/* The exercise "COURSE/EX" or "EX", or one with that alias. ERR_USAGE when there is none, or several courses have it: then
 * the message lists them. ERR_COURSE when its file is invalid. */
int library_exercise(const struct library *library, const char *id, struct catalogued *found, struct err *err);

/* The same for a key, present or former, as progress and workspaces keep it. */
int library_by_key(const struct library *library, const char *key, struct catalogued *found, struct err *err);

/* The track "COURSE/TRACK" or "TRACK". Errors as library_exercise. */
const struct track *library_track(const struct library *library, const char *id, struct course **course,
                                  struct err *err);
