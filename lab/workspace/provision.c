/*
 * Making a workspace. It is built in ".EX.starting" beside its place, under the lock ".EX.starting.lock", and renamed:
 * so it is whole or absent whatever interrupts, and two at once make one.
 *
 * A folder that is there already is never replaced: a shell may stand in it, and it may be a mount point. The workspace
 * is then built in its .lab/starting and moved up entry by entry, after the mark and with .git last: what was interrupted
 * counts as damaged, and .lab/starting tells that files are missing because they never came. A repair lays the start
 * files out in .lab/mending, and they go from there into the repository only.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/provision.h"

#define STAGING_INSIDE ".lab/starting"
#define MENDING_INSIDE ".lab/mending"
#define UPDATE_INSIDE  ".lab/updating" /* for another start, on its way into the repository */

enum { LOCK_SECONDS = 60 };

/* ---- where, and alone there ---- */

struct site {
    char *target, *staging, *lock_path;
    bool stands; /* the target is there already */
    int lock;
};

static void site_release(struct site *site) {
    if (site->lock >= 0) {
        unlink(site->lock_path);
        close(site->lock);
    }
    free(site->target);
    free(site->staging);
    free(site->lock_path);
}

static int locate(struct site *site, const char *directory, struct err *err) {
    autofree char *parent = path_parent(directory);
    site->lock = -1;
    if (fs_make_directories(parent, err)) {
        err_help(err, "choose another place with --dir FOLDER");
        return -1;
    }
    site->target = realpath(directory, NULL);
    site->stands = site->target;
    if (!site->target) {
        autofree char *whole = realpath(parent, NULL);
        if (!whole) {
            err_errno(err, ERR_ENVIRONMENT, "cannot reach %s", parent);
            return -1;
        }
        site->target = path_join(whole, path_base(directory));
    }
    autofree char *name = str_format(".%s.starting", path_base(site->target));
    autofree char *beside = path_parent(site->target);
    site->staging = site->stands ? path_join(site->target, STAGING_INSIDE) : path_join(beside, name);
    site->lock_path = str_format("%s.lock", site->staging);
    return 0;
}

/* The folder .lab in a target that stands. */
static int make_inner_folder(const struct site *site, struct err *err) {
    autoclose int target = open(site->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int inner = target < 0 ? -1 : folder_make(target, ".lab");
    if (inner >= 0) return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot make the folder .lab in %s", site->target);
    return err_help(err, "choose another place with --dir FOLDER");
}

/* The lock's file is removed by whoever held it, so one that was taken counts only if it is still the one in place. */
static int lock_site(struct site *site, struct err *err) {
    for (;;) {
        struct stat held, placed;
        site->lock = fs_lock(site->lock_path, LOCK_SECONDS, err);
        if (site->lock < 0) {
            err_help(err, "choose another place with --dir FOLDER");
            return -1;
        }
        if (!fstat(site->lock, &held) && !stat(site->lock_path, &placed) && held.st_ino == placed.st_ino) return 0;
        close(steal_fd(&site->lock));
    }
}

/* What cannot be cleared away is said by whoever then finds it in the way. */
static void clear_staging(const struct site *site) { (void)beneath_remove_at(site->staging); }

/* ---- start files ---- */

static int copy_start_file(int directory, const struct start_file *file, struct err *err) {
    scoped(str) content = STR_INIT;
    if (start_file_read(&content, file, LIMIT_FILE_BYTES, err)) return -1;
    if (!beneath_write(directory, file->path, content.data, content.len, file->executable ? 0755 : 0644)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot write %s of the new workspace", file->path);
}

/* The staging folder, empty. One that is there is emptied, not made anew: with the mark and without it, a start that was
 * interrupted would look like a workspace whose files the learner deleted. */
static int open_staging(const struct site *site, struct err *err) {
    struct stat info;
    if (!lstat(site->staging, &info) && !S_ISDIR(info.st_mode)) clear_staging(site);
    if (!mkdir(site->staging, 0777) || errno == EEXIST) {
        autoclose int staging = open(site->staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (staging >= 0 && !beneath_remove(staging, ".")) return steal_fd(&staging);
    }
    err_errno(err, ERR_ENVIRONMENT, "cannot create the folder %s", site->staging);
    return err_help(err, "choose another place with --dir FOLDER");
}

static int stage_files(const struct site *site, const struct course *course, const struct exercise *exercise,
                       struct err *err) {
    struct start_files files = {0};
    struct arena arena = ARENA_INIT;
    autoclose int staging = open_staging(site, err);
    int result = staging < 0 ? -1 : 0;
    if (!result) result = exercise_start_files(&files, course, exercise, &arena, err);
    for (size_t i = 0; !result && i < files.count; i++) result = copy_start_file(staging, &files.items[i], err);
    arena_release(&arena);
    return result;
}

/* ---- making and mending ---- */

struct making {
    const struct course *course;
    const struct exercise *exercise;
    const char *environment;
};

static int build_new(const struct site *site, const struct making *making, struct err *err) {
    if (stage_files(site, making->course, making->exercise, err) ||
        found_repository(site->staging, site->staging, making->course, making->exercise, err) ||
        workspace_link_environment(site->staging, making->environment, err))
        return -1;
    if (!rename(site->staging, site->target)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot put the new workspace at %s", site->target);
}

static int make_new(const struct site *site, const struct making *making, struct err *err) {
    int result = build_new(site, making, err);
    clear_staging(site);
    return result;
}

/* Moves what was staged into the target, but what is there already, and .lab and .git. */
static int move_files(int staging, int target) {
    scoped(names) names = {0};
    if (beneath_names(staging, &names)) return -1;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        if (!strcmp(name, ".lab") || !strcmp(name, ".git")) continue;
        if (!faccessat(target, name, F_OK, AT_SYMLINK_NOFOLLOW)) continue;
        if (renameat(staging, name, target, name)) return -1;
    }
    return 0;
}

static int move_inside(const struct site *site, struct err *err) {
    autoclose int staging = open(site->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int target = open(site->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (staging < 0 || target < 0 || move_files(staging, target) || renameat(staging, ".git", target, ".git"))
        return err_errno(err, ERR_ENVIRONMENT, "cannot put the new workspace at %s", site->target);
    return 0;
}

/* The staging folder is left when this fails: it says to the next try that files are missing. */
static int make_inside(const struct site *site, const struct making *making, struct err *err) {
    if (stage_files(site, making->course, making->exercise, err) ||
        mark_write(site->target, making->exercise->key, err) ||
        found_repository(site->staging, site->staging, making->course, making->exercise, err) || move_inside(site, err))
        return -1;
    clear_staging(site);
    return 0;
}

static int mend(struct site *site, const struct making *making, struct err *err) {
    free(site->staging);
    site->staging = path_join(site->target, MENDING_INSIDE);
    int result = stage_files(site, making->course, making->exercise, err);
    if (!result) result = found_repository(site->target, site->staging, making->course, making->exercise, err);
    clear_staging(site);
    return result;
}

/* True when the target holds a start that was interrupted, and no repository that came since. */
static bool is_unfinished(const struct site *site) {
    autofree char *git = path_join(site->target, ".git");
    return fs_is_directory(site->staging) && !fs_exists(git);
}

static int make(struct site *site, enum workspace_state state, const struct making *making, struct err *err) {
    if (state == WORKSPACE_STARTED) {
        clear_staging(site); /* of a start that was interrupted with nothing left to do */
        return 0;
    }
    if (!site->stands) return make_new(site, making, err);
    bool inside = state == WORKSPACE_ABSENT || is_unfinished(site);
    return inside ? make_inside(site, making, err) : mend(site, making, err);
}

static int make_alone(struct site *site, const struct making *making, struct err *err) {
    enum workspace_state state;
    if (site->stands && make_inner_folder(site, err)) return -1;
    if (lock_site(site, err) || workspace_state(&state, site->target, making->exercise->key, err)) return -1;
    return make(site, state, making, err);
}

int workspace_create(const char *directory, struct course *course, const struct exercise *exercise,
                     const char *environment, struct err *err) {
    struct making making = {course, exercise, environment};
    enum workspace_state state;
    scoped(site) site = {.lock = -1};
    if (locate(&site, directory, err)) return -1;
    /* Asked before too: nothing is made in a folder of the learner's. */
    if (site.stands && workspace_state(&state, site.target, exercise->key, err)) return -1;
    bool started = site.stands && state == WORKSPACE_STARTED && !fs_exists(site.staging);
    if (!started && make_alone(&site, &making, err)) return -1;
    return workspace_link_environment(site.target, environment, err);
}

int workspace_new_start(struct workspace *workspace, const struct course *course, const struct exercise *exercise,
                        char tree[TREE_ID_SIZE], struct err *err) {
    git_oid id;
    scoped(site) site = {.lock = -1};
    if (locate(&site, workspace->directory, err) || make_inner_folder(&site, err) || lock_site(&site, err)) return -1;
    free(site.staging);
    site.staging = path_join(site.target, UPDATE_INSIDE);
    int result = stage_files(&site, course, exercise, err);
    autoclose int staging = result ? -1 : open(site.staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!result) result = tree_of_directory(workspace->repository, staging, &id, err);
    clear_staging(&site);
    if (!result) git2.oid_tostr(tree, TREE_ID_SIZE, &id);
    return result;
}
