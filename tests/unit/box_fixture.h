#pragma once
/*
 * A box over a temporary folder, and the programs of tests/hostile to run in it. Every test runs twice: in a box without
 * walls, and in one with all that this machine allows.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/mem.h"
#include "box/box.h"
#include "box/walls.h"

struct fixture {
    struct box *box;
    struct box_result result;
    struct err err;
    char folder[64];
    const char *hostile;
    int interrupt[2];
    uid_t user;
    int user_lock;
};

/* The program of tests/hostile under a name of this test's own, so that others which run at the same time are not counted. */
static struct { char folder[PATH_MAX], path[PATH_MAX + 16]; } own;

static struct fixture fix;
static struct walls walls = WALLS_INIT;
static bool walled; /* the second time */

static inline bool has_namespaces(void) { return walled && walls.namespaces; }

static inline int try_box(struct box_limits limits) {
    const struct box_folder folders[] = {
        {fix.folder, NULL, BOX_WRITE}, {own.folder, NULL, BOX_READ}, {NULL, NULL, BOX_READ}};
    const struct box_config config = {.folders = folders,
                                      .limits = limits,
                                      .walls = walled ? &walls : NULL,
                                      .user = fix.user,
                                      .interrupt = fix.interrupt[0]};
    return box_open(&fix.box, &config, &fix.err);
}

static inline void open_box(struct box_limits limits) {
    if (try_box(limits)) fail_msg("%s", fix.err.message);
}

static inline int setup(void **state) {
    (void)state;
    fix = (struct fixture){.hostile = own.path, .interrupt = {-1, -1}, .user_lock = -1};
    snprintf(fix.folder, sizeof fix.folder, "/tmp/test-box-XXXXXX");
    if (!mkdtemp(fix.folder) || pipe2(fix.interrupt, O_CLOEXEC)) return -1;
    return walled ? walls_user(&walls, &fix.user, &fix.user_lock, &fix.err) : 0;
}

static inline int teardown(void **state) {
    (void)state;
    box_close(fix.box);
    box_result_release(&fix.result);
    for (int i = 0; i < 2; i++) close(fix.interrupt[i]);
    mem_close_descriptor(&fix.user_lock);
    int root = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)beneath_remove(root, fix.folder + sizeof "/tmp/" - 1);
    close(root);
    return 0;
}

static const char *const usual_environment[] = {"PATH=/usr/bin:/bin", NULL};

/* Runs a program, given by its arguments, with input; the result is in the fixture. */
static inline int run_input(struct sv input, const char *const *argv) {
    box_result_release(&fix.result);
    struct box_program program = {.argv = argv, .env = usual_environment, .cwd = fix.folder, .input = input};
    return box_run(fix.box, &program, &fix.result, &fix.err);
}

static inline void must_run(const char *const *argv) {
    if (run_input((struct sv){"", 0}, argv)) fail_msg("%s", fix.err.message);
}

/* hostile("exit", "3"): runs it; faults fail the test. */
#define hostile(...)       must_run((const char *const[]){fix.hostile, __VA_ARGS__, NULL})
#define run_argv(...)      must_run((const char *const[]){__VA_ARGS__, NULL})
#define start_hostile(...) start_service((const char *const[]){fix.hostile, __VA_ARGS__, NULL})

static inline int start_service(const char *const *argv) {
    int service;
    struct box_program program = {.argv = argv, .env = usual_environment, .cwd = fix.folder, .input = {"", 0}};
    if (box_service_start(fix.box, &program, &service, &fix.err)) fail_msg("%s", fix.err.message);
    return service;
}

/* Stops it; the result is in the fixture. */
static inline void stop_service(int service) {
    box_result_release(&fix.result);
    if (box_service_stop(fix.box, service, &fix.result, &fix.err)) fail_msg("%s", fix.err.message);
}

/* Waits until the service has written text; fails after ten seconds. */
static inline const char *await_output(int service, const char *text) {
    double deadline = clock_monotonic() + 10;
    for (;;) {
        const char *output = box_service_output(fix.box, service, false)->head.data;
        if (strstr(output, text)) return output;
        if (clock_monotonic() > deadline) fail_msg("the service did not say '%s' but '%s'", text, output);
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    }
}

static inline bool is_gone(pid_t pid) { return kill(pid, 0) && errno == ESRCH; }

/* How many processes run `hostile`: found by their program, not by the box's own means. Zombies have none. */
static inline unsigned count_hostile(void) {
    unsigned count = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        char path[300], program[PATH_MAX];
        snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
        ssize_t len = readlink(path, program, sizeof program - 1);
        count += len > 0 && (size_t)len == strlen(fix.hostile) && !memcmp(program, fix.hostile, (size_t)len);
    }
    if (proc) closedir(proc);
    return count;
}

/* The name lies beside this program, in a folder that users of boxes can enter. */
static inline int own_program(void **state) {
    (void)state;
    char program[PATH_MAX - 32];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - sizeof "hostile");
    if (len < 0) return -1;
    while (program[len - 1] != '/') len--;
    memcpy(program + len, "hostile", sizeof "hostile");
    snprintf(own.folder, sizeof own.folder, "%s-XXXXXX", program);
    if (!mkdtemp(own.folder) || chmod(own.folder, 0755)) return -1;
    snprintf(own.path, sizeof own.path, "%s/hostile", own.folder);
    return link(program, own.path);
}

static inline int disown_program(void **state) {
    (void)state;
    return unlink(own.path) || rmdir(own.folder);
}

/* Runs the group without walls, then with them. */
#define run_twice(tests) \
    (cmocka_run_group_tests_name("without walls", tests, own_program, disown_program) | \
     run_walled(tests, LENGTH(tests)))

static inline int run_walled(const struct CMUnitTest *tests, size_t count) {
    walls_probe(&walls, NULL, NULL);
    walled = true;
    int failed = _cmocka_run_group_tests("with walls", tests, count, own_program, disown_program);
    walls_release(&walls);
    return failed;
}
