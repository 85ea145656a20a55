/*
 * What the box costs, against peers in the same run, in turns:
 *
 * - a program in an open box without walls, over posix_spawn;
 * - a box with all its walls, made, used once and ended, over a bare bubblewrap with the same namespaces and mounts around
 *   the same program: no filter, no limits, no control group, and bubblewrap's own first process instead of ours;
 * - two hundred of them, two at a time, over as many such bubblewraps, two at a time.
 *
 * Prints JSON: the medians and totals in seconds; `walls` is false where there are no namespaces.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "box/sandbox_internal.h"
#include "box/walls.h"

enum { ROUNDS = 1000, WALLED_ROUNDS = 60, CROWD = 200, AT_ONCE = 2 };

static const char *const argv[] = {"/usr/bin/true", NULL};
static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
static struct walls walls = WALLS_INIT;

static struct box_config config_of(bool walled) {
    return (struct box_config){
        .limits = {.wall = 60, .cpu = 60, .memory = 1 << 30, .processes = 128, .disk = 512 << 20, .output = 1 << 20},
        .walls = walled ? &walls : NULL,
        .interrupt = -1,
    };
}

static void spawn_and_wait(const char *const *words, const posix_spawn_file_actions_t *actions) {
    pid_t pid;
    int status;
    char *const *args = (char *const *)(uintptr_t)words, *const *environment = (char *const *)(uintptr_t)env;
    if (posix_spawn(&pid, words[0], actions, NULL, args, environment) || waitpid(pid, &status, 0) != pid || status)
        abort();
}

static void run_bare(struct box *box) {
    (void)box;
    spawn_and_wait(argv, NULL);
}

static void run_boxed(struct box *box) {
    struct box_program program = {.argv = argv, .env = env, .cwd = "/", .input = {"", 0}};
    struct box_result result;
    if (box_run(box, &program, &result, NULL) || result.code) abort();
    box_result_release(&result);
}

/* From nothing to nothing. */
static void run_walled(struct box *unused) {
    (void)unused;
    struct box_config config = config_of(true);
    struct box *box;
    autoclose int lock = -1;
    if (walls_user(&walls, &config.user, &lock, NULL) || box_open(&box, &config, NULL)) abort();
    run_boxed(box);
    box_close(box);
}

/* Takes the option and the `more` words behind it out. */
static void drop(struct str *options, const char *name, int more) {
    for (char *at = options->data; at < options->data + options->len; at += strlen(at) + 1) {
        if (strcmp(at, name)) continue;
        char *end = at + strlen(at) + 1;
        while (more-- > 0) end += strlen(end) + 1;
        memmove(at, end, (size_t)(options->data + options->len - end));
        options->len -= (size_t)(end - at);
        return;
    }
}

/* The descriptors that the options name get the same numbers as in a box. */
static void run_bubblewrap(struct box *unused) {
    (void)unused;
    scoped(str) options = STR_INIT;
    struct box_config config = config_of(true);
    int files[SANDBOX_FILES];
    if (sandbox_view(&options, &config, false, files, NULL)) abort();
    drop(&options, "--seccomp", 1);
    drop(&options, "--as-pid-1", 0);
    int option_file = sandbox_memory_file("options", &options, NULL);
    autofree char *number = str_format("%d", SANDBOX_AT_OPTIONS);
    const char *const words[] = {walls.bwrap, "--args", number, "--", argv[0], NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int moved[SANDBOX_FILES + 1];
    for (int i = 0; i < SANDBOX_FILES; i++) moved[i] = fcntl(files[i], F_DUPFD_CLOEXEC, 100);
    moved[SANDBOX_FILES] = fcntl(option_file, F_DUPFD_CLOEXEC, 100);
    for (int i = 0; i < SANDBOX_FILES; i++)
        posix_spawn_file_actions_adddup2(&actions, moved[i], SANDBOX_FILE_FIRST + i);
    posix_spawn_file_actions_adddup2(&actions, moved[SANDBOX_FILES], SANDBOX_AT_OPTIONS);
    spawn_and_wait(words, &actions);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < SANDBOX_FILES; i++) close(files[i]);
    for (int i = 0; i < SANDBOX_FILES + 1; i++) close(moved[i]);
    close(option_file);
}

typedef void task(struct box *box);

static double seconds(task *run, struct box *box) {
    double began = clock_monotonic();
    run(box);
    return clock_monotonic() - began;
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The medians of both, taken in turns. */
static void compare(const char *name, task *ours, task *peer, struct box *box, int rounds) {
    static double own[ROUNDS], other[ROUNDS];
    for (int i = 0; i < rounds; i++) {
        other[i] = seconds(peer, box);
        own[i] = seconds(ours, box);
    }
    qsort(own, (size_t)rounds, sizeof *own, by_size);
    qsort(other, (size_t)rounds, sizeof *other, by_size);
    printf("\"%s\": [%.9f, %.9f], ", name, own[rounds / 2], other[rounds / 2]);
}

static double crowd(task *run) {
    double began = clock_monotonic();
    fflush(NULL);
    for (int i = 0; i < AT_ONCE; i++) {
        if (fork()) continue;
        for (int j = 0; j < CROWD / AT_ONCE; j++) run(NULL);
        _exit(0);
    }
    for (int i = 0, status; i < AT_ONCE; i++)
        if (wait(&status) < 0 || status) abort();
    return clock_monotonic() - began;
}

int main(void) {
    const struct box_config config = config_of(false);
    struct box *box;
    if (box_open(&box, &config, NULL)) abort();
    printf("{");
    compare("program", run_boxed, run_bare, box, ROUNDS);
    box_close(box);
    walls_probe(&walls, NULL, NULL);
    if (walls.namespaces) {
        compare("box", run_walled, run_bubblewrap, NULL, WALLED_ROUNDS);
        double peer = crowd(run_bubblewrap), ours = crowd(run_walled);
        printf("\"crowd\": [%.9f, %.9f], ", ours, peer);
    }
    printf("\"walls\": %s}\n", walls.namespaces ? "true" : "false");
    walls_release(&walls);
    return 0;
}
