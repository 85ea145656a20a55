#pragma once
/*
 * The images that services and the builds of exercises stand on: brought here ahead of time, so that both work without a network. Those
 * with a name alone are fetched by the engine, those that docker-compose.yml says how to build are built by compose.
 */

#include "course/services.h"
#include "docker/docker.h"

/* Whether the engine has the image, and its bytes as it lies there. -1 when the engine fails. */
int image_look(struct docker *docker, const char *image, bool *there, double *bytes, struct err *err);

/* Told what happens; bytes done and in all, as far as they are known, else 0. */
struct image_watcher {
    void (*show)(void *context, const char *label, double done, double total);
    void *context;
};

/* Fetches the image. An interrupted one goes on where it was when it is called again. ERR_ENVIRONMENT with one line. */
int image_fetch(struct docker *docker, const char *image, const struct image_watcher *watcher, struct err *err);

/* Builds that of the service, in this engine, by the docker-compose.yml in the course's folder; all else as image_fetch. */
int image_build(struct docker *docker, const char *course, const struct service *service,
                const struct image_watcher *watcher, struct err *err);
