#pragma once
/* Programs of services: the service itself, and those that prepare, seed and probe it. Inside services/ only. */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "services/instance.h"

struct child_program {
    const char *const *argv; /* argv[0] is a path */
    const char *const *environment;
    const char *directory; /* where it runs */
    int output;            /* of both its streams */
    bool stays; /* it outlives lab, and waits for child_go before it becomes the program; else it dies with lab */
};

/* A child of this process, the leader of a session of its own. */
struct child {
    pid_t pid; /* 0: none */
    int ended; /* readable when it has ended */
    int go;    /* of one that stays: where it waits */
};
#define CHILD_INIT \
    { .ended = -1, .go = -1 }

int child_start(struct child *child, const struct child_program *program, struct err *err);

/* Lets one that stays become its program. */
int child_go(struct child *child);

/* Whether it has ended; *status then is its exit status, 128 + N for signal N. It is forgotten then. */
bool child_has_ended(struct child *child, int *status);

/* Waits until it has ended, or for so many milliseconds. */
void child_wait(const struct child *child, int timeout_ms);

/* Kills it with its process group and waits for it; nothing when there is none. */
void child_release(struct child *child);

/* Forgets one that goes on to live. */
void child_leave(struct child *child);
