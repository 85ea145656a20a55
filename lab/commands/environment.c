#include "commands/environment.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/arena.h"
#include "base/path.h"
#include "workspace/workspace.h"

/* ---- finding or building ---- */

static void show(void *context, const char *label, size_t done, size_t total, double bytes) {
    char amount[TERM_AMOUNT_SIZE];
    term_progress_show(context, label, done, total, bytes > 0 ? term_bytes(amount, bytes) : NULL);
}

int command_python(const struct context *context, const struct course *course, const char *name, struct python *python,
                   struct err *err) {
    autofree char *environments = path_join(course->directory, "exercises/environments");
    struct term_progress progress = {.stream = stderr, .term = context->err};
    const struct python_watcher watcher = {show, &progress};
    int result = python_ensure(python, environments, name, context->quiet ? NULL : &watcher, err);
    term_progress_end(&progress);
    return result;
}

static int ensure_services(const struct context *context, const struct target *target, struct err *err) {
    struct term_progress progress = {.stream = stderr, .term = context->err};
    const struct python_watcher watcher = {show, &progress};
    int result = attempt_services_ensure(target->course, target->exercise, context->quiet ? NULL : &watcher, err);
    term_progress_end(&progress);
    return result;
}

int command_environment(const struct context *context, const struct target *target, struct python *python,
                        struct err *err) {
    if (command_python(context, target->course, target->exercise->python, python, err)) return -1;
    if (!ensure_services(context, target, err) &&
        (!target->started || !workspace_link_environment(target->directory, python->directory, err)))
        return 0;
    python_release(python);
    return -1;
}

/* ---- entering ---- */

/* The learner's own settings of Python (PYTHONPATH …) would make a program behave otherwise than in a check. */
static void drop_python_settings(void) {
    for (size_t i = 0; environ[i];) {
        autofree char *name = mem_copy(environ[i], strcspn(environ[i], "="));
        if (string_starts_with(name, "PYTHON"))
            unsetenv(name); /* moves the next one to i */
        else
            i++;
    }
}

/* Sets "NAME=value", unless it is one of those that stay the learner's. */
static void set_variable(const char *variable) {
    static const char *const own[] = {"HOME", "TMPDIR", "PATH"};
    size_t len = strcspn(variable, "=");
    autofree char *name = mem_copy(variable, len);
    for (size_t i = 0; i < LENGTH(own); i++)
        if (!strcmp(name, own[i])) return;
    setenv(name, variable + len + 1, 1);
}

static void set_variables(const struct target *target, const struct python *python) {
    struct arena arena = ARENA_INIT;
    drop_python_settings();
    for (const char **at = python_run_environment(&arena, python->directory, "", ""); *at; at++) set_variable(*at);
    arena_release(&arena);
    const char *path = getenv("PATH");
    autofree char *extended = str_format("%s/bin:%s", python->directory, path ? path : "/usr/local/bin:/usr/bin:/bin");
    setenv("PATH", extended, 1);
    setenv("LAB_EXERCISE", target->exercise->id, 1);
    setenv("LAB_WORKSPACE", target->directory, 1);
}

static bool stands_inside(const char *directory) {
    autofree char *here = getcwd(NULL, 0);
    autofree char *real = realpath(directory, NULL);
    return here && real && path_below(here, real);
}

int command_enter(const struct target *target, const struct python *python, struct err *err) {
    if (!stands_inside(target->directory) && chdir(target->directory))
        return err_errno(err, ERR_ENVIRONMENT, "cannot change to %s", target->directory);
    set_variables(target, python);
    signal(SIGPIPE, SIG_DFL); /* which main ignores, and exec would pass on */
    fflush(NULL);
    return 0;
}
