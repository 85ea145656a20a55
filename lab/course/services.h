#pragma once
/*
 * The services of a course: those of docker-compose.yml, beside tracks/, that have an `x-lab` block. Compose runs the same file without lab;
 * `x-lab` says how lab runs a service without containers, when it is ready, and what its users are told.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "course/strings.h"
#include "course/yaml.h"

#define COMPOSE_FILE "docker-compose.yml"

enum { ATTEMPT_SERVICES_MOST = 8 }; /* those that an exercise requires, and those that they depend on */

/* How one sees that a service answers: exactly one of http, tcp and exec is given. */
struct readiness {
    const char *http;    /* a path that is answered with a status from 200 to 399 */
    bool tcp;            /* its port takes a connection */
    struct strings exec; /* a program that exits with 0 */
    double within;       /* seconds */
};

/* The texts of native, prepare, seed, env, gives and ready.exec have placeholders, see service_word. */
struct service {
    const char *name, *title;
    struct strings native;  /* argv of the process that is the service; none: it runs in a container only */
    struct strings prepare; /* argv that fills an empty data folder before the first start, or none */
    struct strings seed;    /* argv that fills a new instance once it is ready, or none */
    const char *python;     /* environment of its programs; NULL: the standard library */
    const char *program;    /* that the machine must have, or NULL */
    const char *package;    /* of Debian, that brings it, or NULL */
    int port;               /* where it listens within a container or a box */
    struct readiness ready;
    struct strings env;   /* "NAME=value": its own variables */
    struct strings gives; /* "NAME=value": what programs that use it are told */
    int64_t memory;       /* bytes that a check's instance may use */
    bool play_only;       /* for the learner alone: no check can have it */
    struct strings needs; /* services that must be ready before: compose's depends_on */
    bool has_image;       /* compose pulls `image`, else builds it */
    const char *image;
    struct yaml_position at; /* of its x-lab */
};

struct services {
    struct service *items;
    size_t count;
};

struct course;

/* What the course declares; none without a docker-compose.yml. Read once. ERR_COURSE with up to 20 located faults. */
int course_services(const struct services **services, struct course *course, struct err *err);

const struct service *services_find(const struct services *services, const char *name); /* NULL: none */

/* What placeholders stand for. A NULL leaves its own in place. */
struct service_place {
    int port;           /* {port} */
    const char *data;   /* {data}: the instance's folder */
    const char *shared; /* {shared}: exercises/shared of the course */
};

/* The text with its placeholders filled in. */
const char *service_word(struct arena *arena, const char *text, const struct service_place *place);

/* A list of texts likewise, NULL-terminated. */
const char **service_words(struct arena *arena, const struct strings *texts, const struct service_place *place);
