/* Ending all services of this user, wherever their workspaces are. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "services/engine.h"
#include "services/registry.h"
#include "services/task.h"

static const double ENGINE_SECONDS = 10, GRACE_SECONDS = 5;

void play_down_release(struct play_down *down) {
    for (size_t i = 0; i < down->kept.count; i++) free(down->kept.items[i]);
    array_free(&down->kept);
    play_left_release(&down->left);
}

static void add_left(struct play_down *down, const char *what, const struct err *err) {
    *array_push(&down->left.items) = (struct play_rest){mem_copy_string(what), mem_copy_string(err->message)};
}

/* ---- one workspace ---- */

/* Ends what runs of these services; how many did. */
static int stop_running(struct play *play, const struct strings *names, struct play_down *down, int interrupt,
                        struct err *err) {
    for (size_t i = 0; i < names->count; i++) {
        struct play_status status;
        struct err unknown = ERR_INIT;
        if (!play_look(play, names->items[i], &status, &unknown)) down->stopped += status.state >= PLAY_COMES_UP;
    }
    const struct play_request request = {.names = names, .interrupt = interrupt};
    return play_stop(play, &request, err);
}

/* Of one that somebody has started again meanwhile, the data are in use. */
static int remove_of(struct play *play, const char *name, struct err *err) {
    struct play_status status;
    if (play_look(play, name, &status, err)) return -1;
    if (status.state >= PLAY_COMES_UP) return err_set(err, ERR_ENVIRONMENT, "it was started again");
    return beneath_remove(play->folder, name) ? err_errno(err, ERR_ENVIRONMENT, "cannot remove it") : 0;
}

static int remove_data(struct play *play, const struct strings *names, struct play_down *down, int interrupt,
                       struct err *err) {
    const struct play_request request = {.names = names, .interrupt = interrupt};
    autoclose int lock = play_lock(play, &request, err);
    if (lock < 0) return -1;
    for (size_t i = 0; i < names->count; i++) {
        struct err fault = ERR_INIT;
        autofree char *path = str_format("%s/.lab/services/%s", play->workspace, names->items[i]);
        if (remove_of(play, names->items[i], &fault))
            add_left(down, path, &fault);
        else
            down->folders++;
    }
    return 0;
}

static bool has_data(const struct play *play, const struct strings *names) {
    for (size_t i = 0; i < names->count; i++) {
        autofree char *path = str_format("%s/data", names->items[i]);
        autoclose int data = beneath_open(play->folder, path, O_RDONLY | O_DIRECTORY, 0);
        if (data >= 0 && !folder_is_empty(data)) return true;
    }
    return false;
}

static int end_workspace(struct play *play, struct play_down *down, bool data, int interrupt, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct strings names;
    if (play->folder < 0) return 0;
    if (play_names(play, &arena, &names, err) || stop_running(play, &names, down, interrupt, err)) return -1;
    if (data && remove_data(play, &names, down, interrupt, err)) return -1;
    if (has_data(play, &names)) *array_push(&down->kept) = mem_copy_string(play->workspace);
    return 0;
}

static int end_registered(const struct names *workspaces, struct play_down *down, bool data, int interrupt,
                          struct err *err) {
    for (size_t i = 0; i < workspaces->count; i++) {
        __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
        struct err fault = ERR_INIT;
        if (!fs_is_directory(workspaces->items[i])) continue; /* its processes are found all the same */
        if (!play_open_bare(&play, workspaces->items[i], &fault) && !end_workspace(play, down, data, interrupt, &fault))
            continue;
        if (fault.code == ERR_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        add_left(down, workspaces->items[i], &fault);
    }
    return 0;
}

/* ---- what no workspace knows of ---- */

/* The folders of lab that its services belong to. */
struct home {
    char id[PLAY_ID_SIZE];
    struct names workspaces; /* that are registered, whether or not they are still there */
};

static void home_release(struct home *home) { names_release(&home->workspaces); }

static int home_open(struct home *home, struct err *err) {
    return play_home_id(home->id, err) || registry_read(&home->workspaces, err) ? -1 : 0;
}

static bool is_registered(const struct home *home, const char *workspace) {
    for (size_t i = 0; i < home->workspaces.count; i++)
        if (!strcmp(home->workspaces.items[i], workspace)) return true;
    return false;
}

static bool cut_end(char *text, const char *end) {
    if (!string_ends_with(text, end)) return false;
    text[strlen(text) - strlen(end)] = '\0';
    return true;
}

/* Leaves the workspace of the path of a service's log, and returns the service's name, which the caller frees. NULL: it is
 * no such path. */
static char *cut_log(char *path) {
    if (!cut_end(path, "/log")) return NULL;
    autofree char *name = mem_copy_string(path_base(path));
    autofree char *end = str_format("/.lab/services/%s", name);
    return path_is_id(name) && cut_end(path, end) ? steal(&name) : NULL;
}

/* What the state file says; of a workspace that moved, nobody else knows. */
static void read_noted_mark(const char *workspace, const char *name, char mark[MARK_SIZE]) {
    __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
    scoped(instance) instance = {.folder = -1};
    struct err ignored = ERR_INIT;
    if (play_open_bare(&play, workspace, &ignored) || instance_open(&instance, play, name, false, &ignored)) return;
    snprintf(mark, MARK_SIZE, "%s", instance.state.mark);
}

/* The mark of the service whose log this is; empty when it is none. */
static void read_mark_of_log(const struct home *home, char *path, char mark[MARK_SIZE]) {
    char id[PLAY_ID_SIZE];
    struct err ignored = ERR_INIT;
    autofree char *name = cut_log(path);
    if (name && !is_registered(home, path))
        read_noted_mark(path, name, mark);
    else if (name && !play_id(id, path, &ignored))
        snprintf(mark, MARK_SIZE, "%s/%s", id, name);
}

/* The mark of a process of a service of ours, from its environment or, when that has none, by the log that it writes to; empty
 * for another. */
static void read_mark(const struct home *home, pid_t pid, char mark[MARK_SIZE]) {
    process_mark(pid, mark);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && !mark[0]; fd++) {
        autofree char *path = process_stream(pid, fd);
        if (path) read_mark_of_log(home, path, mark);
    }
    if (!string_starts_with(mark, home->id)) mark[0] = '\0';
}

/* Living processes of this user that are a service's. */
static void find_strays(const void *context, struct processes *strays) {
    const struct home *home = context;
    scoped(processes) all = {0};
    processes_read(&all);
    for (size_t i = 0; i < all.list.count; i++) {
        char mark[MARK_SIZE];
        const struct process *one = &all.list.items[i];
        if (one->dead || one->user != geteuid()) continue;
        read_mark(home, one->pid, mark);
        if (mark[0]) *array_push(&strays->list) = *one;
    }
}

/* Each has a mark, which all its processes share. */
static size_t count_services(const struct home *home, const struct processes *strays) {
    scoped(names) marks = {0};
    for (size_t i = 0; i < strays->list.count; i++) {
        char mark[MARK_SIZE];
        bool known = false;
        read_mark(home, strays->list.items[i].pid, mark);
        for (size_t k = 0; k < marks.count; k++) known |= !strcmp(marks.items[k], mark);
        if (!known) *array_push(&marks) = mem_copy_string(mark);
    }
    return marks.count;
}

static void end_strays(const struct home *home, struct play_down *down) {
    scoped(processes) strays = {0};
    find_strays(home, &strays);
    down->stopped += count_services(home, &strays);
    processes_end(find_strays, home, GRACE_SECONDS, &down->left);
}

static void close_engine(struct docker **docker) { docker_close(*docker); }

static int end_containers(const char *home, struct play_down *down, bool data, int interrupt, struct err *err) {
    __attribute__((cleanup(close_engine))) struct docker *docker = NULL;
    const struct docker_options options = {.seconds = ENGINE_SECONDS, .interrupt = interrupt};
    struct err none = ERR_INIT;
    autofree char *prefix = str_format("lab-%s", home);
    if (docker_open(&docker, &options, &none)) return 0; /* no engine, no containers */
    return engine_end(docker, prefix, data, down, err);
}

int play_end_all(struct play_down *down, bool data, int interrupt, struct err *err) {
    scoped(home) home = {0};
    if (home_open(&home, err) || end_registered(&home.workspaces, down, data, interrupt, err)) return -1;
    end_strays(&home, down);
    if (end_containers(home.id, down, data, interrupt, err)) return -1;
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
    find_strays(&home, &strays);
    for (size_t i = 0; i < home.workspaces.count; i++) {
        __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
        struct err ignored = ERR_INIT;
        if (!play_open_bare(&play, home.workspaces.items[i], &ignored)) survey_workspace(play, survey, &strays);
    }
    survey->stray = strays.list.count;
    return 0;
}
