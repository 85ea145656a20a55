/*
 * Making the folder equal to a tree again. What differs is found by comparing with a fresh snapshot, so all that the
 * snapshot leaves out (ignored files above all) is out of reach here too. First what the tree lacks is removed, then
 * what it has is written: each file under .lab/ and renamed into place, so that an interruption leaves every single
 * file old or new, and doing it again completes it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/compare.h"

struct restore {
    struct workspace *workspace;
    int beside; /* descriptor of .lab */
    char temporary[32];
    size_t changed;
    struct err *err;
};

static int cannot(struct restore *restore, const char *what, const char *path) {
    int cause = errno;
    autofree char *shown = path_shown(path);
    errno = cause;
    err_errno(restore->err, ERR_ENVIRONMENT, "cannot %s %s", what, shown);
    return err_help(restore->err, "the work is recorded; remove what is in the way and run the command again");
}

/* ---- removing ---- */

/* Removes the folders above path that are empty now, from the inside outwards. */
static void prune(int root, const char *path) {
    autofree char *folder = mem_copy_string(path);
    for (char *slash; (slash = strrchr(folder, '/'));) {
        *slash = '\0';
        autofree char *parent = path_parent(folder);
        autoclose int fd = beneath_open(root, parent, O_RDONLY | O_DIRECTORY, 0);
        if (fd < 0 || unlinkat(fd, path_base(folder), AT_REMOVEDIR)) return;
    }
}

static int remove_file(struct restore *restore, const char *path) {
    int root = restore->workspace->fd;
    autofree char *parent = path_parent(path);
    autoclose int fd = beneath_open(root, parent, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return 0;
    if (fd < 0 || (unlinkat(fd, path_base(path), 0) && errno != ENOENT)) return cannot(restore, "remove", path);
    prune(root, path);
    restore->changed++;
    return 0;
}

/* ---- writing ---- */

static int write_temporary(struct restore *restore, const git_blob *blob, unsigned mode) {
    size_t len = (size_t)git2.blob_rawsize(blob);
    if (unlinkat(restore->beside, restore->temporary, 0) && errno != ENOENT) return -1;
    if (S_ISLNK(mode)) {
        autofree char *target = mem_copy(git2.blob_rawcontent(blob), len);
        return symlinkat(target, restore->beside, restore->temporary);
    }
    autoclose int fd = openat(restore->beside, restore->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              mode & 0100 ? 0777 : 0666);
    return fd < 0 ? -1 : fs_write_all(fd, git2.blob_rawcontent(blob), len);
}

/* True when something that the snapshot leaves out stands at path: an ignored file is not replaced, a link is. */
static bool is_kept(int parent, const char *name) {
    struct stat info;
    return !fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) && !S_ISLNK(info.st_mode);
}

static int write_file(struct restore *restore, const git_diff_delta *delta) {
    scoped_git(blob) *blob = NULL;
    const char *path = delta->new_file.path;
    if (git2.blob_lookup(&blob, restore->workspace->repository, &delta->new_file.id)) {
        autofree char *shown = path_shown(path);
        return git2_error(restore->err, ERR_ENVIRONMENT, "the repository lost the content of %s", shown);
    }
    autofree char *parent_path = strchr(path, '/') ? path_parent(path) : mem_copy_string("");
    autoclose int parent = folder_make(restore->workspace->fd, parent_path);
    if (parent < 0) return cannot(restore, "make the folder of", path);
    if (delta->status == GIT_DELTA_ADDED && is_kept(parent, path_base(path))) return 0;
    if (write_temporary(restore, blob, delta->new_file.mode) ||
        renameat(restore->beside, restore->temporary, parent, path_base(path)))
        return cannot(restore, "write", path);
    restore->changed++;
    return 0;
}

/* ---- the whole ---- */

static int apply(struct restore *restore, const git_diff *diff) {
    size_t count = git2.diff_num_deltas(diff);
    for (size_t i = 0; i < count; i++) {
        const git_diff_delta *delta = git2.diff_get_delta(diff, i);
        if (delta->status == GIT_DELTA_DELETED && remove_file(restore, delta->old_file.path)) return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const git_diff_delta *delta = git2.diff_get_delta(diff, i);
        bool is_file = S_ISREG(delta->new_file.mode) || S_ISLNK(delta->new_file.mode);
        if (delta->status == GIT_DELTA_DELETED || !is_file) continue;
        if (!path_is_inside(delta->new_file.path))
            return err_set(restore->err, ERR_USAGE, "refused: the tree has an entry that leaves the folder");
        if (write_file(restore, delta)) return -1;
    }
    return 0;
}

static bool tree_has(const git_tree *tree, const char *path) {
    scoped_git(tree_entry) *entry = NULL;
    return !git2.tree_entry_bypath(&entry, tree, path);
}

static int compare_with_present(struct workspace *workspace, const char *tree, const char *path, git_diff **diff,
                                struct err *err) {
    scoped(snapshot) present;
    scoped_git(tree) *from = NULL, *to = NULL;
    if (workspace_snapshot(workspace, &present, err)) return -1;
    if (workspace_tree(workspace, present.tree, &from, err) || workspace_tree(workspace, tree, &to, err)) return -1;
    if (path && !tree_has(from, path) && !tree_has(to, path)) {
        autofree char *shown = path_shown(path);
        err_set(err, ERR_USAGE, "there is no %s, neither in the folder nor in what is restored", shown);
        return err_help(err, "a file that git ignores is never recorded; lab diff shows what is");
    }
    return trees_compare(diff, workspace->repository, from, to, path, err);
}

int workspace_restore(struct workspace *workspace, const char *tree, const char *path, size_t *changed,
                      struct err *err) {
    scoped_git(diff) *diff = NULL;
    if (compare_with_present(workspace, tree, path, &diff, err)) return -1;
    struct restore restore = {.workspace = workspace, .err = err};
    snprintf(restore.temporary, sizeof restore.temporary, "restore.%ld", (long)getpid());
    autoclose int beside = folder_make(workspace->fd, ".lab");
    if (beside < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot make the folder .lab in %s", workspace->directory);
    restore.beside = beside;
    int result = apply(&restore, diff);
    *changed = restore.changed;
    (void)unlinkat(beside, restore.temporary, 0);
    return result;
}
