#pragma once
/*
 * Carries bytes between sockets that listen in the boxes of checks and services in a box of their own. Listeners come over a
 * socket (the desk) from whoever holds one. Nothing here waits: the caller waits for the descriptor, then lets it turn.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

/* A connection to the service's port, or -1. */
typedef int relay_connect(void *context, uint16_t port);

struct relay_source;

struct relay {
    int poll; /* readable when there is something to do */
    int desk;
    int spare; /* a descriptor to take a client's place when there is no other, so that it can be turned away */
    relay_connect *connect;
    void *context;
    array(struct relay_source *) sources; /* listeners and links */
};

/* `desk` stays the caller's. */
int relay_open(struct relay *relay, int desk, relay_connect *connect, void *context, struct err *err);

/* Does what there is to do. */
void relay_turn(struct relay *relay);
void relay_close(struct relay *relay);

/* For the other end of the desk: from now on, connections to the listener are carried to the service's port. */
int relay_hand_in(int desk, uint16_t port, int listener, struct err *err);
