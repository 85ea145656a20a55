#pragma once
/* What differs between two versions of a course, exercise by exercise. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "course/course.h"

/* {id: {"checks": H, "start": H, "lesson": H}}: SHA-256 of what decides about verdicts (exercise_fingerprint), of the start
 * files without the lesson, and of the lesson. NULL on error. */
json_t *changes_digests(struct course *course, struct err *err);

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };
const char *change_kind_name(enum change_kind kind); /* "added", "removed", "changed" */

struct change {
    char *exercise; /* id */
    enum change_kind kind;
    bool checks, start, lesson; /* what changed, when kind is CHANGE_CHANGED */
};
struct changes {
    struct change *items; /* by id */
    size_t count;
};
void changes_release(struct changes *changes);
void changes_between(struct changes *changes, const json_t *before, const json_t *after);
