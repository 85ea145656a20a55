#pragma once
/*
 * An errand: programs of lab's own choosing, and no check's, work on what a stranger made: git on a repository, Python on a
 * solution. It has a scratch folder and the walls of a box; which folders the box shows, and its limits, are the caller's.
 */

#include "attempt/scratch.h"
#include "box/box.h"
#include "box/walls.h"

struct errand {
    struct scratch scratch;
    struct walls walls;
    uid_t user; /* of the box */
    int lock;   /* holds the user */
};
#define ERRAND_INIT \
    { .scratch = SCRATCH_INIT, .walls = WALLS_INIT, .lock = -1 }

/* `bytes` is what the scratch folder needs room for; `shown` is a folder beside it that the box will show, or NULL. */
int errand_open(struct errand *errand, const char *cache, uint64_t bytes, const char *shown, struct err *err);
void errand_release(struct errand *errand);
