#pragma once
/*
 * The services that a learner plays with: an instance of each in a workspace, from its start until somebody stops it. (The instances
 * that an attempt gets are made elsewhere, in its boxes, and end with it.)
 *
 * An instance is a folder, WORKSPACE/.lab/services/NAME: `data` is the learner's, `log` what its programs print, `state.json` which
 * process (or container) it is, on which port. Two drivers run it: native, as a process of the session that it leads, and docker, by
 * compose.
 *
 * What is always true:
 * - No process of a service runs without a state file that names it: it waits for that before it becomes the service.
 * - Nobody is signalled but processes of this user which are known to be the service's: by number, time of start and boot together, and by
 *   LAB_SERVICE=<id of the workspace>/NAME, with which their environment begins. Of those that have erased it, the log that they write
 *   to tells, removed or not; for the one that the state file names, it is enough to stand in the instance's folder.
 * - Data are never removed but on demand, and never half prepared.
 * - One lab at a time starts and stops services of a workspace.
 * - Nothing outside of the workspace is written, whatever links lie in it, but the registry beside the progress database.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/beneath.h"
#include "base/err.h"
#include "base/str.h"
#include "course/course.h"
#include "course/services.h"
#include "workspace/python.h"

enum play_driver { PLAY_NATIVE, PLAY_DOCKER };
const char *play_driver_name(enum play_driver driver);

/* ERR_USAGE when there is no such driver. */
int play_driver_find(enum play_driver *driver, const char *name, struct err *err);

struct play;

/* Of a workspace, with what its course declares. The course must outlive it. */
int play_open(struct play **play, const char *workspace, struct course *course, struct err *err);
void play_close(struct play *play);
void play_close_pointer(struct play **play); /* cleanup */

/* What the service's declaration says, NULL when the course has none of this name: ERR_USAGE with the nearest. */
const struct service *play_service(const struct play *play, const char *name, struct err *err);

/* ---- starting and stopping ---- */

enum play_deed {
    PLAY_WAITS,    /* another lab is at work here */
    PLAY_PREPARES, /* its data folder is filled */
    PLAY_STARTS,   /* it runs, and is not ready yet */
    PLAY_SEEDS,    /* it is ready, and is filled */
    PLAY_READY,
    PLAY_RUNS, /* it was ready before */
    PLAY_FAILED,
    PLAY_STOPPED,
};

/* Told when the deed changes, and about ten times a second while it lasts. */
struct play_progress {
    const char *service;   /* NULL with PLAY_WAITS */
    const char *workspace; /* with PLAY_WAITS */
    enum play_deed deed;
    double seconds; /* since its start */
    int port;
};

struct play_watcher {
    void (*show)(void *context, const struct play_progress *progress);
    const struct python_watcher *python; /* of environments that are built, or NULL */
    void *context;
};

struct play_request {
    const struct strings *names;    /* services of the course */
    const enum play_driver *driver; /* NULL: each as it ran before, else native */
    struct play_watcher watcher;
    int interrupt;   /* readable: what is not ready is ended, then ERR_INTERRUPTED */
    double patience; /* seconds to wait for another lab, then ERR_ENVIRONMENT; 0: without end */
};

/* Starts the services and those that they depend on, all that can be at once, and waits until each is ready. Those that run stay as
 * they are. When one fails, the others go on; ERR_ENVIRONMENT then says which, with the last lines of its log. */
int play_start(struct play *play, const struct play_request *request, struct err *err);

/* Ends the services, and all that they started. Their data stay. When one cannot be ended, the others are; the first
 * fault is told. */
int play_stop(struct play *play, const struct play_request *request, struct err *err);

/* ---- looking ---- */

enum play_state {
    PLAY_IS_NEW,     /* it never ran here */
    PLAY_IS_STOPPED, /* as was asked for */
    PLAY_HAS_DIED,   /* by itself */
    PLAY_IS_UNKNOWN, /* it ran as a container, and no engine says more */
    PLAY_COMES_UP,   /* it runs, but was never seen ready */
    PLAY_IS_UP,
};
const char *play_state_name(enum play_state state);

struct play_status {
    const char *name;
    enum play_state state;
    enum play_driver driver;
    pid_t pid;       /* of a native one that runs */
    int port;        /* 0: none yet */
    int64_t since;   /* seconds since 1970, of one that runs */
    uint64_t memory; /* bytes, of one that runs; 0: unknown */
    bool outdated;   /* it runs as an older declaration said */
};

/* How the service stands. With -1, `status` is what is known all the same, if only its name and PLAY_IS_UNKNOWN. */
int play_look(struct play *play, const char *name, struct play_status *status, struct err *err);

/* Names of all that ever ran here, in order, in arena. */
int play_names(struct play *play, struct arena *arena, struct strings *names, struct err *err);

/* What the services give to programs that use them, as "NAME=value", in arena: of those that run. */
int play_gives(struct play *play, const struct strings *names, struct arena *arena, struct strings *variables,
               struct err *err);

/* The address that a person can use, in arena: what it gives, or the port of the machine. */
const char *play_address(const struct play *play, struct arena *arena, const char *name, int port);

/* Opens the service's log; -1 with err when it has none. Of one in a container the engine is asked, and a file without a name holds
 * what it said. */
int play_log(struct play *play, const char *name, int lines, struct err *err);

/* ---- of all workspaces of this user ---- */

/* What could not be ended or removed, and why. */
struct play_rest {
    char *what, *why;
};
struct play_left {
    array(struct play_rest) items;
};
void play_left_release(struct play_left *left);

struct play_down {
    size_t stopped;            /* services that ran */
    size_t folders, volumes;   /* of data, removed */
    struct names kept;         /* workspaces whose services still have data */
    struct names kept_volumes; /* of containers, with data */
    struct play_left left;
};
void play_down_release(struct play_down *down);

struct play_ending {
    bool data; /* what they kept is removed */
    struct play_watcher watcher;
    int interrupt;
};

/* Ends all services that were started under these folders of lab (path_places), in whatever workspace, whether or not it is still
 * there. Then looks again. A workspace where another lab stays at work is left alone, and counts as left. */
int play_end_all(struct play_down *down, const struct play_ending *ending, struct err *err);

/* What runs now of all workspaces, without looking into the container engine. */
struct play_survey {
    size_t running; /* services */
    size_t stray;   /* processes of services that no workspace knows of: it is gone, or its state file is */
};
int play_look_everywhere(struct play_survey *survey, struct err *err);
