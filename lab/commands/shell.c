/* lab shell [EX]: the learner's own shell, in the workspace and in the environment that checks have. */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "commands/commands.h"
#include "commands/environment.h"
#include "commands/services.h"

struct shell_values {
    bool no_services;
};

static const struct option items[] = {
    {"no-services", 0, OPTION_FLAG, offsetof(struct shell_values, no_services), NULL, "start no services", 0, 0},
};
const struct options shell_options = {items, LENGTH(items), sizeof(struct shell_values)};

/* What bash reads in place of ~/.bashrc: that one, then what it may have undone, and the prompt. It lies in memory, since
 * nobody could remove a file after exec; bash closes it. */
static int make_rcfile(const char *exercise) {
    int fd = memfd_create("lab-bashrc", 0);
    if (fd < 0) return -1;
    autofree char *text = str_format("exec %d<&-\n"
                                     "[ -f ~/.bashrc ] && . ~/.bashrc\n"
                                     "PATH=\"$VIRTUAL_ENV/bin:$PATH\"\n"
                                     "PS1=\"(%s) $PS1\"\n",
                                     fd, exercise);
    if (!fs_write_all(fd, text, strlen(text))) return fd;
    close(fd);
    return -1;
}

static void become(const char *shell, const char *exercise) {
    bool bash = !strcmp(path_base(shell), "bash");
    int fd = bash ? make_rcfile(exercise) : -1;
    if (fd < 0) {
        execl(shell, shell, (char *)NULL);
        return;
    }
    autofree char *file = str_format("/dev/fd/%d", fd);
    execl(shell, shell, "--rcfile", file, (char *)NULL);
    close(fd);
}

static void say_where(const struct target *target, const struct python *python) {
    scoped(str) where = STR_INIT;
    term_escape(&where, target->directory, strlen(target->directory), false);
    fprintf(stderr, "%s in %s, Python %s. Leave with `exit`.\n", target->exercise->id, where.data, python->version);
}

int cmd_shell(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct shell_values *given = values;
    if (context->json) return err_set(err, ERR_USAGE, "lab shell has no --json: it hands the terminal over");
    scoped(target) target = {0};
    if (command_started(context, argc ? argv[0] : NULL, NULL, &target, err)) return -1;
    scoped(python) python = {0};
    if (command_environment(context, &target, &python, err)) return -1;
    __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
    if (!given->no_services && services_of_target(context, &target, &play, err)) return -1;
    if (!context->quiet) say_where(&target, &python);
    if (command_enter(&target, &python, err) || services_enter(play, &target, err)) return -1;
    const char *const shells[] = {getenv("SHELL"), "/bin/bash", "/bin/sh"};
    for (size_t i = 0; i < LENGTH(shells); i++)
        if (shells[i] && shells[i][0] == '/') become(shells[i], target.exercise->id);
    return err_errno(err, ERR_ENVIRONMENT, "cannot run a shell");
}
