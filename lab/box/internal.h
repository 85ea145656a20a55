#pragma once
/*
 * What the files of the box share.
 *
 * A unit is one program with everything that it started: unit 0 is the program of box_run, the others are services.
 * Each process below the caller belongs to one unit, `spared` and what is below it to none.
 * Without namespaces a unit's own process stays a zombie until unit_finish has swept the rest, so that its pid, which names
 * the process group and the session as well, cannot be given to a stranger meanwhile. In a sandbox init reaps at once, and
 * processes are signalled by pidfd.
 */

#include <signal.h>
#include <sys/resource.h>

#include "box/box.h"
#include "box/capture.h"
#include "box/exec.h"
#include "box/sandbox.h"
#include "box/walls.h"

enum { SERVICES_MOST = INIT_UNITS - 1, UNIT_RUN = 0, UNITS = INIT_UNITS };

struct unit {
    bool used;     /* the slot is taken: running, or a service that ended and was not stopped yet */
    bool over;     /* its process has ended */
    bool finished; /* swept, drained and closed */
    int id;        /* of a service */
    pid_t pid;     /* 0 when there is none, or reaped */
    int pidfd;
    int input, outputs[2];
    int talk[2];        /* ends of its input and output that the caller may take; -1 are none */
    bool widened[2];    /* the output's pipe was enlarged */
    struct str pending; /* input that did not fit into the pipe yet */
    size_t written;     /* of pending */
    struct capture captures[2];
    double started, seconds;
    double deadline;      /* when its wall time ends; 0 is never */
    double cpu_most;      /* 0 is none */
    double cpu_reaped;    /* of descendants that this process reaped */
    uint64_t memory_most; /* 0 is none */
    enum box_limit limit; /* the limit that it went beyond: it is to be ended, unless `over` */
    int status;
    double cpu;       /* seconds, of its own process and what that has reaped */
    uint64_t max_rss; /* bytes */
    unsigned left_behind;
    bool not_found, no_folder, too_long;
    bool lost; /* it ended with its sandbox, which was no doing of its own; `why` says more */
    char why[256];
    unsigned long out_of_memory, refused_forks; /* of the group, when it began */
};

struct member {
    pid_t pid, parent, session;
    char state;
    unsigned threads, unit;
    double cpu;
    uint64_t rss;
};

#define UNIT_INIT \
    { .pidfd = -1, .input = -1, .outputs = {-1, -1}, .talk = {-1, -1}, .pending = STR_INIT }

/* A zombie whose threads are all gone; a process may live on after its first thread has ended. */
static inline bool member_is_dead(const struct member *member) { return member->state == 'Z' && member->threads <= 1; }

struct disk_use {
    uint64_t bytes, entries;
    uint64_t largest; /* file, in bytes */
};

/* What the watchdog knows of the kernel's ending processes for want of memory. */
struct strike {
    unsigned long ended; /* at the last look */
    unsigned deaths;     /* of units, at the last look without a new one */
    bool pending;        /* there was a new one at the last look */
};

struct parentage {
    pid_t pid, parent;
};

struct box {
    pid_t owner;         /* the process that opened the box: a fork of it must not end anything */
    pid_t parent;        /* of the owner */
    array(int) writable; /* open folders, O_PATH */
    struct box_config config;
    struct box_folder *folders; /* the lists of the configuration */
    const char **covered;
    struct sandbox sandbox; /* without one, programs are children of the caller */
    int landlock;           /* a ruleset, where there are no namespaces; -1: none */
    bool sees_all;          /* this process may look into any other */
    unsigned deaths;        /* units that have ended so far */
    struct strike strike;
    uint64_t unroutable; /* packets, when the last run began */
    pid_t spared[4];
    int next_id;
    struct unit units[UNITS];

    /* family.c */
    pid_t root;   /* whose descendants the programs are: the caller, or the sandbox's init */
    int children; /* its /proc/PID/task/PID/children, kept open; -1: this kernel has none, /proc is scanned instead */
    array(struct member) members;
    array(pid_t) listed;
    array(struct parentage) scanned;

    /* watch.c */
    double next_tick, next_pss, next_walk;
    unsigned memory_strikes;

    /* what box_close puts back */
    int was_subreaper;
    struct sigaction old_pipe, old_child;

    char stack[EXEC_STACK_SIZE] __attribute__((aligned(16))); /* of the child between clone and exec */
    char buffer[256 * 1024];                                  /* for reading output */
};

static inline bool is_sandboxed(const struct box *box) { return box->config.walls && box->config.walls->namespaces; }

static inline unsigned unit_bit(unsigned unit) { return 1U << unit; }
enum { ALL_UNITS = (1 << UNITS) - 1, PIPE_SIZE = 1024 * 1024 };

/* ---- launch.c ---- */

/* Starts the program in an unused slot. When it cannot be executed the unit is over at once, not_found, and says why.
 * -1 only for faults that are not the program's; the slot is unused again then. */
int launch(struct box *box, struct unit *unit, const struct box_program *program, struct err *err);

/* ---- family.c ---- */

/* From now on the programs are descendants of `root`. */
int family_open(struct box *box, pid_t root, struct err *err);

/* Fills box->members with the processes below the caller, parents first, and sends `signal` (0: none) to those whose
 * unit is in the mask `units`; zombies are listed too. */
void family_collect(struct box *box, unsigned units, int signal);

/* True when the caller, or the sandbox's init, has no child besides spared and the units' own processes: short reads, for the
 * usual case that a program which is over has left nothing behind. */
bool family_is_clean(struct box *box);

/* Ends the processes of the units in the mask and reaps them; the units' own ones keep their status in the unit.
 * Returns how many other processes had to be ended. */
unsigned family_sweep(struct box *box, unsigned units);

/* Waits for pid with the flags of wait4; true when it was reaped. */
bool family_reap(struct box *box, pid_t pid, unsigned unit, int flags);

/* ---- fences.c ---- */

/* Prepares what programs enter where there are no namespaces. */
int fences_open(struct box *box, struct err *err);

/* ---- walled.c: the same, of a sandbox ---- */

/* Begins the sandbox unless it was; then waits until it is there. */
int walled_begin(struct box *box, struct err *err);
int walled_await(struct box *box, struct err *err);

/* Starts the plan's program as the unit's own process. *report is filled in when it cannot be executed, *failed set and
 * unit->why says why. */
int walled_start(struct box *box, struct unit *unit, const struct exec_plan *plan, bool *failed,
                 struct exec_report *report, struct err *err);

/* How the unit's own process ended; with `sweep`, everything in the sandbox is killed first. Answers how many that were. */
unsigned walled_collect(struct box *box, unsigned unit, bool sweep);

/* Whether other units than this have a process. */
bool walled_is_shared(const struct box *box, unsigned unit);

/* The limit for which the kernel has ended the unit's own process by `signal`, or refused it another process, since
 * walled_mark. */
void walled_mark(const struct box *box, struct unit *unit);
enum box_limit walled_struck(const struct box *box, const struct unit *unit, int signal);

/* Adds what lies in the sandbox's own file systems, and notes packets that had nowhere to go. */
void walled_measure(struct box *box, struct disk_use *use, uint64_t *unroutable);

/* A socket that is connecting to a port of the sandbox. */
int walled_connect(struct box *box, uint16_t port, struct err *err);

/* ---- watch.c, disk.c ---- */

/* A unit was started: no look before it had a moment, unless others are running, which many short runs would hide. */
void watch_begin(struct box *box);

/* Looks at the limits when it is time to; a unit beyond one has its `limit` set. */
void watch_tick(struct box *box);

/* The limit beyond which a program that is over has left the folders, and whether it tried to reach what it cannot. */
enum box_limit watch_remains(struct box *box, bool failed, bool *unroutable);

/* Adds up what lies in the writable folders; stops early when that is beyond a limit. */
void disk_walk(struct disk_use *use, const struct box *box);

/* Adds open files without a name: deleted ones and memfds. */
void disk_nameless(struct disk_use *use, const struct member *members, size_t count);

/* ---- loop.c ---- */

enum turn { TURN_DONE, TURN_READY, TURN_INTERRUPTED };

/* Waits for something to happen, at most until the deadline (0: none), and deals with it: drains output, feeds input,
 * looks at limits, notes which units are over, finishes services that are. TURN_READY: `fd` has one of the events. */
enum turn loop_turn(struct box *box, double deadline, int fd, short events);

/* Ends what is left of the unit, reads what is left in its pipes, closes them. */
void unit_finish(struct box *box, struct unit *unit);

/* SIGTERM to all of the unit, 300 ms until its process must have ended; then unit_finish. -1: interrupted, which ends
 * it at once. */
int unit_end_gently(struct box *box, struct unit *unit, struct err *err);
void unit_release(struct unit *unit); /* closes, frees; the slot is unused, and remembers nothing */

/* ---- run.c ---- */

/* Hands a finished unit's result over, and frees the slot. */
void unit_result(struct box *box, struct unit *unit, struct box_result *result);
int unit_lost(const struct unit *unit, struct err *err); /* -1 for one that is lost, with the reason */
void result_begin(struct box_result *result);            /* empty, fit for box_result_release */
