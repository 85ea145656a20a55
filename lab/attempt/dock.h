#pragma once
/*
 * What an attempt makes in the container engine: images, containers and their networks, never seen by programs in the box. All of
 * it carries the label lab.attempt=TOKEN, and what one check runs also lab.check=TOKEN-CHECK. Containers and networks end with
 * their check, images with the attempt, since other checks may run what one has built.
 *
 * A note beside the scratch folder says that the engine was used and by which token. Whoever ends the attempt sweeps by it; where
 * nobody does, since lab was killed, the next attempt finds the note with the scratch folder that was left, and sweeps then.
 *
 * dock_use is the one place where a check comes to an engine, and so where a grader of strangers' work decides whether their
 * Dockerfiles may be built at all.
 */

#include "base/mem.h"
#include "docker/docker.h"

enum { DOCK_CONTAINERS_MOST = 16 };

struct attempt;

/* One that stays while others run. */
struct dock_container {
    char *id;      /* NULL: it was stopped */
    unsigned port; /* of this machine's loopback, that leads to it; 0: none */
    double started;
    bool elsewhere; /* the engine is in another network, so that the port may lead nowhere */
};

/* The engine, as one check uses it. Zero it to begin. */
struct dock {
    const struct attempt *attempt;
    const char *check;
    int interrupt;
    struct docker *docker; /* NULL: not used yet */
    char *label;           /* the value of lab.check */
    array(struct dock_container) containers;
};

/* Opens the engine, once, and answers it: it stays the dock's. NULL with ERR_ENVIRONMENT when none can be used. */
struct docker *dock_use(struct dock *dock, struct err *err);

/* {"lab.attempt": …, "lab.check": …}: of images only the first. */
json_t *dock_labels(const struct dock *dock, bool image);

bool dock_publishes(const struct dock *dock, unsigned port); /* it leads to a container */

/* A connection to such a port, made as box_connect does; -1 with err. */
int dock_connect(unsigned port, struct err *err);

/* Removes what the check runs. */
void dock_end(struct dock *dock);

/* Removes what the attempt of this note made, and the note. True when nothing is left, also when there is no note. */
bool dock_sweep(const char *note);

/* Whether an engine can be used; -1 with err, which says what to do. */
int dock_probe(int interrupt, struct err *err);
