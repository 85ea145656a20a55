#pragma once
/* The processes in a control group's folder, and the end of the folder. */

#include <stdbool.h>

/* Sends SIGKILL to the processes that stand in the folder's cgroup.procs, and waits until they are dead, over and over
 * until none is left; false when the deadline (a clock_monotonic value) passed before. */
bool group_members_end(int folder, double deadline);

/* Removes the folder `name`, whose processes are dead; false when it is there still. */
bool group_folder_remove(int parent, const char *name, double deadline);
