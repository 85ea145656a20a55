#pragma once
/*
 * How long a runner puts up with what its worker does between two requests. A checker is charged for the processor time
 * that it uses, not for waiting: a service that takes long to start, or an answer that is long in coming, is not its fault.
 * The wall time is only a backstop against one that waits for ever.
 */

#include <sys/types.h>

#include "base/err.h"
#include "box/box.h"

struct patience {
    pid_t worker;
    double processor; /* seconds of processor time that the worker may have used since it was started */
    double wall;      /* seconds that may still be waited for it */
};

/* Waits for the worker's next word on the channel, as box_wait: 1 when there is one, -1 when interrupted; 0 when the
 * worker's time is over, then err says which. */
int patience_wait(struct patience *patience, struct box *box, int channel, struct err *err);
