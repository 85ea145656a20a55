/* What the box costs: /bin/true through box_run over /bin/true through posix_spawn, in turns, in one run. */

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "box/box.h"

enum { ROUNDS = 1000 };

static const char *const argv[] = {"/bin/true", NULL};
static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};

static double bare(void) {
    double began = clock_monotonic();
    pid_t pid;
    char *const *args = (char *const *)(uintptr_t)argv, *const *environment = (char *const *)(uintptr_t)env;
    if (posix_spawn(&pid, argv[0], NULL, NULL, args, environment) || waitpid(pid, NULL, 0) != pid) abort();
    return clock_monotonic() - began;
}

static double boxed(struct box *box) {
    struct box_program program = {.argv = argv, .env = env, .cwd = "/", .input = {"", 0}};
    struct box_result result;
    double began = clock_monotonic();
    if (box_run(box, &program, &result, NULL) || result.code) abort();
    box_result_release(&result);
    return clock_monotonic() - began;
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *times) {
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2] * 1e6;
}

int main(void) {
    struct box_config config = {
        .limits = {.wall = 60, .cpu = 60, .memory = 1 << 30, .processes = 128, .disk = 512 << 20, .output = 1 << 20},
        .interrupt = -1,
    };
    struct box *box;
    struct err err;
    if (box_open(&box, &config, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    static double spawned[ROUNDS], run[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        spawned[i] = bare();
        run[i] = boxed(box);
    }
    double low = median(spawned), high = median(run);
    printf("/bin/true: posix_spawn %.0f us, box_run %.0f us, ratio %.2f (goal 1.30)\n", low, high, high / low);
    box_close(box);
    return 0;
}
