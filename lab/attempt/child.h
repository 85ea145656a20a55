#pragma once
/* What every process of an attempt that owns a box begins and ends with. */

#include <sys/types.h>

/* The process ends with its parent, makes files with the usual modes, and hears SIGTERM at the descriptor that is answered. Other
 * interruptions are its parent's to answer. */
int child_begin(pid_t parent);

/* Waits for a child's end, but not beyond the deadline (a clock_monotonic value): then it is killed. */
void child_end(pid_t pid, double deadline);
