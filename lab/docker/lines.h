#pragma once
/* What the engine says while it works: JSON objects, one a line. Inside docker/ only. */

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

enum { LINES_LENGTH_MOST = 8 << 20 };

struct lines {
    struct str line; /* the unfinished one */
    void (*take)(void *context, const json_t *message);
    void *context;
    bool nonsense; /* what came is none of it */
};
void lines_release(struct lines *lines);

/* As docker_call's take, with a struct lines as context. */
int lines_take(void *lines, const char *data, size_t len);
