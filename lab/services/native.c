/* Services as processes of this machine. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "services/port.h"
#include "services/task.h"

#define PREPARING "data.preparing" /* renamed to data when it is done */

static const double CUT_SECONDS = 2;

enum { LAST_LINES = 8 };

/* ---- what it takes ---- */

/* The mark stands first, then what is fixed, then the service's own; for helpers also what it gives. */
static const char **make_environment(struct task *task, bool gives) {
    struct arena *arena = &task->arena;
    const struct service *service = task->service;
    const struct service_place place = task_place(task);
    const char *home = arena_printf(arena, "%s/home", task->instance.path),
               *tmp = arena_printf(arena, "%s/tmp", task->instance.path);
    const char **fixed = python_run_environment(arena, task->python, home, tmp);
    const char **lists[] = {fixed, service_words(arena, &service->env, &place),
                            gives ? service_words(arena, &service->gives, &place) : NULL};
    size_t count = 0, used = 0;
    for (size_t i = 0; i < LENGTH(lists); i++)
        for (const char **at = lists[i]; at && *at; at++) count++;
    const char **all = arena_alloc(arena, (count + 3) * sizeof *all);
    all[used++] = arena_printf(arena, "LAB_SERVICE=%s/%s", task->starter->play->id, service->name);
    all[used++] = "PYTHONUNBUFFERED=1"; /* what it prints is in its log at once */
    for (size_t i = 0; i < LENGTH(lists); i++)
        for (const char **at = lists[i]; at && *at; at++) all[used++] = *at;
    return all;
}

static int native_equip(struct task *task, struct err *err) {
    const struct service *service = task->service;
    if (!service->native.count) {
        err_set(err, ERR_ENVIRONMENT, "%s runs in a container only", service->name);
        return err_help(err, "lab services start %s --driver docker", service->name);
    }
    if (task_ensure_python(task, err)) return -1;
    task->environment = make_environment(task, false);
    const struct service_place place = task_place(task);
    return task_has_program(task, err) || !task_words(task, &service->native, &place, task->environment, err) ? -1 : 0;
}

/* With the port, which was not known before. */
static void fill_environments(struct task *task) {
    task->environment = make_environment(task, false);
    task->helpers = make_environment(task, true);
}

/* ---- taking up ---- */

static bool native_adopt(struct task *task) {
    struct process leader;
    if (!instance_leader(&task->instance, &leader)) return false;
    task->followed = process_watch(&leader);
    if (task->followed < 0) return false;
    fill_environments(task);
    return true;
}

/* ---- from nothing to a process ---- */

/* Whether the data folder is there and holds something. */
static int has_data(const struct task *task, bool *has, struct err *err) {
    autoclose int data = instance_open_folder(&task->instance, "data", err);
    *has = data >= 0 && !folder_is_empty(data);
    return data < 0 ? -1 : 0;
}

static int prepare(struct task *task, struct err *err) {
    struct service_place place = task_place(task);
    place.data = arena_printf(&task->arena, "%s/" PREPARING, task->instance.path);
    if (beneath_remove(task->instance.folder, PREPARING))
        return err_errno(err, ERR_ENVIRONMENT, "cannot clear %s", place.data);
    autoclose int made = instance_open_folder(&task->instance, PREPARING, err);
    return made < 0 ? -1 : task_help(task, &task->service->prepare, &place, err);
}

/* Folders, a log, a port, and nothing that an earlier instance left running. */
static int make_room(struct task *task, struct err *err) {
    struct instance *instance = &task->instance;
    scoped(play_left) left = {0};
    instances_end(&instance, 1, 0, &left);
    if (left.items.count)
        return err_set(err, ERR_ENVIRONMENT, "%s left %s, which does not end: %s", task->service->name,
                       left.items.items[0].what, left.items.items[0].why);
    autoclose int home = instance_open_folder(instance, "home", err),
                  tmp = home < 0 ? -1 : instance_open_folder(instance, "tmp", err);
    autoclose int log = tmp < 0 ? -1 : instance_open_log(instance, !task->tries, err);
    if (log < 0 || port_choose(&instance->state.port, instance->state.port, err)) return -1;
    fill_environments(task);
    return 0;
}

static int native_up(struct task *task, struct err *err);

static int native_begin(struct task *task, struct err *err) {
    bool filled;
    task->begun_here = true;
    if (make_room(task, err) || has_data(task, &filled, err)) return -1;
    return filled || !task->service->prepare.count ? native_up(task, err) : prepare(task, err);
}

/* The state names the process before it becomes the service. */
static int note_process(struct task *task, struct err *err) {
    struct process process;
    struct state *state = &task->instance.state;
    if (!process_read(task->service_process.pid, &process))
        return err_errno(err, ERR_ENVIRONMENT, "cannot follow %s", task->service->name);
    state->driver = PLAY_NATIVE;
    state->pid = process.pid;
    state->started = process.started;
    state->since = clock_wall();
    state->runs = true;
    state->ready = false;
    process_boot(state->boot);
    declaration_digits(task->service, state->declaration);
    return instance_save(&task->instance, err);
}

/* Puts what was prepared in the place of the empty data folder. */
static int take_prepared(struct task *task, struct err *err) {
    int folder = task->instance.folder;
    bool filled;
    if (!task->service->prepare.count) return 0;
    if (has_data(task, &filled, err)) return -1;
    if (filled) return 0;
    if (renameat(folder, PREPARING, folder, "data"))
        return err_errno(err, ERR_ENVIRONMENT, "cannot use what was prepared in %s", task->instance.path);
    return 0;
}

static int native_up(struct task *task, struct err *err) {
    const struct service_place place = task_place(task);
    if (take_prepared(task, err)) return -1;
    const char **argv = task_words(task, &task->service->native, &place, task->environment, err);
    autoclose int log = argv ? instance_open_log(&task->instance, false, err) : -1;
    const struct child_program service = {
        .argv = argv, .environment = task->environment, .directory = place.data, .output = log, .stays = true};
    if (log < 0 || child_start(&task->service_process, &service, err) || note_process(task, err)) return -1;
    if (child_go(&task->service_process))
        return err_errno(err, ERR_ENVIRONMENT, "cannot start %s", task->service->name);
    task_comes_up(task);
    return 0;
}

/* ---- afterwards ---- */

static bool native_has_ended(struct task *task, struct str *how) {
    int status;
    if (task->followed >= 0) {
        struct process leader;
        if (instance_leader(&task->instance, &leader) && !leader.dead) return false;
        str_append(how, "ended");
        return true;
    }
    if (!child_has_ended(&task->service_process, &status)) return false;
    if (status > 128)
        str_printf(how, "was ended by signal %d", status - 128);
    else
        str_printf(how, "ended with status %d", status);
    return true;
}

static int native_ask(struct task *task, struct err *err) {
    const struct service_place place = task_place(task);
    return task_help(task, &task->service->ready.exec, &place, err);
}

static bool native_is_listening(struct task *task) {
    scoped(processes) all = {0};
    scoped(processes) own = {0};
    processes_read(&all);
    instance_processes(&task->instance, &all, &own);
    return processes_listen(&own, task->instance.state.port);
}

static void native_last_lines(struct task *task, struct str *out) {
    instance_last_lines(&task->instance, LAST_LINES, out);
}

static void native_cut(struct task *task) {
    struct instance *instance = &task->instance;
    struct err ignored = ERR_INIT;
    scoped(play_left) left = {0};
    if (task->service_process.go >= 0) child_release(&task->service_process); /* it never became the service */
    instances_end(&instance, 1, CUT_SECONDS, &left);
    child_release(&task->service_process);
    if (task->followed >= 0) close(steal_fd(&task->followed));
    instance->state.pid = 0;
    instance->state.runs = instance->state.ready = false;
    (void)instance_save(instance, &ignored); /* a process that lives no more is named: that is seen */
}

const struct driver native_driver = {
    .equip = native_equip,
    .adopt = native_adopt,
    .begin = native_begin,
    .up = native_up,
    .has_ended = native_has_ended,
    .ask = native_ask,
    .is_listening = native_is_listening,
    .last_lines = native_last_lines,
    .cut = native_cut,
    .seeded = "data/.lab-seeded",
};
