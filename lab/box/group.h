#pragma once
/*
 * The control group of a box (cgroups(7)): it counts and limits memory and processes of everything that joins it, and
 * of everything that those start, however they scatter; and it finds them again to end them.
 *
 * Version 2 where groups of our own may be made with its controllers, else what version 1 offers: memory and processes
 * stand in hierarchies of their own there, and each is useful alone. A program that goes beyond the memory is ended by the
 * kernel, the largest process first, and only it; one that goes beyond the processes is refused another.
 *
 * What is always true: a group that was opened is gone once it is closed, with all that ran in it, unless the kernel
 * holds a process that cannot be ended; then a later group_open removes it, as it does what a killed lab left.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "box/group_place.h"

enum group_kind { GROUP_NONE, GROUP_V1, GROUP_V2 };

struct group_facts {
    enum group_kind kind; /* V1 also where version 2 helps to end processes */
    bool memory, processes, kill;
    char why[512];  /* why one of memory and processes cannot be limited, or "" */
    char help[128]; /* what would mend that, or "" */
};

/* Finds out by making a group and removing it. False when there are none at all. */
bool group_probe(struct group_facts *facts);

struct group_limits {
    uint64_t memory;    /* bytes, without swap; 0: none */
    uint64_t processes; /* threads count as the kernel counts them; 0: none */
};

/* The group's folder in one hierarchy. */
struct group_folder {
    char name[32];
    int parent, folder, members; /* descriptors; `members` is where a process is put in */
    bool unified;
    unsigned has;
};

struct box_group {
    pid_t owner; /* a fork of it must not end anything */
    struct group_limits limits;
    struct group_folder folders[GROUP_PLACES_MOST];
    size_t count;
    unsigned has; /* GROUP_MEMORY | … */
    bool struck;  /* by cgroup.kill */
};

#define GROUP_INIT \
    { 0 }

/* Makes a group; what the machine has no control group for is left out, see `has`. ERR_ENVIRONMENT when nothing is left. */
int group_open(struct box_group *group, const struct group_limits *limits, struct err *err);

/* As fork(2), but the child is in the group from its beginning; one that cannot be exits with 127. */
pid_t group_fork(const struct box_group *group, int *pidfd);

/* Puts the calling process, which has one thread, into the group. 0 or -1 with errno. Only system calls: fit for a child
 * between fork and exec. In version 2 the kernel first waits for all processors, some 10 ms: group_fork is better there. */
int group_join(const struct box_group *group);

/* Bytes in use, now and at most; file pages that the kernel keeps for the group are counted too. 0 when not known. */
uint64_t group_memory(const struct box_group *group);
uint64_t group_memory_peak(const struct box_group *group);

unsigned long group_out_of_memory(const struct box_group *group);     /* processes ended for going beyond the memory */
unsigned long group_processes_refused(const struct box_group *group); /* attempts to start one beyond the limit */

/* Ends all processes of the group. True when none is left; false when one resists the kernel. The group stays usable. */
bool group_kill(struct box_group *group);

/* Ends what is left, and removes the group. In a fork of the owner only descriptors are closed. */
void group_close(struct box_group *group);
