#pragma once
/*
 * The container engine of this machine: a client of the Docker Engine API over its Unix socket. Docker and podman speak it.
 *
 * docker_open learns from /_ping who answers and which version of the API it speaks; calls use the older of that and ours. Every
 * call has a time limit, so that an engine which accepts and never answers is an error within it; what an answer may hold is
 * capped; what the engine says of a fault is the error's text, on one line. Nothing here runs a program or writes a file.
 *
 * Errors: ERR_ENVIRONMENT when no engine can be used or it fails, ERR_USAGE when it refuses what was asked (there is no such
 * container, say), ERR_INTERRUPTED. This header connects, lists, inspects and removes; containers.h runs, images.h builds.
 * Source: Docker Engine API reference, v1.41.
 */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct docker;

struct docker_options {
    double seconds; /* of a call that has no limit of its own; 0: 20 */
    int interrupt;  /* readable: calls end at once with ERR_INTERRUPTED; 0 or -1: none */
};

/* Finds the engine's socket (DOCKER_HOST=unix://…, else the usual places of Docker and podman) and asks who is there. */
int docker_open(struct docker **docker, const struct docker_options *options, struct err *err);
void docker_close(struct docker *docker); /* NULL is none */

const char *docker_product(const struct docker *docker); /* "Docker" or "podman" */
const char *docker_socket(const struct docker *docker);  /* the path of its socket */
const char *docker_version(const struct docker *docker); /* of the API, as it is spoken: "1.41" */

enum docker_kind { DOCKER_CONTAINERS, DOCKER_IMAGES, DOCKER_NETWORKS, DOCKER_VOLUMES };

/* All of a kind that carry a label ("name" or "name=value"), stopped containers included: an array of objects as the engine
 * describes them, of volumes too. A new reference; NULL with err. */
json_t *docker_list(struct docker *docker, enum docker_kind kind, const char *label, struct err *err);

/* One of them by name or id, as the engine describes it (State, State.Health, NetworkSettings.Ports, …). A new reference; NULL
 * with err, ERR_USAGE when there is none. */
json_t *docker_inspect(struct docker *docker, enum docker_kind kind, const char *name, struct err *err);

/* Removes one, a running container too, with its anonymous volumes. What is not there is success. */
int docker_remove(struct docker *docker, enum docker_kind kind, const char *name, struct err *err);

/* Removes all that carry the label: containers, networks, volumes, images, in this order. Goes on after a fault; -1 with the
 * first one. */
int docker_remove_labelled(struct docker *docker, const char *label, struct err *err);
