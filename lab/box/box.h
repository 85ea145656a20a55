#pragma once
/*
 * The box: running someone else's programs, one after the other, within limits, and leaving nothing behind.
 *
 * A process has at most one box, and by opening it becomes a subreaper: whatever a program leaves behind becomes a
 * child of this process, or of the init of the box's own namespaces, where the sweep finds it. What is always true: no descriptor but 0, 1 and 2 reaches a
 * program; its environment is exactly what the caller lists; its output is always drained and kept to head and tail;
 * when box_run returns, the program and everything it started are dead, declared services excepted.
 * A process that keeps an output pipe open cannot hold a run back: a run ends when its program ends.
 *
 * Requires a single-threaded caller that has no children of its own other than those named to box_spare.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "box/filter.h"

/* Counts changes of the box that can change a verdict. */
#define BOX_VERSION "1"

/* Limits are of the whole box: the program and all its descendants together, services included. 0 means none. When all
 * together have too much memory or too many processes, the one of them that has most is ended, be it the program or a
 * service. Wall and processor time are those of a run: a service lives until it is stopped. */
struct box_limits {
    double wall;     /* seconds a run */
    double cpu;      /* seconds of processor time a run */
    uint64_t memory; /* bytes, by PSS */
    uint64_t processes;
    uint64_t disk, files; /* bytes and entries that may be left in `writable` */
    uint64_t file_size;   /* bytes of one file */
    size_t output;        /* bytes kept of each of stdout and stderr, half head and half tail */
};

enum box_use {
    BOX_READ,
    BOX_WRITE,    /* and watched against disk and files */
    BOX_TEMPORARY /* for what nobody reads later: a box with a file system of its own has an own /tmp instead */
};

/* A folder that programs may use, and where they find it when the box has a file system of its own. */
struct box_folder {
    const char *path;
    const char *inside; /* NULL: at its path */
    enum box_use use;
};

struct walls;

/* Ports of the box's own loopback on which connections are taken for what runs outside of it. Where the box has a loopback
 * of its own, `take` is handed a listening socket for each, which it keeps, before the first program runs; and again when the box had to be built
 * anew. Elsewhere programs share the machine's loopback, and nothing is asked of `take`. */
struct box_forwards {
    const uint16_t *ports;
    size_t count;
    int (*take)(void *context, uint16_t port, int listener, struct err *err);
    void *context;
};

/* The paths must live as long as the box; the lists need not. */
struct box_config {
    const struct box_folder *folders; /* ends with a path of NULL */
    const char *const *covered;       /* NULL-terminated: folders that must not be seen through others */
    struct box_limits limits;
    enum box_network network;
    const struct walls *walls; /* what this machine allows (walls.h); NULL: limits, but no isolation */
    uid_t user;                /* of walls_user */
    struct box_forwards forwards;
    int interrupt; /* descriptor that becomes readable when everything must end; -1 is none */
};

struct box;

/* Cheap: the walls go up when the first program is started, or box_prepare is called. */
int box_open(struct box **box, const struct box_config *config, struct err *err);

/* Begins to build what the first program will need, and does not wait for it. */
int box_prepare(struct box *box, struct err *err);

/* Where the programs of boxes like this find the folder. */
const char *box_inside(const struct walls *walls, const struct box_folder *folder);

/* Names a child of the caller, at most 4, that the sweep leaves alone; until it has been reaped. */
void box_spare(struct box *box, pid_t pid);
void box_unspare(struct box *box, pid_t pid);

void box_close(struct box *box); /* ends services, sweeps; NULL is allowed */

/* The layers of isolation in force, for results and doctor: "userns", "seccomp", "rlimits" … NULL-terminated. */
const char *const *box_isolation(const struct box *box);

struct box_program {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked up in PATH of env */
    const char *const *env;  /* NULL-terminated "NAME=value"; the whole environment */
    const char *cwd;
    struct sv input; /* standard input, then end of file */
    double wall;     /* seconds, 0: the box's limit; never above it */
    uint64_t memory; /* bytes, 0: the box's limit; never above it */
    bool offline;    /* it gets no network at all, also where the box has one */
    bool talks;      /* a service whose standard input and output are the caller's: box_service_end */
};

/* What a stream wrote: head, then how much was left out, then tail. */
struct box_capture {
    struct str head, tail;
    uint64_t dropped; /* bytes between head and tail */
};

enum box_limit {
    BOX_LIMIT_NONE,
    BOX_LIMIT_WALL,
    BOX_LIMIT_CPU,
    BOX_LIMIT_MEMORY,
    BOX_LIMIT_PROCESSES,
    BOX_LIMIT_DISK,
    BOX_LIMIT_FILES,
    BOX_LIMIT_FILE_SIZE
};
const char *box_limit_name(enum box_limit limit); /* "wall time", "memory" … */

struct box_result {
    int code;             /* exit status, -1 when ended by a signal */
    int signal;           /* 0 when it exited */
    enum box_limit limit; /* the limit for which the box ended it */
    double limit_value;   /* how much that was: seconds, bytes or a count; 0 when there is no limit */
    bool not_found; /* it could not be started: there is no such program, or it may not be executed; `why` says so */
    bool no_folder; /* not_found, because its folder cannot be entered */
    bool too_long;  /* not_found, because the kernel takes no arguments and variables of such a length */
    char why[256];
    double seconds, cpu;  /* wall and processor time */
    uint64_t max_rss;     /* bytes, of the largest process; at least what the caller had itself, as exec(2) counts */
    unsigned left_behind; /* processes that the sweep had to end */
    bool unroutable;      /* it tried to reach something outside of the box's own network */
    struct box_capture out, err;
};
void box_result_release(struct box_result *result);

/* The last line of what is kept that says something: of a Python traceback, the error itself. Empty when none does. */
struct sv box_last_line(const struct box_capture *capture);
bool box_result_failed(const struct box_result *result); /* anything but the exit status 0 */

/* Runs a program to its end. -1 only for faults that are not the program's (no descriptors, no memory, interrupted:
 * ERR_INTERRUPTED). A program that cannot be started is a result. */
int box_run(struct box *box, const struct box_program *program, struct box_result *result, struct err *err);

/* The same in a box that nothing else uses, opened for it and closed. */
int box_run_alone(const struct box_config *config, const struct box_program *program, struct box_result *result,
                  struct err *err);

/* Services: programs that stay while others run. At most 8 at once. The id is ≥ 0. A service that cannot be started is
 * one that has ended: box_service_stop says why. When a service's own process ends, what it started
 * ends with it, save what left its session: that counts as the run's, and ends with the next one. */
int box_service_start(struct box *box, const struct box_program *program, int *service, struct err *err);
bool box_service_known(struct box *box, int service); /* it was started, and not stopped yet */
bool box_service_alive(struct box *box, int service);
int box_service_signal(struct box *box, int service, int signal, struct err *err);
/* The output so far; the box keeps ownership and goes on filling it. */
const struct box_capture *box_service_output(struct box *box, int service, bool standard_error);
/* Hands over the reading end of a talking service's standard output, or the writing end of its standard input: each once. Neither
 * blocks. What is written there is not captured, and nobody else reads it. Returns the descriptor. */
int box_service_end(struct box *box, int service, bool output, struct err *err);
/* SIGTERM, 300 ms, SIGKILL to all of it; then its result as for box_run. */
int box_service_stop(struct box *box, int service, struct box_result *result, struct err *err);

/* Keeps services drained and limits watched until fd is readable (1), the deadline (clock_monotonic value, 0: none)
 * has passed (0), or the interrupt came (-1, ERR_INTERRUPTED). */
int box_wait(struct box *box, int fd, double deadline, struct err *err);

/* A connection to a TCP port of the box's loopback, for talking to services from outside. Returns the descriptor. */
int box_connect(struct box *box, uint16_t port, struct err *err);
