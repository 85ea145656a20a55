#pragma once
/* What the engine is told of a container that a check asks for. Whatever is asked, it may not become more than it was begun as, has
 * no capability but those asked for, and sees nothing of this machine. */

#include "attempt/serve.h"

/* The body of POST /containers/create (Engine API). `asked` is the worker's request, `network` a network's name or id, or "none". */
json_t *container_settings(const struct service_desk *desk, const json_t *asked, const char *network);
