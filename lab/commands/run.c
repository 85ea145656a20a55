/* lab run [EX] -- COMMAND…: one command where and as the checks would run it, but by the learner, in the workspace. */

#include <errno.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/environment.h"
#include "commands/services.h"

struct run_values {
    bool no_services;
};

static const struct option items[] = {
    {"no-services", 0, OPTION_FLAG, offsetof(struct run_values, no_services), NULL, "start no services", 0, 0},
};
const struct options run_options = {items, LENGTH(items), sizeof(struct run_values)};

/* How many words stand before the command: 0 or 1 (the exercise). */
static int check_line(const struct context *context, int argc, struct err *err) {
    if (context->json) {
        err_set(err, ERR_USAGE, "lab run has no --json: what is printed is the command's");
    } else if (context->before_dashes >= argc) {
        err_set(err, ERR_USAGE, "no command behind --");
    } else if (context->before_dashes > 1) {
        err_set(err, ERR_USAGE, "one exercise at most may stand before --");
    } else {
        return 0;
    }
    return err_help(err, "lab run -- python main.py");
}

static int become(char **argv, struct err *err) {
    execvp(argv[0], argv);
    if (errno != ENOENT) return err_errno(err, ERR_USAGE, "cannot run %s", argv[0]);
    err_set(err, ERR_USAGE, "there is no program %s, neither in the exercise's environment nor in your PATH", argv[0]);
    return err_help(err, "lab run -- python -c 'print(1)'");
}

int cmd_run(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct run_values *given = values;
    if (check_line(context, argc, err)) return -1;
    int before = context->before_dashes;
    scoped(target) target = {0};
    if (command_started(context, before ? argv[0] : NULL, NULL, &target, err)) return -1;
    scoped(python) python = {0};
    __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
    if (command_environment(context, &target, &python, err)) return -1;
    if (!given->no_services && services_of_target(context, &target, &play, err)) return -1;
    if (command_enter(&target, &python, err) || services_enter(play, &target, err)) return -1;
    argv[argc] = NULL; /* words were moved to the front of the line, and what stands behind them is not theirs */
    return become(argv + before, err);
}
