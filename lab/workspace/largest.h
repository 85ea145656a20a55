#pragma once
/* The largest file of a whole history. */

#include "workspace/internal.h"

struct largest {
    struct str path; /* empty: there is no file */
    size_t size;
    git_oid id;
};
#define LARGEST_INIT \
    { .path = STR_INIT }
void largest_release(struct largest *largest);

/* Looks through the trees of all commits that the walk has left. ERR_USAGE when they are too many, or too deep. */
int largest_find(struct largest *largest, struct workspace *workspace, git_revwalk *walk, struct err *err);

/* A tree is nested deeper than is looked at; returns -1. */
int tree_too_deep(struct err *err);
