#pragma once
/*
 * Bringing courses here. What is fetched or unpacked is laid out in data/courses/.incoming, validated there, moved beside
 * the course's record under a name of its own, and becomes the course when the record is replaced: whatever interrupts
 * this, the course is the old or the new one. One lab at a time.
 */

#include "library/changes.h"
#include "library/record.h"

/* What a person asked for. */
struct wanted {
    const char *source; /* a folder, a URL, or an archive */
    const char *ref;    /* of a URL: branch, tag or commit; NULL: what it proposes */
    const char *name;   /* NULL: the course's id */
    const char *sha256; /* that the archive must have, or NULL */
    /* Whether an archive of an unknown hash shall be taken. */
    bool (*agree)(void *context, const char *file, const char *sha256);
    void *context; /* of it */
    int interrupt; /* readable when it must end; -1 is none */
};

/* What came. */
struct arrival {
    char *name, *directory;
    struct record record;
    bool replaced;          /* it was there in an earlier version */
    bool same;              /* and nothing is new */
    struct changes changes; /* against that */
};
void arrival_release(struct arrival *arrival);

/* Adds a course: a folder is referred to where it is, a URL fetched (fetch.h), an archive unpacked (archive.h), which also
 * replaces an earlier archive of the same course. ERR_USAGE for what cannot be taken, with the entry that is to blame;
 * ERR_COURSE when the course is invalid. */
int library_add(const struct wanted *wanted, struct arrival *arrival, struct err *err);

/* Fetches the newest version of a course that was added from a URL; notes what a folder holds now. */
int library_update(const char *name, int interrupt, struct arrival *arrival, struct err *err);

/* Forgets the course, and removes what was fetched. Workspaces and progress stay. */
int library_remove(const char *name, struct err *err);
