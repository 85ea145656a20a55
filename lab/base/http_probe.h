#pragma once
/* Asking a server whether it answers: one GET of HTTP/1.0 (RFC 1945) over a connection that somebody else made, of which nothing but the
 * status matters. */

#include <stdbool.h>

#include "base/str.h"

/* Appends the request for a path. */
void http_probe_request(struct str *request, const char *path);

/* True when the first bytes of an answer (16 are enough) have a status from 200 to 399. */
bool http_probe_accepts(struct sv answer);
