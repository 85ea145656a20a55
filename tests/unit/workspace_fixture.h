#pragma once
/* A workspace in a temporary folder, for the tests of lab/workspace. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/git2.h"

struct fixture {
    char root[64]; /* temporary; also HOME */
    char *directory, *environment;
    struct course course;
    struct exercise exercise;
    struct workspace *workspace;
    struct err err;
};

/* rm -rf */
static inline void remove_folder(const char *path) {
    autofree char *parent = path_parent(path);
    autoclose int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) beneath_remove(fd, path_base(path));
}

/* Runs a shell command in the workspace; its exit status must be 0. */
__attribute__((format(printf, 2, 3))) static inline void sh(struct fixture *f, const char *format, ...) {
    va_list args;
    va_start(args, format);
    scoped(str) command = STR_INIT;
    str_append(&command, "set -e; cd ");
    str_append_shell_word(&command, fs_exists(f->directory) ? f->directory : f->root);
    str_append(&command, "; ");
    str_vprintf(&command, format, args);
    va_end(args);
    int status = system(command.data);
    if (status) fail_msg("exit status %d: %s", status, command.data);
}

/* What a shell command in the workspace prints. Caller frees. */
static inline char *sh_output(struct fixture *f, const char *command) {
    autofree char *out = path_join(f->root, "output");
    struct str text = STR_INIT;
    sh(f, "{ %s\n} >%s", command, out);
    assert_int_equal(fs_read(&text, out, 64 * 1024 * 1024, &f->err), 0);
    return str_steal(&text);
}

static inline void write_text(struct fixture *f, const char *path, const char *text) {
    autoclose int fd = open(f->directory, O_RDONLY | O_DIRECTORY);
    assert_int_equal(beneath_write(fd, path, text, strlen(text), 0644), 0);
}

#define assert_ok(f, call) \
    do { \
        if ((call) != 0) fail_msg("%s: %s", #call, (f)->err.message); \
    } while (0)
#define assert_contains(text, part) \
    do { \
        if (!strstr((text), (part))) fail_msg("'%s' is not in: %s", (part), (text)); \
    } while (0)

static inline void open_workspace(struct fixture *f) {
    workspace_close(f->workspace);
    f->workspace = NULL;
    assert_ok(f, workspace_open(&f->workspace, f->directory, &f->err));
}

/* Snapshots; returns the tree id in a buffer that lives until the next call but three. */
static inline const char *snapshot_tree(struct fixture *f) {
    static char trees[4][TREE_ID_SIZE];
    static unsigned next;
    struct snapshot snapshot;
    assert_ok(f, workspace_snapshot(f->workspace, &snapshot, &f->err));
    char *tree = trees[next++ % 4];
    memcpy(tree, snapshot.tree, TREE_ID_SIZE);
    snapshot_release(&snapshot);
    return tree;
}

/* Restores tree (or path of it) over what the folder holds now. */
static inline int restore_now(struct fixture *f, struct workspace *workspace, const char *tree, const char *path,
                              size_t *changed) {
    scoped(snapshot) present = {.notes = STR_INIT};
    if (workspace_snapshot(workspace, &present, &f->err)) return -1;
    scoped(restored) restored = {0};
    int result = workspace_restore(workspace, &present, tree, path, &restored, &f->err);
    *changed = restored.changed;
    return result;
}

static inline int record(struct fixture *f, enum attempt_cause cause) {
    struct snapshot snapshot;
    int number = 0;
    assert_ok(f, workspace_snapshot(f->workspace, &snapshot, &f->err));
    assert_ok(f, workspace_record(f->workspace, &snapshot, cause, &number, &f->err));
    snapshot_release(&snapshot);
    return number;
}

/* Points libgit2, which looks at HOME only once a process, at this fixture's. */
static inline int choose_home(struct fixture *f) {
    autofree char *xdg = path_join(f->root, ".config/git");
    if (git2_load(&f->err)) return -1;
    git2.libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
    git2.libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, f->root);
    git2.libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, xdg);
    return 0;
}

/* An exercise of three files, and an environment to link to; no workspace yet. */
static inline int bare_setup(void **state) {
    struct fixture *f = mem_alloc(sizeof *f);
    *state = f;
    /* One name for all tests of a program: what asks for LAB_HOME asks once a process. */
    static char root[] = "/tmp/lab-workspace-XXXXXX";
    if (strstr(root, "XXXXXX") ? !mkdtemp(root) : mkdir(root, 0700)) return -1;
    snprintf(f->root, sizeof f->root, "%s", root);
    setenv("HOME", f->root, 1);
    setenv("LAB_HOME", f->root, 1);
    unsetenv("XDG_CONFIG_HOME");
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    f->directory = f->root;
    sh(f,
       "mkdir -p course/exercises/seed/start/src cache/python/plain; cd course/exercises/seed;"
       "echo 'print(1)' >start/train.py; echo lesson >start/README.md; echo x=1 >start/src/a.py; chmod +x start/train.py;"
       "printf 'format: 1\\nid: seed\\n' >exercise.yaml");
    f->course.directory = path_join(f->root, "course");
    f->course.folder = open(f->course.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    f->exercise.id = f->exercise.key = f->exercise.name = "seed";
    f->exercise.scope = "";
    f->exercise.title = "Same input";
    f->exercise.directory = path_join(f->root, "course/exercises/seed");
    f->directory = path_join(f->root, "work");
    f->environment = path_join(f->root, "cache/python/plain");
    return choose_home(f);
}

static inline int setup(void **state) {
    if (bare_setup(state)) return -1;
    struct fixture *f = *state;
    if (workspace_create(f->directory, &f->course, &f->exercise, f->environment, &f->err) ||
        workspace_open(&f->workspace, f->directory, &f->err)) {
        fprintf(stderr, "%s\n", f->err.message);
        return -1;
    }
    return 0;
}

static inline int teardown(void **state) {
    struct fixture *f = *state;
    workspace_close(f->workspace);
    close(f->course.folder);
    remove_folder(f->root);
    autofree char *course = (char *)(uintptr_t)f->course.directory;
    autofree char *exercise = (char *)(uintptr_t)f->exercise.directory;
    free(f->directory);
    free(f->environment);
    free(f);
    return 0;
}
