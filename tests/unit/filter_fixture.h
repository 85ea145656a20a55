#pragma once
/* Children that enter the filter of system calls and tell what they are answered. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "box/filter.h"

enum { NETWORKS = 3, ALLOWED = 0 };

/* Above what the kernel reads of a 32-bit argument. */
#define GARBAGE (UINT64_C(0xdeadbeef) << 32)

struct call {
    long number;
    uint64_t arguments[3];
    int error;
};

typedef int action(const void *context);

/* The wait status of a child that enters the filter and exits with what `act` returns. */
static inline int status_under(enum box_network network, action *act, const void *context) {
    int status;
    pid_t child = fork();
    if (!child) {
        setsid();
        bool in = !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !filter_enter(network);
        _exit(in ? act(context) : 254);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static inline int exit_under(enum box_network network, action *act, const void *context) {
    int status = status_under(network, act, context);
    if (!WIFEXITED(status)) fail_msg("ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static inline int make_call(const void *context) {
    const struct call *call = context;
    const uint64_t *at = call->arguments;
    /* the others are -1, which no call takes: what the filter lets through by mistake does no harm */
    return syscall(call->number, at[0], at[1], at[2], -1, -1, -1) < 0 ? errno : 0;
}

static inline void must_answer(enum box_network network, const struct call *call) {
    int error = exit_under(network, make_call, call);
    if (error != call->error)
        fail_msg("network %d, call %ld(%llx, %llx, %llx): %s, not %s", (int)network, call->number,
                 (unsigned long long)call->arguments[0], (unsigned long long)call->arguments[1],
                 (unsigned long long)call->arguments[2], strerror(error), strerror(call->error));
}

static inline void all_must_answer(const struct call *calls, size_t count) {
    for (int network = 0; network < NETWORKS; network++)
        for (size_t i = 0; i < count; i++) must_answer((enum box_network)network, &calls[i]);
}
