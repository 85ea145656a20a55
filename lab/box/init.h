#pragma once
/*
 * What a box's init and its owner say to each other. Init is the first process of the box's namespaces: a small static
 * program (init.c) that the owner hands to bubblewrap in a descriptor. It runs programs on request, reaps whatever dies,
 * and ends everything when its owner's end of the socket closes; so a check pays for one set of namespaces, whatever
 * number of programs it runs.
 *
 * The socket (INIT_SOCKET in init, SOCK_SEQPACKET) carries a request and an answer in turn, as these structs; both ends
 * are of one build, but maybe of two C libraries, so no struct of theirs but rlimit is in them. Init is not dumpable, and everything but 0, 1 and 2 is closed in what it starts, so no program of the
 * box reaches the socket.
 *
 * The first answer comes unasked, and says that init is there.
 */

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "box/exec.h"

enum { INIT_SOCKET = 3, INIT_UNITS = 9 };

enum init_op {
    INIT_START, /* runs a program; its words come in a file, behind them its three descriptors. Answers pid and pidfd */
    INIT_COLLECT, /* waits for the unit's own process, and answers how it ended and what its descendants used */
    INIT_SWEEP,   /* kills all that is in the box, then as INIT_COLLECT */
    INIT_USAGE, /* answers how full the box's own file systems and shared memory are, and packets that had nowhere to go */
    INIT_CONNECT, /* answers a socket that is connecting to a port of the box's loopback */
    INIT_LISTEN,  /* answers a socket that listens on it */
};

struct init_request {
    enum init_op op;
    unsigned unit; /* 0..INIT_UNITS-1; INIT_START, INIT_COLLECT, INIT_SWEEP */
    uint16_t port; /* INIT_CONNECT, INIT_LISTEN */
    /* INIT_START. The file holds these many NUL-terminated words: the folder, argv, env, candidates. */
    unsigned argc, envc, candidates;
    uint64_t size; /* of the file, bytes */
    bool offline;
    unsigned bound_count;
    struct exec_bound bounds[EXEC_BOUNDS_MOST];
};

struct init_answer {
    int error; /* errno, 0: done */
    /* INIT_START, when the program could not be executed: error and */
    struct exec_report report;
    char why[256];
    /* INIT_COLLECT, INIT_SWEEP */
    int status;          /* of wait(2) */
    double user, system; /* seconds of processor time */
    uint64_t max_rss;    /* bytes */
    double orphans_cpu;  /* seconds that reaped orphans used since the last time */
    unsigned ended;      /* processes that INIT_SWEEP had to end */
    /* INIT_USAGE */
    uint64_t bytes, entries;
    uint64_t unroutable; /* packets since the box began */
};

/* Sends `size` bytes with `count` descriptors, or receives them: descriptors that did not come are -1. The number of
 * bytes, 0 at the end, -1 with errno. Used by both ends. */
ssize_t init_send(int socket, const void *data, size_t size, const int *descriptors, unsigned count);
ssize_t init_receive(int socket, void *data, size_t size, int *descriptors, unsigned count);
