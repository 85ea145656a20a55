#include "attempt/patience.h"

#include <time.h>

#include "base/clock.h"

static const double STEP_LEAST = 0.02; /* seconds between two looks at the worker's clock */

/* 0 when the worker is gone, which its channel tells. */
static double processor_time(pid_t worker) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(worker, &clock) || clock_gettime(clock, &used)) return 0;
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

/* The worker has one thread: it cannot use up what is left of its processor time any sooner. */
static double next_look(double processor_left, double wall_left) {
    double step = processor_left > STEP_LEAST ? processor_left : STEP_LEAST;
    return step < wall_left ? step : wall_left;
}

int patience_wait(struct patience *patience, struct box *box, int channel, struct err *err) {
    double began = clock_monotonic(), most = patience->wall;
    for (;;) {
        double processor_left = patience->processor - processor_time(patience->worker);
        int ready = box_wait(box, channel, clock_monotonic() + next_look(processor_left, patience->wall), err);
        patience->wall = most - (clock_monotonic() - began);
        if (ready) return ready;
        if (processor_left <= 0) {
            err_set(err, ERR_INTERNAL, "the checker itself used more than %g s of processor time", patience->processor);
            return 0;
        }
        if (patience->wall <= 0) {
            err_set(err, ERR_INTERNAL, "the checker waited longer than it may, beside the programs that it ran");
            return 0;
        }
    }
}
