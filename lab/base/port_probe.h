#pragma once
/*
 * Asking a server of the loopback whether it is ready, over a connection that somebody else opened: one GET (RFC 9112)
 * of whose answer nothing but the status matters, or the mere connection. The rest of an answer is listened to for a
 * moment, since servers complain in their logs of those who hang up. Nothing here waits: the caller waits for the
 * descriptor, or a moment, then lets it step.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct port_probe {
    int fd;             /* -1: none is under way */
    bool http;          /* else the connection is all */
    bool proxied, held; /* held: it is seen whether the connection lasts */
    struct str request; /* what is yet to be sent */
    char answer[16];    /* its first bytes */
    size_t got;         /* all that came */
    double deadline;
    bool answered, over, good;
    char said[80]; /* what became of it, when it is over */
};
#define PORT_PROBE_INIT \
    { .fd = -1, .request = STR_INIT }

/* Takes the descriptor of a connection to the port, which may still be in the making; or -1, when errno says why there
 * is none. With a path it asks for that; NULL asks for nothing. Where it is `proxied`, somebody takes connections in the
 * server's stead, and ends them when it does not listen yet: then one must last for a moment, or bring something. */
void port_probe_begin(struct port_probe *probe, int fd, uint16_t port, const char *path, bool proxied);

/* Goes on as far as it can; `over` when it is ready (`good`: the status is from 200 to 399), or is not. */
void port_probe_step(struct port_probe *probe);

short port_probe_events(const struct port_probe *probe); /* of poll(2), for which its descriptor is waited */

void port_probe_release(struct port_probe *probe); /* also when none is under way; another can begin */
