#pragma once
/* What the engine says while it builds: JSON objects on lines, BuildKit's own as Base64 of Protocol Buffers. Inside docker/ only. */

#include "docker/images.h"
#include "docker/lines.h"

enum { PROGRESS_STEPS_MOST = 1000 };

struct progress_step {
    char digest[80];
    char *name;
    struct str said; /* what it wrote; its end, when it is long */
};

struct progress {
    struct docker_built *built;
    struct progress_step steps[PROGRESS_STEPS_MOST];
    size_t step_count;
    const struct progress_step *failed; /* the first that did by itself, or NULL */
    bool fetching;                      /* the last step said of the older builder was a FROM */
};
void progress_release(struct progress *progress);

/* As the take of struct lines, with a struct progress as context. */
void progress_take(void *progress, const json_t *message);

/* Adds a text to the log, and to what the step said, unless it is NULL: no escape codes, no carriage returns. */
void progress_log(struct progress *progress, struct progress_step *step, const char *data, size_t len);

/* When all is said. Steps of several stages take turns as it happens: of a build that failed, the log is what the step said that did. */
void progress_end(struct progress *progress);

/* One status of BuildKit's, as its bytes (moby.buildkit.v1.StatusResponse). */
void progress_status(struct progress *progress, struct sv bytes);

/* Appends what Base64 text stands for; false when it is none. */
bool progress_decode(struct str *out, const char *text);
