/* How services stand. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "docker/containers.h"
#include "services/engine.h"
#include "services/task.h"

static const double ENGINE_SECONDS = 5;

static void close_engine(struct docker **docker) { docker_close(*docker); }

/* ---- one service ---- */

static enum play_state state_of(const struct state *state, bool lives) {
    if (lives) return state->ready ? PLAY_IS_UP : PLAY_COMES_UP;
    return state->runs ? PLAY_HAS_DIED : state->known ? PLAY_IS_STOPPED : PLAY_IS_NEW;
}

static void look_at_processes(const struct instance *instance, struct play_status *status) {
    struct process leader;
    bool lives = instance_leader(instance, &leader) && !leader.dead;
    status->state = state_of(&instance->state, lives);
    if (!lives) return;
    scoped(processes) all = {0};
    scoped(processes) own = {0};
    status->pid = leader.pid;
    processes_read(&all);
    instance_processes(instance, &all, &own);
    for (size_t i = 0; i < own.list.count; i++) status->memory += process_memory(own.list.items[i].pid);
}

static int look_at_container(const struct play *play, const struct instance *instance, struct play_status *status,
                             struct err *err) {
    __attribute__((cleanup(close_engine))) struct docker *docker = NULL;
    const struct docker_options options = {.seconds = ENGINE_SECONDS};
    char project[PROJECT_SIZE];
    autofree char *id = NULL;
    bool runs = false;
    engine_project(project, play);
    if (docker_open(&docker, &options, err) || engine_find(docker, project, instance->name, &id, &runs, err)) return -1;
    status->state = state_of(&instance->state, id && runs);
    return 0;
}

int play_look(struct play *play, const char *name, struct play_status *status, struct err *err) {
    scoped(instance) instance = {.folder = -1};
    char declaration[DECLARATION_DIGITS + 1];
    const struct service *service = play->services ? services_find(play->services, name) : NULL;
    *status = (struct play_status){.name = service ? service->name : name, .state = PLAY_IS_UNKNOWN};
    if (instance_open(&instance, play, name, false, err)) return -1;
    const struct state *state = &instance.state;
    status->driver = state->driver;
    status->port = state->port;
    if (state->known && state->driver == PLAY_DOCKER && state->runs) {
        if (look_at_container(play, &instance, status, err)) return -1;
    } else {
        look_at_processes(&instance, status);
    }
    if (status->state < PLAY_COMES_UP) return 0;
    status->since = state->since;
    if (service) declaration_digits(service, declaration);
    status->outdated = service && strcmp(declaration, state->declaration) != 0;
    return 0;
}

int play_names(struct play *play, struct arena *arena, struct strings *names, struct err *err) {
    scoped(names) found = {0};
    *names = (struct strings){NULL, 0};
    if (play->folder < 0) return 0;
    if (beneath_names(play->folder, &found))
        return err_errno(err, ERR_ENVIRONMENT, "cannot read %s/.lab/services", play->workspace);
    names->items = arena_alloc(arena, (found.count + 1) * sizeof *names->items);
    for (size_t i = 0; i < found.count; i++) {
        struct stat info;
        if (!path_is_id(found.items[i]) || beneath_stat(play->folder, found.items[i], &info) || !S_ISDIR(info.st_mode))
            continue;
        names->items[names->count++] = arena_string(arena, found.items[i]);
    }
    return 0;
}

/* ---- what they give ---- */

int play_gives(struct play *play, const struct strings *names, struct arena *arena, struct strings *variables,
               struct err *err) {
    size_t most = 0;
    for (size_t i = 0; i < names->count; i++) {
        const struct service *service = play_service(play, names->items[i], err);
        if (!service) return -1;
        most += service->gives.count;
    }
    *variables = (struct strings){arena_alloc(arena, (most + 1) * sizeof *variables->items), 0};
    for (size_t i = 0; i < names->count; i++) {
        struct play_status status;
        if (play_look(play, names->items[i], &status, err)) return -1;
        const struct service *service = play_service(play, names->items[i], err);
        if (!service || status.state < PLAY_COMES_UP || !status.port) continue;
        const char *data = arena_printf(arena, "%s/.lab/services/%s/data", play->workspace, service->name);
        const struct service_place place = {status.port, data, play->shared};
        const char **words = service_words(arena, &service->gives, &place);
        for (size_t k = 0; k < service->gives.count; k++) variables->items[variables->count++] = words[k];
    }
    return 0;
}

const char *play_address(const struct play *play, struct arena *arena, const char *name, int port) {
    const struct service *service = services_find(play->services, name);
    const struct service_place place = {.port = port, .shared = play->shared};
    autofree char *end = str_format(":%d", port);
    for (size_t i = 0; service && i < service->gives.count; i++) {
        const char *word = service_word(arena, service->gives.items[i], &place), *value = strchr(word, '=');
        if (value && strstr(value, "://") && strstr(value, end)) return value + 1;
    }
    bool speaks_http = service && service->ready.http;
    return arena_printf(arena, "%s127.0.0.1:%d", speaks_http ? "http://" : "", port);
}

/* ---- its log ---- */

static int container_log(const struct play *play, const struct instance *instance, int lines, struct err *err) {
    __attribute__((cleanup(close_engine))) struct docker *docker = NULL;
    const struct docker_options options = {.seconds = ENGINE_SECONDS};
    char project[PROJECT_SIZE];
    autofree char *id = NULL;
    bool runs;
    engine_project(project, play);
    if (docker_open(&docker, &options, err) || engine_find(docker, project, instance->name, &id, &runs, err)) return -1;
    if (!id) return err_set(err, ERR_ENVIRONMENT, "%s has no container, and so no log", instance->name);
    autoclose int fd = memfd_create("lab-log", MFD_CLOEXEC);
    if (fd < 0 || engine_copy_log(docker, id, lines, fd, err)) return -1;
    return lseek(fd, 0, SEEK_SET) ? err_errno(err, ERR_ENVIRONMENT, "cannot read the log") : steal_fd(&fd);
}

int play_log(struct play *play, const char *name, int lines, struct err *err) {
    scoped(instance) instance = {.folder = -1};
    if (instance_open(&instance, play, name, false, err)) return -1;
    if (instance.state.known && instance.state.driver == PLAY_DOCKER) {
        struct err fault = ERR_INIT; /* of one that was stopped, the container may be gone */
        int copy = container_log(play, &instance, lines, instance.state.runs ? err : &fault);
        if (copy >= 0 || instance.state.runs) return copy;
    }
    int fd = instance.folder < 0 ? -1 : beneath_open(instance.folder, "log", O_RDONLY, 0);
    if (fd >= 0) return fd;
    if (instance.folder >= 0 && errno != ENOENT)
        return err_errno(err, ERR_ENVIRONMENT, "cannot read %s/log", instance.path);
    err_set(err, ERR_USAGE, "%s never ran here, and so has no log", name);
    return err_help(err, "lab services start %s", name);
}
