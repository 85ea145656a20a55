#pragma once
/*
 * A sandbox: a set of namespaces made by bubblewrap, with our init (init.h) as their first process. It belongs to the
 * process that began it, and ends with it.
 *
 * What its programs see: /usr and what of /etc a program needs to start, read-only; a private /tmp and /dev/shm of limited
 * size; the folders of the box; a network of its own with nothing but a loopback; no process but their own; the user lab
 * (uid 1000) on the host lab. What is not named there is not there.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "box/box.h"
#include "box/group.h"
#include "box/init.h"

struct sandbox {
    pid_t bwrap; /* our child; 0: none */
    int socket;  /* to init */
    pid_t init;  /* its pid as seen here; 0 until it is ready */
    int init_pidfd;
    int complaints; /* what bubblewrap wrote to standard error */
    struct box_group group;
};

#define SANDBOX_INIT \
    { .socket = -1, .init_pidfd = -1, .complaints = -1, .group = GROUP_INIT }

/* How many processes and threads the kernel may let a box of so many processes have, 0 for no limit. It counts threads, where
 * the box's limit counts processes: room for both, and an end to a bomb between two looks of the watchdog. */
static inline uint64_t sandbox_tasks(uint64_t processes) { return processes ? 4 * processes + 64 : 0; }

/* Starts it, and does not wait: bubblewrap works on its own meanwhile. */
int sandbox_begin(struct sandbox *sandbox, const struct box_config *config, struct err *err);

/* Waits until init is there. ERR_ENVIRONMENT with bubblewrap's own words when it will not be. */
int sandbox_await(struct sandbox *sandbox, struct err *err);

/* Sends the request and waits for the answer. Descriptors that come with it go to *given (NULL when none can). -1 when
 * init does not answer any more. */
int sandbox_ask(struct sandbox *sandbox, const struct init_request *request, const int *descriptors, unsigned count,
                struct init_answer *answer, int *given, struct err *err);

/* Ends it, and returns when nothing of it lives. */
void sandbox_end(struct sandbox *sandbox);
