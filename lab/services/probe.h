#pragma once
/* Asking services whether they are ready, several at once, by libcurl: a GET, or a mere connection. Inside services/ only. */

#include <stdbool.h>

#include "base/libcurl.h"
#include "course/services.h"

struct probes {
    CURLM *multi;
};
int probes_open(struct probes *probes, struct err *err);
void probes_release(struct probes *probes);

struct probe {
    CURL *easy; /* NULL: none is under way */
    struct probes *probes;
    bool http, over, good;
    char said[80]; /* why it is not ready, when it is over */
};

/* Begins to ask on the port of the loopback. */
int probe_begin(struct probe *probe, struct probes *probes, const struct readiness *ready, int port, struct err *err);
void probe_release(struct probe *probe); /* also when none is under way */

/* Carries on all of them; marks those that are over. */
void probes_step(struct probes *probes);

/* Waits until one of them can go on, one of the files is readable, or time is over. */
void probes_wait(struct probes *probes, struct curl_waitfd *files, unsigned count, int timeout_ms);
