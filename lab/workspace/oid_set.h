#pragma once
/* A set of object ids. Zero it to begin. */

#include "workspace/git2.h"

struct oid_set {
    git_oid *slots; /* open addressing; the zero id is a free slot */
    size_t count, capacity;
};
void oid_set_release(struct oid_set *set);
bool oid_set_add(struct oid_set *set, const git_oid *id); /* false when it was in already */
