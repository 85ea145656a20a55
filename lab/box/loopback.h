#pragma once
/* The loopback of whoever calls: of the machine, or of the box where its init does. */

#include <stdint.h>

/* Begins to connect to a TCP port of 127.0.0.1, and does not wait. The descriptor, or -1 with errno. */
int loopback_connect(uint16_t port);

/* Listens on a TCP port of 127.0.0.1; 0 takes a free one. The descriptor, which does not wait, or -1 with errno. */
int loopback_listen(uint16_t port);

/* The port when nobody listens on it, as for a server that is started anew; of 0 one that the kernel chooses. 0 with errno when it is
 * taken, or there is none. It may be anybody's the next moment. */
uint16_t loopback_free_port(uint16_t port);
