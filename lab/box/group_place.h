#pragma once
/*
 * Where control groups can be made (cgroups(7), proc(5)): found from /proc/self/cgroup, /proc/self/mountinfo and the
 * hierarchies themselves. Nothing is changed by looking.
 *
 * What is always true: a place lies at or above this process's own group and as near to it as can be, so that limits
 * which were set for this process go on holding for what it starts.
 */

#include <stdbool.h>
#include <stddef.h>

/* What a group can do. */
enum {
    GROUP_MEMORY = 1,    /* count memory, and limit it */
    GROUP_PROCESSES = 2, /* count processes, and limit them */
    GROUP_KILL = 4,      /* end all of its processes, though they go on starting others */
    GROUP_ALL = 7
};

struct group_place {
    char *folder; /* groups are made in it */
    bool unified; /* it is of version 2 */
    unsigned has; /* what groups that are made in it can do */
};

enum { GROUP_PLACES_MOST = 3 }; /* one for each thing that a group can do */

struct group_places {
    struct group_place items[GROUP_PLACES_MOST];
    size_t count;
    char *occupied; /* a group of version 2 that is kept from limiting others only by the processes in it, or NULL */
    char why[512];  /* why no group can limit memory or processes; "" when one can */
    char help[128]; /* what would mend it, or "" */
};

/* Each thing is found in one place at most. `root` stands before all paths: "" but in tests. */
void group_places_find(struct group_places *places, const char *root);
void group_places_release(struct group_places *places);
