#pragma once
/*
 * The keeper: the process that runs an attempt's services, in a box of their own, from before its first check until its end. Checks
 * reach them at the loopback of their own boxes: the keeper carries the bytes (relay.h), so a service sees its own
 * connections only, and a program of the learner's nothing of the service but its port (keeping.h). It tells the supervisor:
 *
 *     {"event": "starting", "name": …}
 *     {"event": "ready", "name": …, "seconds": s}    of one
 *     {"event": "all"}                                every one is ready, and seeded
 *     {"event": "failed", "name": …, "message": …}    it could not be started, or has ended; the last word
 *     {"event": "looked", "look": n}                  every one lives; the answer to {"look": n}
 */

#include <sys/types.h>

#include "attempt/internal.h"
#include "checker/channel.h"

struct keeper {
    pid_t pid; /* 0: none */
    int channel;
    int desk;       /* where runners hand listeners in */
    unsigned looks; /* that were asked for */
};

#define KEEPER_INIT \
    { .channel = -1, .desk = -1 }

/* Starts it, unless the attempt has no services. */
int keeper_start(struct keeper *keeper, const struct attempt *attempt, struct err *err);

/* The next frame that it sent; false at its end. */
bool keeper_next(const struct keeper *keeper, struct frame *frame);

/* Has it look at its services now, all of which were ready, and waits for what it says: 0 when they live, or when it does not
 * answer in time; 1 when it has failed, with its last word, NULL when it ended without one; -1 when the interrupt came. The
 * caller drops `word`. */
int keeper_look(struct keeper *keeper, int interrupt, json_t **word);

/* Ends it, and with it the services. */
void keeper_end(struct keeper *keeper);
