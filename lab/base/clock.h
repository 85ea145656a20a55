#pragma once
/* Time. Durations are seconds in a double; the monotonic clock measures, the wall clock only dates. */

#include <stdint.h>
#include <sys/time.h>

double clock_monotonic(void); /* seconds since some fixed moment */
int64_t clock_wall(void);     /* seconds since 1970, UTC */

/* A duration as the kernel counts it (getrusage), in seconds. */
static inline double clock_seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec * 1e-6; }

#define CLOCK_TEXT_SIZE 32
/* "2026-01-05T08:13:00Z" (RFC 3339, UTC). */
void clock_format(int64_t seconds, char text[CLOCK_TEXT_SIZE]);

/* Milliseconds from now to deadline (a clock_monotonic value) for poll(2): at least 0, rounded up; -1 for no
 * deadline (a value of 0 or less). */
int clock_poll_timeout(double deadline);
