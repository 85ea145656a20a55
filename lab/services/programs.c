/* The programs that a declaration names: where they are, and what they are run by. */

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "services/task.h"

int task_ensure_python(struct task *task, struct err *err) {
    const struct starter *starter = task->starter;
    scoped(python) python = {0};
    if (python_ensure(&python, starter->play->environments, task->service->python, starter->request->watcher.python,
                      err))
        return -1;
    task->python = arena_string(&task->arena, python.directory);
    return 0;
}

/* In its own PATH, else in that of lab; one with a slash where that says. NULL: it is not there. */
static const char *find(struct arena *arena, const char *name, const char *const *environment) {
    const char *folders = "";
    if (strchr(name, '/')) return fs_is_program(name) ? name : NULL;
    for (; *environment; environment++)
        if (string_starts_with(*environment, "PATH=")) folders = *environment + strlen("PATH=");
    autofree char *own = fs_find_program_in(folders, name);
    autofree char *any = own ? NULL : fs_find_program(name);
    return own || any ? arena_string(arena, own ? own : any) : NULL;
}

static int is_missing(const struct task *task, const char *program, struct err *err) {
    const struct service *service = task->service;
    err_set(err, ERR_ENVIRONMENT, "%s needs the program %s, which is not installed", service->name, program);
    if (service->package) return err_help(err, "sudo apt install %s", service->package);
    return task->driver == &native_driver && service->image
               ? err_help(err, "install %s, or lab services start %s --driver docker", program, service->name)
               : err_help(err, "install %s", program);
}

int task_has_program(struct task *task, struct err *err) {
    const char *program = task->service->program;
    return !program || find(&task->arena, program, task->environment) ? 0 : is_missing(task, program, err);
}

const char **task_words(struct task *task, const struct strings *words, const struct service_place *place,
                        const char *const *environment, struct err *err) {
    const char **argv = service_words(&task->arena, words, place);
    const char *found = find(&task->arena, argv[0], environment);
    if (!found) {
        is_missing(task, argv[0], err);
        return NULL;
    }
    argv[0] = found;
    return argv;
}
