#pragma once
/* The two streams of a container without a terminal, in one: frames of a head of eight bytes (the stream, three zeros, the length,
 * big-endian) and data. Source: Docker Engine API, "Attach to a container", stream format. Inside docker/ only. */

#include "docker/containers.h"

enum { STREAM_HEAD = 8 };

struct stream {
    bool plain; /* of a terminal: no frames, all is standard output */
    docker_take *take;
    void *context;
    unsigned char head[STREAM_HEAD];
    size_t head_len, left; /* bytes of the head that came, bytes of data that are to come */
};

/* As docker_call's take, with a struct stream as context. What has no frames is handed on as it is. */
int stream_take(void *stream, const char *data, size_t len);
