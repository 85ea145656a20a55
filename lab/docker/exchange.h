#pragma once
/* One exchange with the engine, and the paths of its API. Inside docker/ only. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "docker/docker.h"

enum { DOCKER_BODY_MOST = 32 << 20, DOCKER_HEADERS_MOST = 64 << 10, DOCKER_NAME_MOST = 512 };

struct docker {
    char *socket;
    const char *product;
    char version[16]; /* "" before the ping */
    double seconds;
    int interrupt;
};

struct docker_call {
    const char *method, *path; /* behind the version: "/containers/json?all=1" */
    const json_t *body;        /* sent as JSON, or NULL */
    struct sv tar;             /* sent as it is, instead; data NULL: none */
    double seconds;            /* 0: those of the connection */
    /* Takes each piece of a good answer; 0 goes on, 1 has enough. NULL: the body is kept, and capped. */
    int (*take)(void *context, const char *data, size_t len);
    void *context;
};

struct docker_reply {
    long status;
    struct str body;    /* what no `take` took: of a fault always */
    struct str headers; /* as they came, line by line */
    bool late;          /* its time was over */
};
void docker_reply_release(struct docker_reply *reply);
#define DOCKER_REPLY_INIT \
    { .body = STR_INIT, .headers = STR_INIT }

/* Any status is an answer. -1 with why there is none. */
int docker_call(struct docker *docker, const struct docker_call *call, struct docker_reply *reply, struct err *err);

/* As docker_call; a status that is no success is an error with what the engine says of it. 304, which says that it was so
 * already, is one. */
int docker_ask(struct docker *docker, const struct docker_call *call, struct docker_reply *reply, struct err *err);

/* Of an answer that is no success: sets err from its status and its text; returns -1. */
int docker_refused(const struct docker_reply *reply, struct err *err);

/* Asks, and reads the answer as JSON. NULL with err. */
json_t *docker_ask_json(struct docker *docker, const struct docker_call *call, struct err *err);

/* Appends "/text" as one name of a path; -1 when it is no name of an image, a container, a network or a volume. */
int docker_path_name(struct str *path, const char *name, struct err *err);

/* Appends "?name=value", or "&name=value" behind the first. */
void docker_path_query(struct str *path, const char *name, const char *value);
void docker_path_query_json(struct str *path, const char *name, const json_t *value);
