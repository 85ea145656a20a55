#pragma once
/* Work that needs a box of its own, when this process has one already: done in a fork. */

#include "base/err.h"
#include "box/box.h"

/* Runs work(context, err) in a child and answers what it did. Meanwhile `box` is attended to. The child ends with this
 * process; ERR_INTERRUPTED, and the child has ended, when the box's interrupt came. */
int apart_run(int (*work)(void *context, struct err *err), void *context, struct box *box, struct err *err);
