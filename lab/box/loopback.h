#pragma once
/* The loopback of whoever calls: of the machine, or of the box where its init does. */

#include <stdint.h>

/* Begins to connect to a TCP port of 127.0.0.1, and does not wait. The descriptor, or -1 with errno. */
int loopback_connect(uint16_t port);

/* Listens on a TCP port of 127.0.0.1; 0 takes a free one. The descriptor, which does not wait, or -1 with errno. */
int loopback_listen(uint16_t port);
