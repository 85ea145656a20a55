#pragma once
/*
 * The scratch directory of one attempt: where the tree is laid out and the checks run.
 *
 *     tree/              the snapshot, with protected files restored; copied for each check
 *     material/KEY/      what private and shared generators made, once for all checks
 *     checks/ID/         one check's own: work/ (its copy of the tree), home/, tmp/, material/, input/
 *
 * It lies in $TMPDIR, else in /dev/shm where that has room and may execute, else in the cache. A lock held while the
 * attempt lives tells it from what a killed lab left; the next attempt removes those.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SCRATCH_TOKEN_SIZE 33

struct scratch {
    char *directory; /* absolute */
    char *lock_path;
    char *note;                     /* a file beside it: what the attempt made in the container engine (dock.h) */
    char token[SCRATCH_TOKEN_SIZE]; /* names the attempt there: unlike any other */
    int lock;
    bool keep; /* leave it when released */
};

#define SCRATCH_INIT \
    { .lock = -1 }

/* Where scratch folders for trees of `bytes` lie: a folder lab-UID in it holds them. Allocated. */
char *scratch_base(const char *cache, uint64_t bytes);

/* Makes one with room for a tree of `bytes`. */
int scratch_open(struct scratch *scratch, const char *cache, uint64_t bytes, struct err *err);
void scratch_release(struct scratch *scratch);
