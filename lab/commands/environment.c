#include "commands/environment.h"

#include "base/path.h"

static void show(void *context, const char *label, size_t done, size_t total, double bytes) {
    char amount[TERM_AMOUNT_SIZE];
    term_progress_show(context, label, done, total, bytes > 0 ? term_bytes(amount, bytes) : "");
}

int command_environment(const struct context *context, const struct target *target, struct python *python,
                        struct err *err) {
    autofree char *environments = path_join(target->course->directory, "exercises/environments");
    struct term_progress progress = {.stream = stderr, .term = context->err};
    struct python_watcher watcher = {show, &progress};
    int status = python_ensure(python, environments, target->exercise->python, context->quiet ? NULL : &watcher, err);
    term_progress_end(&progress);
    return status;
}
