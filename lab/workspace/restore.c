/*
 * Making the folder equal to a tree again. What differs is found by comparing with the snapshot that was recorded, so all
 * that the snapshot leaves out (ignored files above all) is out of reach here too. First what the tree lacks is removed,
 * then what it has is written: each file under .lab/ and renamed into place, so that an interruption leaves every single
 * file old or new, and doing it again completes it. A file is overwritten or removed only while it holds what the snapshot
 * saw in it: an editor may save at any moment.
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
#include "workspace/compare.h"
#include "workspace/ignore_rules.h"

struct restore {
    struct workspace *workspace;
    git_tree *present; /* the snapshot's */
    int beside;        /* descriptor of .lab */
    char temporary[32];
    struct restored *restored;
    struct err *err;
};

static int cannot(struct restore *restore, const char *what, const char *path) {
    int cause = errno;
    autofree char *shown = path_shown(path);
    errno = cause;
    err_errno(restore->err, ERR_ENVIRONMENT, "cannot %s %s", what, shown);
    return err_help(restore->err, "the work is recorded; remove what is in the way and run the command again");
}

/* ---- what may be overwritten ---- */

static int changed_meanwhile(struct restore *restore, const char *path) {
    autofree char *shown = path_shown(path);
    err_set(restore->err, ERR_ENVIRONMENT, "%s changed meanwhile; nothing of it was overwritten", shown);
    return err_help(restore->err, "run the command again: what is there now is recorded first");
}

/* Reads the file, or the link's target, whichever the snapshot saw there. */
static int read_present(int parent, const char *name, bool link, struct str *content) {
    if (!link) return beneath_read(parent, name, content, LIMIT_FILE_BYTES);
    str_reserve(content, LIMIT_LINK);
    ssize_t len = readlinkat(parent, name, content->data, LIMIT_LINK);
    if (len < 0) return -1;
    content->len = (size_t)len;
    return 0;
}

/* 0 when what stands there is what the snapshot saw, or is gone. */
static int check_unchanged(struct restore *restore, int parent, const git_diff_file *seen) {
    scoped(str) content = STR_INIT;
    git_oid id;
    if (read_present(parent, path_base(seen->path), S_ISLNK(seen->mode), &content))
        return errno == ENOENT ? 0 : changed_meanwhile(restore, seen->path);
    bool same = !git2.odb_hash(&id, content.data, content.len, GIT_OBJECT_BLOB) && git2.oid_equal(&id, &seen->id);
    return same ? 0 : changed_meanwhile(restore, seen->path);
}

static bool tree_has(const git_tree *tree, const char *path) {
    scoped_git(tree_entry) *entry = NULL;
    return !git2.tree_entry_bypath(&entry, tree, path);
}

/* Looks at what stands at the path, or at the first thing on the way to it that is no folder, a link above all: in *at its path,
 * which is owned, or NULL where nothing stands. */
static void find_standing(const struct restore *restore, const char *path, char **at, struct stat *info) {
    for (const char *end = strchrnul(path, '/');; end = strchrnul(end + 1, '/')) {
        *at = mem_copy(path, (size_t)(end - path));
        bool stands = !beneath_stat(restore->workspace->fd, *at, info);
        if (stands && (!*end || !S_ISDIR(info->st_mode))) return;
        free(*at);
        *at = NULL;
        if (!stands) return;
    }
}

/* Notes the file of the tree as kept when git ignores what stands in its place or in its way, unless HEAD has that, hence the
 * snapshot too. Asked before anything is written, since that may change the rules. */
static int note_kept(struct restore *restore, const char *path) {
    struct stat info;
    bool ignored;
    autofree char *at = NULL;
    find_standing(restore, path, &at, &info);
    if (!at || (!S_ISDIR(info.st_mode) && tree_has(restore->present, at))) return 0;
    if (ignore_rules_ask(restore->workspace, at, S_ISDIR(info.st_mode), &ignored, restore->err)) return -1;
    if (ignored) *array_push(&restore->restored->kept) = mem_copy_string(path);
    return 0;
}

static bool is_kept(const struct restore *restore, const char *path) {
    for (size_t i = 0; i < restore->restored->kept.count; i++)
        if (!strcmp(restore->restored->kept.items[i], path)) return true;
    return false;
}

/* 0 when nothing or an empty folder stands where the snapshot saw nothing. */
static int check_free(struct restore *restore, int parent, const char *path) {
    struct stat info;
    const char *name = path_base(path);
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW)) return 0;
    if (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)) return changed_meanwhile(restore, path);
    if (S_ISDIR(info.st_mode) && !unlinkat(parent, name, AT_REMOVEDIR)) return 0;
    errno = EEXIST;
    return cannot(restore, "write", path);
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

static int remove_file(struct restore *restore, const git_diff_file *seen) {
    const char *path = seen->path;
    int root = restore->workspace->fd;
    autofree char *parent = path_parent(path);
    autoclose int fd = beneath_open(root, parent, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return 0;
    if (fd < 0) return cannot(restore, "remove", path);
    if (check_unchanged(restore, fd, seen)) return -1;
    if (unlinkat(fd, path_base(path), 0) && errno != ENOENT) return cannot(restore, "remove", path);
    prune(root, path);
    restore->restored->changed++;
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
    if (write_temporary(restore, blob, delta->new_file.mode)) return cannot(restore, "write", path);
    bool added = delta->status == GIT_DELTA_ADDED;
    if (added ? check_free(restore, parent, path) : check_unchanged(restore, parent, &delta->old_file)) return -1;
    if (renameat(restore->beside, restore->temporary, parent, path_base(path))) return cannot(restore, "write", path);
    restore->restored->changed++;
    return 0;
}

/* ---- the whole ---- */

/* What is done with each difference, in the order of the steps. */
static int step_keep(struct restore *restore, const git_diff_delta *delta) {
    if (!path_is_inside(delta->new_file.path))
        return err_set(restore->err, ERR_USAGE, "refused: the tree has an entry that leaves the folder");
    return delta->status == GIT_DELTA_ADDED ? note_kept(restore, delta->new_file.path) : 0;
}

static int step_remove(struct restore *restore, const git_diff_delta *delta) {
    return delta->status == GIT_DELTA_DELETED ? remove_file(restore, &delta->old_file) : 0;
}

static int step_write(struct restore *restore, const git_diff_delta *delta) {
    bool is_file = S_ISREG(delta->new_file.mode) || S_ISLNK(delta->new_file.mode);
    if (delta->status == GIT_DELTA_DELETED || !is_file || is_kept(restore, delta->new_file.path)) return 0;
    return write_file(restore, delta);
}

static int apply(struct restore *restore, const git_diff *diff) {
    int (*const steps[])(struct restore *, const git_diff_delta *) = {step_keep, step_remove, step_write};
    size_t count = git2.diff_num_deltas(diff);
    for (size_t step = 0; step < LENGTH(steps); step++)
        for (size_t i = 0; i < count; i++) {
            const git_diff_delta *delta = git2.diff_get_delta(diff, i);
            if (!delta_is_left_out(delta) && steps[step](restore, delta)) return -1;
        }
    return 0;
}

static int compare_with_present(struct workspace *workspace, const char *present, const char *tree, const char *path,
                                git_diff **diff, struct err *err) {
    scoped_git(tree) *from = NULL, *to = NULL;
    if (workspace_tree(workspace, present, &from, err) || workspace_tree(workspace, tree, &to, err)) return -1;
    if (path && !tree_has(from, path) && !tree_has(to, path)) {
        autofree char *shown = path_shown(path);
        err_set(err, ERR_USAGE, "there is no %s, neither in the folder nor in what is restored", shown);
        return err_help(err, "a file that git ignores is never recorded; lab diff shows what is");
    }
    return trees_compare(diff, workspace->repository, from, to, path, err);
}

void restored_release(struct restored *restored) {
    for (size_t i = 0; i < restored->kept.count; i++) free(restored->kept.items[i]);
    array_free(&restored->kept);
}

int workspace_restore(struct workspace *workspace, const struct snapshot *present, const char *tree, const char *path,
                      struct restored *restored, struct err *err) {
    scoped_git(diff) *diff = NULL;
    scoped_git(tree) *seen = NULL;
    if (compare_with_present(workspace, present->tree, tree, path, &diff, err) ||
        workspace_tree(workspace, present->tree, &seen, err))
        return -1;
    struct restore restore = {.workspace = workspace, .present = seen, .restored = restored, .err = err};
    snprintf(restore.temporary, sizeof restore.temporary, "restore.%ld", (long)getpid());
    autoclose int beside = folder_make(workspace->fd, ".lab");
    if (beside < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot make the folder .lab in %s", workspace->directory);
    restore.beside = beside;
    int result = apply(&restore, diff);
    (void)unlinkat(beside, restore.temporary, 0);
    return result;
}
