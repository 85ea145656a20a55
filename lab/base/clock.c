#include "base/clock.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

double clock_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int64_t clock_wall(void) { return (int64_t)time(NULL); }

void clock_format(int64_t seconds, char text[CLOCK_TEXT_SIZE]) {
    time_t moment = (time_t)seconds;
    struct tm parts;
    gmtime_r(&moment, &parts);
    strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int clock_poll_timeout(double deadline) {
    if (deadline <= 0) return -1;
    double left = ceil((deadline - clock_monotonic()) * 1000);
    if (left < 0) return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}
