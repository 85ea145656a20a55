#pragma once
/* Ports of this machine's loopback. Inside services/ only. */

#include <stdbool.h>

#include "base/err.h"

bool port_is_free(int port);

/* `remembered` when it is free (0: none), else a free one that the kernel chooses. */
int port_choose(int *port, int remembered, struct err *err);
