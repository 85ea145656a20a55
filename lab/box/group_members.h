#pragma once
/* A control group's folder: its files, the processes in it, and its end. */

#include <stdbool.h>

/* Writes text into a file of the folder. 0 or -1 with errno. */
int group_file_write(int folder, const char *name, const char *text);

/* Sends SIGKILL to the processes that stand in the folder's cgroup.procs, and waits until they are dead, over and over
 * until none is left; false when the deadline (a clock_monotonic value) passed before. */
bool group_members_end(int folder, double deadline);

/* Removes the folder `name`, whose processes are dead; false when it is there still. */
bool group_folder_remove(int parent, const char *name, double deadline);
