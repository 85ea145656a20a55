#pragma once
/* A control group as this machine has it, and processes in it; what the machine lacks is skipped, and said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "box/group.h"

enum { MIB = 1024 * 1024 };

static struct fixture {
    struct box_group group;
    struct err err;
    int said[2]; /* children write a byte when they have done what they should */
} fix;

static inline int setup(void **state) {
    (void)state;
    fix = (struct fixture){.group = GROUP_INIT};
    return pipe2(fix.said, O_CLOEXEC);
}

static inline int teardown(void **state) {
    (void)state;
    group_close(&fix.group);
    while (waitpid(-1, NULL, 0) > 0) {}
    return close(fix.said[0]) | close(fix.said[1]);
}

/* Opens a group, or skips the test where one cannot do what it `needs`. */
static inline void open_group(unsigned needs, uint64_t memory, uint64_t processes) {
    struct group_facts facts;
    group_probe(&facts);
    unsigned has =
        (facts.memory ? GROUP_MEMORY : 0) | (facts.processes ? GROUP_PROCESSES : 0) | (facts.kill ? GROUP_KILL : 0);
    if (facts.kind == GROUP_NONE || (needs & ~has)) {
        print_message("skipped: %s\n", facts.why);
        skip();
    }
    if (group_open(&fix.group, &(struct group_limits){memory, processes}, &fix.err)) fail_msg("%s", fix.err.message);
}

static inline void say(char what) {
    if (write(fix.said[1], &what, 1) != 1) _exit(99);
}

static inline char hear(void) {
    char what = 0;
    struct pollfd ready = {fix.said[0], POLLIN, 0};
    if (poll(&ready, 1, 10000) == 1 && read(fix.said[0], &what, 1) != 1) what = 0;
    return what;
}

static inline _Noreturn void idle(void) {
    say('i');
    for (;;) pause();
}

typedef void action(void);

/* Starts a process in the group; action may return, then it exits with 0. */
static inline pid_t start(action *act) {
    int pidfd = -1;
    pid_t child = group_fork(&fix.group, &pidfd);
    if (!child) {
        act();
        _exit(0);
    }
    assert_true(child > 0 && pidfd >= 0);
    close(pidfd);
    return child;
}

static inline void act_idle(void) { idle(); }

static inline int status_of(pid_t child) {
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static inline bool is_alive(pid_t child) { return !waitpid(child, NULL, WNOHANG); }

/* How many processes the group's first folder lists. */
static inline unsigned count_members(void) {
    scoped(str) text = STR_INIT;
    autoclose int fd = openat(fix.group.folders[0].folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fs_read_all(fd, &text, MIB), 0);
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) count += text.data[i] == '\n';
    return count;
}

static inline bool stands_in_parent(size_t i, const char *name) {
    struct stat info;
    return !fstatat(fix.group.folders[i].parent, name, &info, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
