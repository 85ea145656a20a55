#pragma once
/*
 * The images that services stand on as containers: brought here ahead of time, so that `lab services start --driver
 * docker` works without a network. Those with an `image` alone are fetched by the engine, the others built by compose.
 */

#include "course/services.h"
#include "docker/docker.h"

/* Whether the engine has the service's image, and its bytes as it lies there. -1 when the engine fails. */
int service_image_look(struct docker *docker, const struct service *service, bool *there, double *bytes,
                       struct err *err);

/* Told what happens; bytes done and in all, as far as they are known, else 0. */
struct image_watcher {
    void (*show)(void *context, const char *label, double done, double total);
    void *context;
};

/* Fetches or builds it. An interrupted one goes on where it was when it is called again. ERR_ENVIRONMENT with one line.
 * */
int service_image_fetch(struct docker *docker, const char *course, const struct service *service,
                        const struct image_watcher *watcher, struct err *err);
