/* What comes next for a service that is being started. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "box/loopback.h"
#include "services/engine.h"
#include "services/port.h"
#include "services/task.h"

static const double HELPER_SECONDS = 600, ASK_SECONDS = 5, FIRST_PAUSE = 0.02, LONGEST_PAUSE = 0.25;

enum { LAST_LINES = 8, TRIES_MOST = 3 };

bool task_is_over(const struct task *task) {
    return task->deed == PLAY_READY || task->deed == PLAY_RUNS || task->deed == PLAY_FAILED;
}

void task_show(const struct task *task) {
    const struct play_watcher *watcher = &task->starter->request->watcher;
    const struct play_progress progress = {.service = task->service->name,
                                           .deed = task->deed,
                                           .seconds = task->begin > 0 ? clock_monotonic() - task->begin : 0,
                                           .port = task->instance.state.port};
    if (watcher->show) watcher->show(watcher->context, &progress);
}

static void become(struct task *task, enum play_deed deed) {
    task->deed = deed;
    task_show(task);
}

struct service_place task_place(struct task *task) {
    return (struct service_place){.port = task->instance.state.port,
                                  .data = arena_printf(&task->arena, "%s/data", task->instance.path),
                                  .shared = task->starter->play->shared};
}

/* ---- failing ---- */

static void give_up(struct task *task) {
    port_probe_release(&task->probe);
    child_release(&task->helper);
    if (task->begun_here) task->driver->cut(task);
    become(task, PLAY_FAILED);
}

/* Fails with what happened and the last lines of the log. */
static void fail(struct task *task, const char *what) {
    scoped(str) lines = STR_INIT;
    if (task->deed == PLAY_STARTS)
        task->driver->last_lines(task, &lines);
    else
        instance_last_lines(&task->instance, LAST_LINES, &lines); /* of what helps it */
    err_set(&task->err, ERR_ENVIRONMENT, "%s %s%s%s", task->service->name, what, lines.len ? "; its log ends with" : "",
            lines.data);
    if (task->deed == PLAY_PREPARES && task->driver->explain) task->driver->explain(task, lines.data, &task->err);
    err_help(&task->err, "lab services logs %s", task->service->name);
    give_up(task);
}

static void go(struct task *task) {
    task->deadline = clock_monotonic() + HELPER_SECONDS;
    task->deed = PLAY_PREPARES;
    if (task->driver->begin(task, &task->err)) give_up(task);
}

/* Somebody else was faster to take the port. */
static void try_another_port(struct task *task) {
    port_probe_release(&task->probe);
    child_release(&task->helper);
    task->driver->cut(task);
    task->instance.state.port = 0;
    if (++task->tries > TRIES_MOST) {
        err_set(&task->err, ERR_ENVIRONMENT, "%s found its port taken, %d times", task->service->name, TRIES_MOST);
        err_help(&task->err, "lab services start %s", task->service->name);
        become(task, PLAY_FAILED);
    } else {
        go(task);
    }
}

/* ---- helpers ---- */

int task_help(struct task *task, const struct strings *words, const struct service_place *place, struct err *err) {
    const char **argv = task_words(task, words, place, task->helpers, err);
    autoclose int log = argv ? instance_open_log(&task->instance, false, err) : -1;
    const struct child_program helper = {
        .argv = argv, .environment = task->helpers, .directory = task->instance.path, .output = log};
    return log < 0 ? -1 : child_start(&task->helper, &helper, err);
}

/* Whether the helper has come to an end that is good; one that is not, or that takes too long, is a failure. */
static bool helped(struct task *task, const char *name) {
    int status, port = task->instance.state.port;
    autofree char *what = NULL;
    if (!child_has_ended(&task->helper, &status)) {
        if (clock_monotonic() < task->deadline) return false;
        what = str_format("could not be started: '%s' took longer than %.0f s", name, HELPER_SECONDS);
    } else if (status && task->deed == PLAY_PREPARES && task->driver->begins_with_port && !port_is_free(port)) {
        try_another_port(task);
        return false;
    } else if (status) {
        what = str_format("could not be started: '%s' ended with status %d", name, status);
    } else {
        return true;
    }
    fail(task, what);
    return false;
}

/* ---- from one to the next ---- */

static bool needs_others(struct task *task) {
    const struct strings *needs = &task->service->needs;
    for (size_t i = 0; i < needs->count; i++) {
        for (size_t k = 0; k < task->starter->tasks.count; k++) {
            const struct task *other = task->starter->tasks.items[k];
            if (strcmp(other->service->name, needs->items[i]) != 0) continue;
            if (other->deed == PLAY_FAILED) {
                err_set(&task->err, ERR_ENVIRONMENT, "%s was not started: it needs %s, which failed",
                        task->service->name, other->service->name);
                become(task, PLAY_FAILED);
            }
            if (other->deed != PLAY_READY && other->deed != PLAY_RUNS) return true;
        }
    }
    return false;
}

static void begin(struct task *task) {
    if (needs_others(task)) return;
    task->begin = clock_monotonic();
    go(task);
}

void task_comes_up(struct task *task) {
    task->up = clock_monotonic();
    task->deadline = task->up + task->service->ready.within;
    task->next_look = task->up + FIRST_PAUSE;
    task->pause = FIRST_PAUSE;
    snprintf(task->said, sizeof task->said, "it never answered");
    become(task, PLAY_STARTS);
}

/* Whose data are filled, as the file says it: of a project that is not this one, they are a workspace's from which this was copied. */
static void seeded_text(const struct task *task, char text[PROJECT_SIZE]) {
    text[0] = '\0';
    if (task->driver->fills_project) engine_project(text, task->starter->play);
}

static bool is_seeded(const struct task *task) {
    scoped(str) found = STR_INIT;
    char expected[PROJECT_SIZE];
    if (!task->service->seed.count) return true;
    seeded_text(task, expected);
    return !beneath_read(task->instance.folder, task->driver->seeded, &found, PROJECT_SIZE) &&
           !strcmp(found.data, expected);
}

/* It is told to be ready when it is noted, so that what nobody was told of is looked at again. */
static void note_ready(struct task *task) {
    task->instance.state.ready = true;
    if (instance_save(&task->instance, &task->err)) {
        give_up(task);
        return;
    }
    become(task, PLAY_READY);
}

static void seed(struct task *task) {
    const struct service_place place = task_place(task);
    if (is_seeded(task)) {
        note_ready(task);
    } else if (task_help(task, &task->service->seed, &place, &task->err)) {
        give_up(task);
    } else {
        task->deadline = clock_monotonic() + HELPER_SECONDS;
        become(task, PLAY_SEEDS);
    }
}

static void finish_seed(struct task *task) {
    char text[PROJECT_SIZE];
    if (!helped(task, "seed")) return;
    seeded_text(task, text);
    if (!beneath_write(task->instance.folder, task->driver->seeded, text, strlen(text), 0600)) {
        note_ready(task);
        return;
    }
    err_errno(&task->err, ERR_ENVIRONMENT, "cannot note that %s is seeded, in %s", task->service->name,
              task->instance.path);
    give_up(task);
}

/* ---- is it ready ---- */

static bool ask_by_program(struct task *task) {
    int status;
    if (!task->helper.pid) {
        if (task->driver->ask(task, &task->err)) give_up(task);
        return false;
    }
    if (child_has_ended(&task->helper, &status)) {
        snprintf(task->said, sizeof task->said, "'ready.exec' ends with status %d", status);
        task->next_look = clock_monotonic() + task->pause;
        return status == 0;
    }
    if (clock_monotonic() > task->next_look + ASK_SECONDS) {
        child_release(&task->helper);
        snprintf(task->said, sizeof task->said, "'ready.exec' takes longer than %.0f s", ASK_SECONDS);
        task->next_look = clock_monotonic() + task->pause;
    }
    return false;
}

static bool ask_by_port(struct task *task) {
    const uint16_t port = (uint16_t)task->instance.state.port;
    if (task->probe.fd < 0)
        port_probe_begin(&task->probe, loopback_connect(port), port, task->service->ready.http,
                         task->driver->begins_with_port);
    port_probe_step(&task->probe);
    if (!task->probe.over) return false;
    bool good = task->probe.good;
    memcpy(task->said, task->probe.said, sizeof task->said);
    port_probe_release(&task->probe);
    task->next_look = clock_monotonic() + task->pause;
    return good;
}

static bool is_ready(struct task *task) {
    if (clock_monotonic() < task->next_look) return false;
    double asked = task->next_look;
    bool good = task->service->ready.exec.count ? ask_by_program(task) : ask_by_port(task);
    if (task->next_look > asked && task->pause < LONGEST_PAUSE) task->pause *= 1.1;
    return good;
}

static void end_early(struct task *task, const char *how) {
    double seconds = clock_monotonic() - task->up;
    int port = task->instance.state.port;
    if (task->begun_here && !task->driver->begins_with_port && !port_is_free(port)) {
        try_another_port(task);
        return;
    }
    autofree char *what = str_format("%s after %.1f s, before it was ready", how, seconds);
    fail(task, what);
}

static void watch_start(struct task *task) {
    scoped(str) how = STR_INIT;
    if (task->driver->has_ended(task, &how)) {
        end_early(task, how.data);
    } else if (is_ready(task)) {
        if (task->driver->is_listening(task))
            seed(task);
        else
            try_another_port(task);
    } else if (task->deed == PLAY_STARTS && clock_monotonic() > task->deadline) {
        autofree char *what = str_format("was not ready within %.0f s (%s)", task->service->ready.within, task->said);
        fail(task, what);
    }
}

static void watch_seed(struct task *task) {
    scoped(str) how = STR_INIT;
    if (task->driver->has_ended(task, &how)) {
        autofree char *what = str_format("%s while it was seeded", how.data);
        fail(task, what);
    } else {
        finish_seed(task);
    }
}

void task_step(struct task *task) {
    switch (task->deed) {
    case PLAY_WAITS: begin(task); break;
    case PLAY_PREPARES:
        if (task->helper.pid && helped(task, task->driver->begins_with_port ? "compose up" : "prepare") &&
            task->driver->up(task, &task->err))
            give_up(task);
        break;
    case PLAY_STARTS: watch_start(task); break;
    case PLAY_SEEDS: watch_seed(task); break;
    case PLAY_READY:
    case PLAY_RUNS:
    case PLAY_FAILED:
    case PLAY_STOPPED: break;
    }
}
