#pragma once
/*
 * The filter: system calls that no learner's program needs and that reach out of a box or into the kernel's rarest code
 * are refused (seccomp(2)). What exactly is denied, and with which error, stands in box/filter_tool.c, which makes the
 * programs while lab is built.
 *
 * What is always true: who has entered it has it for good, and so has everything that it starts. It replaces no
 * namespace: files, processes and networks are kept apart by others, the filter keeps them from being undone.
 */

#include <linux/filter.h>
#include <stddef.h>

#include "base/err.h"

/* What a box's programs may reach over a network. */
enum box_network {
    BOX_NETWORK_LOOPBACK, /* each other */
    BOX_NETWORK_NONE,     /* nothing: only sockets of the file system */
    BOX_NETWORK_OPEN      /* what the machine reaches */
};

/* A program as it was built, in the order of enum box_network. */
struct filter_code {
    const struct sock_filter *items;
    size_t count;
};
extern const struct filter_code filter_codes[];

/* The program, for seccomp(2); it lies in static memory and must not be changed. */
struct sock_fprog filter_program(enum box_network network);

/* Puts the calling process under the filter, which needs no_new_privs. 0 or -1 with errno. Only a system call: fit for a
 * child between fork and exec. */
int filter_enter(enum box_network network);

/* A descriptor that reads as the program from its beginning, for `bwrap --seccomp FD`. Closes at exec; caller closes. */
int filter_descriptor(enum box_network network, struct err *err);
