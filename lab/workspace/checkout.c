/*
 * Laying a tree out. The tree may be anyone's: every name is checked, every descriptor is of a directory that was just
 * made here, and nothing that exists is ever written to, so neither "../x" nor a link followed by a file below it
 * leads out.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "workspace/internal.h"

struct checkout {
    struct workspace *workspace;
    struct str path; /* of the entry at hand */
    size_t entries, depth;
    uint64_t bytes;
    struct err *err;
};

static void checkout_release(struct checkout *checkout) { str_release(&checkout->path); }

static int refuse(struct checkout *checkout, const char *why) {
    autofree char *path = path_shown(checkout->path.data);
    return err_set(checkout->err, ERR_USAGE, "refused: the tree's entry %s %s", path, why);
}

static int cannot_write(struct checkout *checkout) {
    if (errno == EEXIST) return refuse(checkout, "stands there twice");
    int cause = errno;
    autofree char *path = path_shown(checkout->path.data);
    errno = cause;
    return err_errno(checkout->err, ERR_ENVIRONMENT, "cannot lay out %s", path);
}

static int cannot_look_up(struct checkout *checkout) {
    snapshot_cache_forget(checkout->workspace);
    autofree char *path = path_shown(checkout->path.data);
    git2_error(checkout->err, ERR_ENVIRONMENT, "the repository lost the content of %s", path);
    return err_help(checkout->err, "run the command again: the file is then read anew");
}

/* ---- files and links ---- */

/* Looks the blob up, its size checked before it is unpacked. */
static int find_blob(struct checkout *checkout, const git_oid *id, git_blob **blob) {
    size_t size;
    git_object_t type;
    if (git2.odb_read_header(&size, &type, checkout->workspace->odb, id)) return cannot_look_up(checkout);
    if (type != GIT_OBJECT_BLOB) return refuse(checkout, "says that it is a file and is none");
    if (size > LIMIT_FILE_BYTES) return refuse(checkout, "is larger than 64 MiB");
    checkout->bytes += size;
    if (checkout->bytes > LIMIT_BYTES) return refuse(checkout, "brings it over 256 MiB");
    return git2.blob_lookup(blob, checkout->workspace->repository, id) ? cannot_look_up(checkout) : 0;
}

static int lay_out_file(struct checkout *checkout, int parent, const char *name, const git_blob *blob, mode_t mode) {
    autoclose int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return cannot_write(checkout);
    if (fs_write_all(fd, git2.blob_rawcontent(blob), (size_t)git2.blob_rawsize(blob))) return cannot_write(checkout);
    return fchmod(fd, mode) ? cannot_write(checkout) : 0;
}

static int lay_out_link(struct checkout *checkout, int parent, const char *name, const git_blob *blob) {
    size_t len = (size_t)git2.blob_rawsize(blob);
    autofree char *target = mem_copy(git2.blob_rawcontent(blob), len > LIMIT_LINK ? 0 : len);
    if (!len || strlen(target) != len) return refuse(checkout, "is a link whose target is no path");
    return symlinkat(target, parent, name) ? cannot_write(checkout) : 0;
}

/* ---- directories ---- */

static int lay_out_tree(struct checkout *checkout, int directory, const git_oid *id);

static int lay_out_directory(struct checkout *checkout, int parent, const char *name, const git_oid *id) {
    if (checkout->depth >= LIMIT_DEPTH) return refuse(checkout, "lies more than 64 folders deep");
    if (mkdirat(parent, name, 0755)) return cannot_write(checkout);
    autoclose int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return cannot_write(checkout);
    checkout->depth++;
    int result = lay_out_tree(checkout, fd, id);
    checkout->depth--;
    return result;
}

static int lay_out_blob(struct checkout *checkout, int parent, const git_tree_entry *entry, unsigned mode) {
    scoped_git(blob) *blob = NULL;
    const char *name = git2.tree_entry_name(entry);
    if (find_blob(checkout, git2.tree_entry_id(entry), &blob)) return -1;
    if (S_ISLNK(mode)) return lay_out_link(checkout, parent, name, blob);
    return lay_out_file(checkout, parent, name, blob, mode & 0100 ? 0755 : 0644);
}

static int lay_out_entry(struct checkout *checkout, int parent, const git_tree_entry *entry) {
    const char *name = git2.tree_entry_name(entry);
    unsigned mode = git2.tree_entry_filemode_raw(entry);
    if (strchr(name, '/') || strlen(name) > 255 || !path_is_inside(name))
        return refuse(checkout, "has a name that no entry may have");
    if (++checkout->entries > LIMIT_ENTRIES) return refuse(checkout, "brings it over 20 000 files and folders");
    if (mode == GIT_FILEMODE_COMMIT) return 0;
    if (S_ISDIR(mode)) return lay_out_directory(checkout, parent, name, git2.tree_entry_id(entry));
    if (!S_ISREG(mode) && !S_ISLNK(mode)) return refuse(checkout, "is neither file, folder nor link");
    return lay_out_blob(checkout, parent, entry, mode);
}

static int lay_out_tree(struct checkout *checkout, int directory, const git_oid *id) {
    scoped_git(tree) *tree = NULL;
    if (git2.tree_lookup(&tree, checkout->workspace->repository, id)) return cannot_look_up(checkout);
    size_t len = checkout->path.len;
    for (size_t i = 0; i < git2.tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git2.tree_entry_byindex(tree, i);
        str_printf(&checkout->path, "%s%s", len ? "/" : "", git2.tree_entry_name(entry));
        if (lay_out_entry(checkout, directory, entry)) return -1;
        checkout->path.len = len;
        checkout->path.data[len] = '\0';
    }
    return 0;
}

int workspace_checkout(struct workspace *workspace, const char *tree, int directory, struct err *err) {
    git_oid id;
    scoped(checkout) checkout = {.workspace = workspace, .path = STR_INIT, .err = err};
    if (git2.oid_fromstr(&id, tree)) return err_set(err, ERR_INTERNAL, "'%s' is no tree id", tree);
    return lay_out_tree(&checkout, directory, &id);
}
