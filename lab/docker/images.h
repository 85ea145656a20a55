#pragma once
/* Building images, without a network, what they are made of, and fetching them. */

#include "base/str.h"
#include "docker/docker.h"

struct docker_build {
    struct sv context;                /* a tar */
    const char *dockerfile;           /* its path in it */
    const char *tag, *target;         /* or NULL */
    const json_t *arguments, *labels; /* {name: text}, or NULL */
    double seconds;
};

/* What came of it. Exactly one of image and error is set. */
struct docker_built {
    char *image;      /* its id, "sha256:…" */
    char *error;      /* what the engine says, on one line */
    bool unavailable; /* that is because an image which the build stands on cannot be had */
    bool late;        /* that is because its time was over */
    struct str log;   /* what the build, or the step that failed, said; its end, when it is long */
};
#define DOCKER_BUILT_INIT \
    { .log = STR_INIT }
void docker_built_release(struct docker_built *built);

/* Builds with BuildKit where the engine has it. No instruction gets a network; images to stand on may be fetched by the engine. A
 * Dockerfile that cannot be built is a result; -1 only when the engine fails or refuses. */
int docker_build(struct docker *docker, const struct docker_build *build, struct docker_built *built, struct err *err);

/* An image to be fetched by the engine, as its name in a Dockerfile or a compose file: "redis:7-bookworm". Layers that are here already, of
 * an earlier try too, are not fetched again. `show` may be NULL; it is told the bytes of the layers, as far as they are known. */
struct docker_pull {
    const char *image;
    double seconds;
    void (*show)(void *context, double done, double total);
    void *context;
};
int docker_pull(struct docker *docker, const struct docker_pull *pull, struct err *err);

/* The layers of an image, the newest first: {CreatedBy, Size, …}. A new reference. */
json_t *docker_history(struct docker *docker, const char *image, struct err *err);
