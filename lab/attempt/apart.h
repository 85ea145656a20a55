#pragma once
/* Work that needs a box of its own, when this process has one already, or children: done in a fork. */

#include "base/err.h"
#include "box/box.h"

/* Runs work(context, err) in a child and answers what it did. Meanwhile `box` is attended to. The child ends with this
 * process; ERR_INTERRUPTED, and the child has ended, when the box's interrupt came. */
int apart_run(int (*work)(void *context, struct err *err), void *context, struct box *box, struct err *err);

/* The same for a process without a box, whose other children are left alone. `interrupt`: readable when the work must
 * end; -1: none. */
int apart_run_alone(int (*work)(void *context, struct err *err), void *context, int interrupt, struct err *err);
