/* Stopping services. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "docker/containers.h"
#include "services/engine.h"
#include "services/task.h"

static const double GRACE_SECONDS = 5;

enum { CONTAINER_SECONDS = 5 };

struct stopping {
    struct play *play;
    const struct play_request *request;
    array(struct instance *) natives;
    struct docker *docker;
};

static void stopping_release(struct stopping *stopping) {
    for (size_t i = 0; i < stopping->natives.count; i++) {
        instance_release(stopping->natives.items[i]);
        free(stopping->natives.items[i]);
    }
    array_free(&stopping->natives);
    docker_close(stopping->docker);
}

static void show_stopped(const struct stopping *stopping, const char *name) {
    const struct play_progress progress = {.service = name, .deed = PLAY_STOPPED};
    if (stopping->request->watcher.show) stopping->request->watcher.show(stopping->request->watcher.context, &progress);
}

static int note_stopped(struct instance *instance, struct err *err) {
    if (instance->folder < 0) return 0;
    instance->state.pid = 0;
    instance->state.runs = instance->state.ready = false;
    return instance_save(instance, err);
}

static int open_engine(struct stopping *stopping, struct err *err) {
    const struct docker_options options = {.interrupt = stopping->request->interrupt};
    return stopping->docker ? 0 : docker_open(&stopping->docker, &options, err);
}

static int stop_container(struct stopping *stopping, struct instance *instance, struct err *err) {
    char project[PROJECT_SIZE];
    autofree char *id = NULL;
    bool runs;
    struct err none = ERR_INIT;
    engine_project(project, stopping->play);
    if (open_engine(stopping, &none)) {
        if (!instance->state.runs && none.code != ERR_INTERRUPTED) return 0; /* it was stopped before */
        *err = none;
        return -1;
    }
    if (engine_find(stopping->docker, project, instance->name, &id, &runs, err)) return -1;
    if (id && docker_container_stop(stopping->docker, id, CONTAINER_SECONDS, err)) return -1;
    return note_stopped(instance, err);
}

/* A service of this name, as it ran, whether or not it is still declared: a container is stopped, processes are ended
 * with those of the others. */
static int take_instance(struct stopping *stopping, const char *name, struct err *err) {
    struct instance *instance = mem_alloc(sizeof *instance);
    int result = instance_open(instance, stopping->play, name, false, err);
    if (!result && (instance->state.driver != PLAY_DOCKER || !instance->state.known)) {
        *array_push(&stopping->natives) = instance;
        return 0;
    }
    if (!result) result = stop_container(stopping, instance, err);
    if (!result) show_stopped(stopping, name);
    instance_release(instance);
    free(instance);
    return result;
}

static int stop_natives(struct stopping *stopping, struct err *err) {
    scoped(play_left) left = {0};
    int result = 0;
    instances_end(stopping->natives.items, stopping->natives.count, GRACE_SECONDS, &left);
    if (left.items.count)
        return err_set(err, ERR_ENVIRONMENT, "%s is still there: %s", left.items.items[0].what,
                       left.items.items[0].why);
    for (size_t i = 0; i < stopping->natives.count; i++) {
        struct instance *instance = stopping->natives.items[i];
        if (note_stopped(instance, err)) result = -1;
        show_stopped(stopping, instance->name);
    }
    return result;
}

int play_stop_locked(struct play *play, const struct play_request *request, struct err *err) {
    scoped(stopping) stopping = {.play = play, .request = request};
    struct err first = ERR_INIT;
    for (size_t i = 0; i < request->names->count; i++) {
        struct err fault = ERR_INIT;
        if (!take_instance(&stopping, request->names->items[i], &fault)) continue;
        if (!first.code) first = fault;
        if (fault.code == ERR_INTERRUPTED) break;
    }
    int result = stop_natives(&stopping, first.code ? NULL : err);
    if (!first.code) return result;
    *err = first;
    return -1;
}

int play_stop(struct play *play, const struct play_request *request, struct err *err) {
    autoclose int lock = play_lock(play, request, err);
    return lock < 0 ? -1 : play_stop_locked(play, request, err);
}
