#pragma once
/*
 * Making room for groups where only the "no internal processes" rule of version 2 is in the way: this process is alone in
 * a group that was given to it (a systemd service with Delegate=yes, a container with a writable /sys/fs/cgroup). It moves
 * into a leaf below, so that its former group can hand memory and pids down to the leaf's siblings.
 *
 * What is always true: no other process is ever moved, and where the machine's own root group is concerned, nothing is done.
 */

#include <stdbool.h>
#include <sys/types.h>

struct group_leaf {
    pid_t owner; /* 0: nothing was done */
    int parent;
    char name[32];
};

/* To be called before this process starts others. True when room was made; false when none is needed, or none can be made. */
bool group_leaf_enter(struct group_leaf *leaf);

/* Puts everything back, once all groups are closed. Does nothing in a fork, or where nothing was done. */
void group_leaf_leave(struct group_leaf *leaf);
