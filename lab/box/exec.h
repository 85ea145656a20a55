#pragma once
/*
 * Becoming a program: what happens between clone and execve. The child shares its parent's memory until it executes
 * (CLONE_VM | CLONE_VFORK, as posix_spawn does), which makes a start as cheap from a large process as from a small one;
 * so all that needs allocation is prepared before, and the child only makes system calls.
 *
 * Used twice: by the caller of the box where programs are its children, and by the box's own init, a small static program.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "box/filter.h"

enum exec_step { EXEC_SETUP, EXEC_FOLDER, EXEC_PROGRAM };

/* What the child tells through a pipe that closes by itself when the program has started. */
struct exec_report {
    enum exec_step step;
    int error; /* errno */
};

/* A limit that the kernel keeps, of each process. */
struct exec_bound {
    int resource;
    struct rlimit value;
};

enum { EXEC_BOUNDS_MOST = 8, EXEC_STACK_SIZE = 64 * 1024 };

struct exec_plan {
    const char *const *argv; /* NULL-terminated, like the next */
    const char *const *env;
    const char *cwd;
    char *const *candidates; /* what argv[0] may mean, NULL-terminated */
    struct exec_bound bounds[EXEC_BOUNDS_MOST];
    unsigned bound_count;
    int ends[3]; /* the program's standard input, output and error */
    int report;  /* where an exec_report goes */
    pid_t parent;
    bool powerless; /* it loses all capabilities */
    bool drops;     /* it becomes this user and group first */
    uid_t user;
    int landlock;  /* a ruleset to enter, or -1 */
    bool filtered; /* it enters the filter of `network` */
    enum box_network network;
};

#define EXEC_PLAN_INIT \
    { .ends = {-1, -1, -1}, .report = -1, .landlock = -1 }

/* Starts the child on `stack` (EXEC_STACK_SIZE bytes, aligned to 16). Answers its pid, with a pidfd in *pidfd, or -1 with
 * errno. All signals wait until it has executed: a handler of the caller's would run in it, on the caller's memory. */
pid_t exec_start(struct exec_plan *plan, char *stack, int *pidfd);

/* Reads what the child told through the pipe's other end: true when it could not become the program. Waits until it has. */
bool exec_failed(int reports, struct exec_report *report);

/* True for what is no fault of the program: the machine has run out of something. */
bool exec_is_shortage(const struct exec_report *report);

/* Says why the folder could not be entered, or why no candidate could be executed. */
void exec_explain(const struct exec_plan *plan, const struct exec_report *report, char *why, size_t size);

/* Makes every descriptor from 3 on close at exec, by /proc/self/fd: for kernels without close_range. 0 or errno. */
int exec_mark_by_proc(void);
