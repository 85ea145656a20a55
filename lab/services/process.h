#pragma once
/* Processes as /proc shows them, and signals that reach only whom they are meant for. Inside services/ only. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/mem.h"

struct process {
    pid_t pid, parent, session;
    uint64_t started; /* clock ticks since the boot */
    uid_t user;
    bool dead; /* a zombie */
};

struct processes {
    array(struct process) list;
};
void processes_release(struct processes *all);
void processes_read(struct processes *all); /* all of the machine, without the caller */

bool processes_have(const struct processes *some, pid_t pid);

bool process_read(pid_t pid, struct process *process); /* false: there is none */

#define BOOT_SIZE 40
void process_boot(char boot[BOOT_SIZE]); /* which boot of the machine this is; "" when unknown */

/* LAB_SERVICE in the environment with which it was started: "" when there is none, or it may not be read. */
enum { MARK_SIZE = 128 };
void process_mark(pid_t pid, char mark[MARK_SIZE]);

bool process_writes_to(pid_t pid, const struct stat *file); /* its standard output or error is this file */

/* Where its standard output (1) or error (2) leads, and the folder in which it stands, also when they are removed by now. NULL when
 * they may not be read. Caller frees. */
char *process_stream(pid_t pid, int fd);
char *process_folder(pid_t pid);

/* Sends a signal to this very process, of this user: neither to another that has its number by now, nor to another user's. */
int process_signal(const struct process *process, int signal);

/* A descriptor that becomes readable when this very process ends; -1 when it has. */
int process_watch(const struct process *process);

uint64_t process_memory(pid_t pid); /* its share, in bytes */

/* Who listens on the port of the loopback: false when that is certainly none of these processes. */
bool processes_listen(const struct processes *some, int port);

/* Its command line for people, cut. Caller frees. */
char *process_shown(pid_t pid);
