#pragma once
/*
 * The walk that turns a folder into a tree: what its parts share. It holds a descriptor of each directory it stands in
 * and names single components from there, so nothing that moves meanwhile leads it elsewhere.
 */

#include <sys/stat.h>

#include "workspace/snapshot_cache.h"
#include "workspace/tree_text.h"

struct walk {
    struct workspace *workspace; /* NULL: a trusted folder, without ignore rules and cache */
    git_odb *odb;
    struct snapshot_cache *cache; /* or NULL */
    git_tree *head;               /* or NULL */
    struct snapshot *snapshot;    /* what is counted and noted */
    struct str path;              /* of the entry at hand, from the folder */
    struct str content;           /* of the file at hand */
    size_t depth, notes;
    struct err *err;
};

/* A directory that the walk stands in. */
struct level {
    int fd;
    uint64_t rules;    /* digest of the ignore rules in force */
    bool only_tracked; /* it is ignored: only what HEAD has of it is taken */
    struct tree_items items;
};

/* The entry at hand. */
struct entry {
    const char *name;
    struct stat info;
    const struct known *known; /* from the last walk, or NULL */
    bool ignored;
};

/* Refuses the entry at hand: `why` goes on after its path. All return -1. */
int walk_refuse(struct walk *walk, const char *why);
int walk_cannot_read(struct walk *walk); /* errno says why */

/* Notes that the entry at hand is left out, or how. */
void walk_note(struct walk *walk, const char *what);

/* Counts an entry that becomes part of the tree; -1 when that is beyond the limits. */
int walk_count(struct walk *walk, uint64_t bytes);

/* True when the entry vanished, or became of another kind, since it was seen: it is then as if it had not been
 * there. */
bool walk_is_gone(int error);

/* Notes for the next walk what is known of the entry at hand; id may be NULL. Returns the cache's handle. */
size_t walk_remember(struct walk *walk, const struct level *level, const struct entry *entry, const git_oid *id);

/* Takes the file or link at hand into level->items, read and hashed unless it is known and unchanged. */
int walk_include_blob(struct walk *walk, struct level *level, struct entry *entry);
