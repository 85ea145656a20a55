/*
 * Making a workspace. It is built in ".EX.starting" beside its place, under the lock ".EX.starting.lock", and renamed:
 * so it is whole or absent whatever interrupts, and two at once make one. A repair takes the same way: the start
 * files are laid out in the staging folder, and go from there into the repository only.
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

enum { LOCK_SECONDS = 60 };

/* ---- where, and alone there ---- */

struct site {
    char *target, *staging, *lock_path;
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
    if (!site->target) {
        autofree char *whole = realpath(parent, NULL);
        if (!whole) {
            err_errno(err, ERR_ENVIRONMENT, "cannot reach %s", parent);
            return -1;
        }
        site->target = path_join(whole, path_base(directory));
    }
    autofree char *beside = path_parent(site->target);
    site->staging = str_format("%s/.%s.starting", strcmp(beside, "/") ? beside : "", path_base(site->target));
    site->lock_path = str_format("%s.lock", site->staging);
    return 0;
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
    if (fs_read(&content, file->source, LIMIT_FILE_BYTES, err)) return -1;
    if (!beneath_write(directory, file->path, content.data, content.len, file->executable ? 0755 : 0644)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot write %s of the new workspace", file->path);
}

static int stage_files(const struct site *site, const struct course *course, const struct exercise *exercise,
                       struct err *err) {
    struct start_files files = {0};
    struct arena arena = ARENA_INIT;
    clear_staging(site);
    int result = mkdir(site->staging, 0777);
    if (result) {
        err_errno(err, ERR_ENVIRONMENT, "cannot create the folder %s", site->staging);
        err_help(err, "choose another place with --dir FOLDER");
    }
    autoclose int staging = result ? -1 : open(site->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static int make_new(const struct site *site, const struct making *making, struct err *err) {
    if (stage_files(site, making->course, making->exercise, err) ||
        found_repository(site->staging, site->staging, making->course, making->exercise, err) ||
        workspace_link_environment(site->staging, making->environment, err))
        return -1;
    if (!rename(site->staging, site->target)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot put the new workspace at %s", site->target);
}

static int mend(const struct site *site, const struct making *making, struct err *err) {
    if (stage_files(site, making->course, making->exercise, err)) return -1;
    return found_repository(site->target, site->staging, making->course, making->exercise, err);
}

int workspace_create(const char *directory, struct course *course, const struct exercise *exercise,
                     const char *environment, struct err *err) {
    struct making making = {course, exercise, environment};
    enum workspace_state state;
    scoped(site) site = {.lock = -1};
    if (locate(&site, directory, err) || lock_site(&site, err) ||
        workspace_state(&state, site.target, exercise->id, err))
        return -1;
    int result = state == WORKSPACE_ABSENT    ? make_new(&site, &making, err)
                 : state == WORKSPACE_DAMAGED ? mend(&site, &making, err)
                                              : 0;
    clear_staging(&site);
    return result ? result : workspace_link_environment(site.target, environment, err);
}
