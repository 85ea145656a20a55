#pragma once
/* A directory on its way into the repository: entries in any order, written as one tree object. */

#include "workspace/internal.h"

struct tree_item {
    const char *name; /* borrowed */
    uint32_t mode;    /* 0100644, 0100755, 0120000 or 040000 */
    git_oid id;
};
struct tree_items {
    struct tree_item *items;
    size_t count, capacity;
};
void tree_items_release(struct tree_items *items);
void tree_items_add(struct tree_items *items, const char *name, uint32_t mode, const git_oid *id);

/* Writes the tree; nothing is written when its id is `already`, known to be there (or NULL). */
int tree_items_write(struct tree_items *items, git_odb *odb, const uint8_t *already, git_oid *id, struct err *err);
