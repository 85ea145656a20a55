#include "services/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "services/registry.h"

void home_release(struct home *home) {
    names_release(&home->workspaces);
    names_release(&home->busy);
}

int home_open(struct home *home, struct err *err) {
    return play_home_id(home->id, err) || registry_read(&home->workspaces, err) ? -1 : 0;
}

bool home_owns(const struct home *home, const char *mark) {
    for (size_t i = 0; i < home->busy.count; i++)
        if (string_starts_with(mark, home->busy.items[i])) return false;
    return string_starts_with(mark, home->id);
}

/* ---- whose a process is ---- */

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
    if (!home_owns(home, mark)) mark[0] = '\0';
}

void home_find(const void *context, struct processes *strays) {
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

size_t home_count_services(const struct home *home, const struct processes *strays) {
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
