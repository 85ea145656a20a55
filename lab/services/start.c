/* Starting services: one loop for all of them. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "docker/docker.h"
#include "services/registry.h"
#include "services/task.h"

enum { STEP_MS = 20, SHOW_MS = 100, FILES_MOST = 64 };

static void task_free(struct task *task) {
    port_probe_release(&task->probe);
    child_release(&task->helper);
    child_leave(&task->service_process); /* it lives on */
    if (task->followed >= 0) close(task->followed);
    free(task->container);
    instance_release(&task->instance);
    arena_release(&task->arena);
    free(task);
}

static void starter_release(struct starter *starter) {
    for (size_t i = 0; i < starter->tasks.count; i++) task_free(starter->tasks.items[i]);
    array_free(&starter->tasks);
    docker_close(starter->docker);
    arena_release(&starter->arena);
}

/* ---- the tasks ---- */

static bool has_task(const struct starter *starter, const char *name) {
    for (size_t i = 0; i < starter->tasks.count; i++)
        if (!strcmp(starter->tasks.items[i]->service->name, name)) return true;
    return false;
}

static struct task *add_task(struct starter *starter, const struct service *service) {
    struct task *task = mem_alloc(sizeof *task);
    task->starter = starter;
    task->service = service;
    task->instance.folder = task->followed = -1;
    task->probe = (struct port_probe)PORT_PROBE_INIT;
    task->service_process = task->helper = (struct child)CHILD_INIT;
    task->deed = PLAY_WAITS;
    *array_push(&starter->tasks) = task;
    return task;
}

static enum play_driver driver_of(const struct starter *starter, const struct state *state) {
    const enum play_driver *asked = starter->request->driver;
    return asked ? *asked : state->known ? state->driver : PLAY_NATIVE;
}

/* One that runs stays with its driver. */
static int choose_driver(struct task *task, struct err *err) {
    const struct driver *const table[] = {[PLAY_NATIVE] = &native_driver, [PLAY_DOCKER] = &docker_driver};
    struct play_status status;
    enum play_driver driver = driver_of(task->starter, &task->instance.state);
    if (play_look(task->starter->play, task->service->name, &status, err)) return -1;
    task->driver = table[driver];
    if (status.state < PLAY_COMES_UP || status.driver == driver) return 0;
    err_set(err, ERR_USAGE, "%s runs already, by the driver %s", task->service->name, play_driver_name(status.driver));
    return err_help(err, "lab services stop %s", task->service->name);
}

/* What runs is taken up: it is ready already, or on its way there. */
static int begin_task(struct task *task, struct err *err) {
    struct play *play = task->starter->play;
    if (instance_open(&task->instance, play, task->service->name, true, err)) return -1;
    if (choose_driver(task, err) || task->driver->equip(task, err)) return -1;
    if (!task->driver->adopt(task)) return 0;
    task->begin = clock_monotonic();
    if (!task->instance.state.ready) {
        task->begun_here =
            true; /* by a lab that was killed, for all that is known: it is this one's to finish or to end */
        task_comes_up(task);
    } else {
        task->deed = PLAY_RUNS;
        task_show(task);
    }
    return 0;
}

/* A service behind those that it depends on; the declaration has no cycles. */
static int add_service(struct starter *starter, const char *name, struct err *err) {
    if (has_task(starter, name)) return 0;
    const struct service *service = play_service(starter->play, name, err);
    if (!service) return -1;
    for (size_t i = 0; i < service->needs.count; i++)
        if (add_service(starter, service->needs.items[i], err)) return -1;
    return begin_task(add_task(starter, service), err);
}

/* ---- the loop ---- */

static bool are_over(const struct starter *starter) {
    for (size_t i = 0; i < starter->tasks.count; i++)
        if (!task_is_over(starter->tasks.items[i])) return false;
    return true;
}

static void watch_file(struct pollfd *files, unsigned *count, int fd, short events) {
    if (fd < 0 || *count == FILES_MOST) return;
    files[(*count)++] = (struct pollfd){.fd = fd, .events = events};
}

/* Until a process ends, an answer comes, or it is time to look again. Whether someone interrupts. */
static bool wait_for_news(struct starter *starter) {
    struct pollfd files[FILES_MOST];
    unsigned count = 0;
    int interrupt = starter->request->interrupt;
    watch_file(files, &count, interrupt > 0 ? interrupt : -1, POLLIN);
    for (size_t i = 0; i < starter->tasks.count; i++) {
        const struct task *task = starter->tasks.items[i];
        if (task_is_over(task)) continue;
        watch_file(files, &count, task->helper.ended, POLLIN);
        watch_file(files, &count, task->service_process.ended, POLLIN);
        watch_file(files, &count, task->followed, POLLIN);
        watch_file(files, &count, task->probe.fd, port_probe_events(&task->probe));
    }
    return poll(files, count, STEP_MS) > 0 && interrupt > 0 && files[0].revents;
}

static void show_all(const struct starter *starter) {
    for (size_t i = 0; i < starter->tasks.count; i++) {
        const struct task *task = starter->tasks.items[i];
        if (!task_is_over(task) && task->deed != PLAY_WAITS) task_show(task);
    }
}

static int cut_all(struct starter *starter, struct err *err) {
    for (size_t i = 0; i < starter->tasks.count; i++) {
        struct task *task = starter->tasks.items[i];
        if (task_is_over(task)) continue;
        port_probe_release(&task->probe);
        child_release(&task->helper);
        bool began = task->deed != PLAY_WAITS;
        if (task->begun_here) task->driver->cut(task);
        task->deed = PLAY_STOPPED;
        if (began) task_show(task);
    }
    return err_set(err, ERR_INTERRUPTED, "interrupted");
}

static int carry_on(struct starter *starter, struct err *err) {
    double next_show = 0;
    while (!are_over(starter)) {
        for (size_t i = 0; i < starter->tasks.count; i++) task_step(starter->tasks.items[i]);
        if (are_over(starter)) break;
        if (wait_for_news(starter)) return cut_all(starter, err);
        if (clock_monotonic() < next_show) continue;
        show_all(starter);
        next_show = clock_monotonic() + SHOW_MS / 1000.0;
    }
    return 0;
}

/* All that failed, each on lines of its own. */
static int report(const struct starter *starter, struct err *err) {
    scoped(str) text = STR_INIT;
    const struct err *first = NULL;
    for (size_t i = 0; i < starter->tasks.count; i++) {
        const struct task *task = starter->tasks.items[i];
        if (task->deed != PLAY_FAILED) continue;
        if (!first) first = &task->err;
        str_printf(&text, "%s%s", text.len ? "\n" : "", task->err.message);
    }
    if (!first) return 0;
    err_set(err, first->code, "%s", text.data);
    return first->help[0] ? err_help(err, "%s", first->help) : -1;
}

int play_start(struct play *play, const struct play_request *request, struct err *err) {
    scoped(starter) starter = {.play = play, .request = request};
    autoclose int lock = play_lock(play, request, err);
    if (lock < 0 || registry_add(play->workspace, err)) return -1;
    for (size_t i = 0; i < request->names->count; i++)
        if (add_service(&starter, request->names->items[i], err)) return -1;
    return carry_on(&starter, err) ? -1 : report(&starter, err);
}
