/* Ending all services of this user, wherever their workspaces are. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "services/engine.h"
#include "services/home.h"
#include "services/registry.h"
#include "services/task.h"

static const double ENGINE_SECONDS = 10, GRACE_SECONDS = 5, PATIENCE_SECONDS = 5;

void play_down_release(struct play_down *down) {
    names_release(&down->kept);
    names_release(&down->kept_volumes);
    play_left_release(&down->left);
}

static void add_left(struct play_down *down, const char *what, const struct err *err) {
    *array_push(&down->left.items) = (struct play_rest){mem_copy_string(what), mem_copy_string(err->message)};
}

/* ---- one workspace ---- */

static size_t count_running(struct play *play, const struct strings *names) {
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct play_status status;
        struct err unknown = ERR_INIT;
        if (!play_look(play, names->items[i], &status, &unknown)) count += status.state >= PLAY_COMES_UP;
    }
    return count;
}

static void remove_data(struct play *play, const struct strings *names, struct play_down *down) {
    for (size_t i = 0; i < names->count; i++) {
        struct err fault = ERR_INIT;
        autofree char *path = str_format("%s/.lab/services/%s", play->workspace, names->items[i]);
        if (beneath_remove(play->folder, names->items[i])) {
            err_errno(&fault, ERR_ENVIRONMENT, "cannot remove it");
            add_left(down, path, &fault);
        } else {
            down->folders++;
        }
    }
}

static bool has_data(const struct play *play, const struct strings *names) {
    for (size_t i = 0; i < names->count; i++) {
        autofree char *path = str_format("%s/data", names->items[i]);
        autoclose int data = beneath_open(play->folder, path, O_RDONLY | O_DIRECTORY, 0);
        if (data >= 0 && !folder_is_empty(data)) return true;
    }
    return false;
}

/* Of a workspace whose lock is held: nobody starts anything there meanwhile. */
static int end_services(struct play *play, const struct play_ending *ending, struct play_down *down, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct strings names;
    if (play_names(play, &arena, &names, err)) return -1;
    const struct play_request request = {.names = &names, .interrupt = ending->interrupt};
    down->stopped += count_running(play, &names);
    if (play_stop_locked(play, &request, err)) return -1;
    if (ending->data) remove_data(play, &names, down);
    if (has_data(play, &names)) *array_push(&down->kept) = mem_copy_string(play->workspace);
    return 0;
}

static void leave_alone(struct home *home, const struct play *play) {
    char project[PROJECT_SIZE];
    engine_project(project, play);
    *array_push(&home->busy) = mem_copy_string(play->id);
    *array_push(&home->busy) = mem_copy_string(project + strlen(ENGINE_PREFIX));
}

static int end_workspace(struct home *home, const char *workspace, const struct play_ending *ending,
                         struct play_down *down, struct err *err) {
    __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
    const struct play_request request = {
        .watcher = ending->watcher, .interrupt = ending->interrupt, .patience = PATIENCE_SECONDS};
    if (play_open_bare(&play, workspace, err)) return -1;
    if (play->folder < 0) return 0;
    autoclose int lock = play_lock(play, &request, err);
    if (lock >= 0) return end_services(play, ending, down, err);
    if (errno == EWOULDBLOCK) leave_alone(home, play);
    return -1;
}

static int end_registered(struct home *home, const struct play_ending *ending, struct play_down *down,
                          struct err *err) {
    for (size_t i = 0; i < home->workspaces.count; i++) {
        struct err fault = ERR_INIT;
        const char *workspace = home->workspaces.items[i];
        if (!fs_is_directory(workspace)) continue; /* its processes are found all the same */
        if (!end_workspace(home, workspace, ending, down, &fault)) continue;
        if (fault.code == ERR_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        add_left(down, workspace, &fault);
    }
    return 0;
}

/* ---- what no workspace knows of ---- */

static void end_strays(const struct home *home, struct play_down *down) {
    scoped(processes) strays = {0};
    home_find(home, &strays);
    down->stopped += home_count_services(home, &strays);
    processes_end(home_find, home, GRACE_SECONDS, &down->left);
}

static void close_engine(struct docker **docker) { docker_close(*docker); }

static int end_containers(const struct home *home, const struct play_ending *ending, struct play_down *down,
                          struct err *err) {
    __attribute__((cleanup(close_engine))) struct docker *docker = NULL;
    const struct docker_options options = {.seconds = ENGINE_SECONDS, .interrupt = ending->interrupt};
    struct err none = ERR_INIT;
    if (docker_open(&docker, &options, &none)) return 0; /* no engine, no containers */
    return engine_end(docker, home, ending->data, down, err);
}

int play_end_all(struct play_down *down, const struct play_ending *ending, struct err *err) {
    scoped(home) home = {0};
    if (home_open(&home, err) || end_registered(&home, ending, down, err)) return -1;
    end_strays(&home, down);
    if (end_containers(&home, ending, down, err)) return -1;
    return registry_tidy(err);
}

/* ---- looking only ---- */

/* Counts the services of the workspace that run, and takes their processes out of `strays`. */
static void survey_workspace(struct play *play, struct play_survey *survey, struct processes *strays) {
    scoped(arena) arena = ARENA_INIT;
    struct strings names;
    struct err ignored = ERR_INIT;
    if (play_names(play, &arena, &names, &ignored)) return;
    for (size_t i = 0; i < names.count; i++) {
        scoped(instance) instance = {.folder = -1};
        scoped(processes) own = {0};
        struct process leader;
        if (instance_open(&instance, play, names.items[i], false, &ignored) || !instance_leader(&instance, &leader))
            continue;
        survey->running++;
        instance_processes(&instance, strays, &own);
        for (size_t k = strays->list.count; k-- > 0;)
            if (processes_have(&own, strays->list.items[k].pid))
                strays->list.items[k] = strays->list.items[--strays->list.count];
    }
}

int play_look_everywhere(struct play_survey *survey, struct err *err) {
    scoped(home) home = {0};
    scoped(processes) strays = {0};
    *survey = (struct play_survey){0};
    if (home_open(&home, err)) return -1;
    home_find(&home, &strays);
    for (size_t i = 0; i < home.workspaces.count; i++) {
        __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
        struct err ignored = ERR_INIT;
        if (!play_open_bare(&play, home.workspaces.items[i], &ignored)) survey_workspace(play, survey, &strays);
    }
    survey->stray = strays.list.count;
    return 0;
}
