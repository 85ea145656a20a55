#include "docker/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/json.h"
#include "base/libarchive.h"
#include "base/path.h"

struct packing {
    int folder;
    const char *below;
    struct archive *archive;
    json_t *folders; /* {path: true} of those that are in already */
    struct str *out;
    struct err *err;
};

static void packing_release(struct packing *p) {
    if (p->archive) tar.write_free(p->archive);
    json_decref(p->folders);
}

static la_ssize_t on_write(struct archive *archive, void *context, const void *data, size_t len) {
    (void)archive;
    struct packing *p = context;
    if (p->out->len + len > PACK_BYTES_MOST + ((size_t)PACK_ENTRIES_MOST << 11)) return -1;
    str_append_bytes(p->out, data, len);
    return (la_ssize_t)len;
}

static int archive_fault(const struct packing *p) {
    return tar_error(p->archive, ERR_ENVIRONMENT, "cannot pack the files", p->err);
}

/* ---- entries ---- */

static int write_entry(struct packing *p, const char *path, const struct stat *info, const char *target,
                       const struct str *content) {
    struct archive_entry *entry = tar.entry_new();
    tar.entry_set_pathname(entry, path);
    tar.entry_set_filetype(entry, info->st_mode & S_IFMT);
    tar.entry_set_perm(entry, info->st_mode & 0777);
    tar.entry_set_mtime(entry, info->st_mtime, 0);
    tar.entry_set_size(entry, content ? (la_int64_t)content->len : 0);
    if (target) tar.entry_set_symlink(entry, target);
    int status = tar.write_header(p->archive, entry) == ARCHIVE_OK ? 0 : archive_fault(p);
    tar.entry_free(entry);
    if (status || !content) return status;
    return tar.write_data(p->archive, content->data, content->len) == (la_ssize_t)content->len ? 0 : archive_fault(p);
}

/* The folders above path, those that are not in yet. */
static int write_folders(struct packing *p, const char *path) {
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        autofree char *name = mem_copy(path, (size_t)(slash - path));
        autofree char *place = path_join(p->below, name);
        struct stat info;
        if (json_object_get(p->folders, name)) continue;
        if (beneath_stat(p->folder, place, &info) || !S_ISDIR(info.st_mode))
            return err_set(p->err, ERR_USAGE, "%s is no folder", place);
        json_put(p->folders, name, json_true());
        if (write_entry(p, name, &info, NULL, NULL)) return -1;
    }
    return 0;
}

static int write_link(struct packing *p, const char *path, const char *place, const struct stat *info) {
    char target[PATH_MAX];
    autofree char *parent = path_parent(place);
    autoclose int fd = beneath_open(p->folder, parent, O_RDONLY | O_DIRECTORY, 0);
    ssize_t len = fd < 0 ? -1 : readlinkat(fd, path_base(place), target, sizeof target - 1);
    if (len < 0) return err_errno(p->err, ERR_USAGE, "cannot read the link %s", place);
    target[len] = '\0';
    return write_entry(p, path, info, target, NULL);
}

static int write_file(struct packing *p, const char *path, const char *place, const struct stat *info) {
    scoped(str) content = STR_INIT;
    size_t room = p->out->len < PACK_BYTES_MOST ? PACK_BYTES_MOST - p->out->len : 0;
    if (beneath_read(p->folder, place, &content, room)) {
        if (errno == EFBIG) return err_set(p->err, ERR_USAGE, "the files are more than %d MiB", PACK_BYTES_MOST >> 20);
        return err_errno(p->err, ERR_USAGE, "cannot read %s", place);
    }
    return write_entry(p, path, info, NULL, &content);
}

static int pack_path(struct packing *p, const char *path) {
    if (!path || !path_is_inside(path)) return err_set(p->err, ERR_USAGE, "'%s' is no path to pack", path ? path : "");
    autofree char *place = path_join(p->below, path);
    struct stat info;
    if (beneath_stat(p->folder, place, &info)) return err_errno(p->err, ERR_USAGE, "cannot pack %s", place);
    if (write_folders(p, path)) return -1;
    if (S_ISLNK(info.st_mode)) return write_link(p, path, place, &info);
    if (S_ISREG(info.st_mode)) return write_file(p, path, place, &info);
    return err_set(p->err, ERR_USAGE, "%s is neither a file nor a link", place);
}

int docker_pack(struct str *out, int folder, const char *below, const json_t *paths, struct err *err) {
    scoped(packing) p = {.folder = folder, .below = below, .out = out, .err = err};
    size_t index;
    json_t *path;
    if (json_array_size(paths) > PACK_ENTRIES_MOST)
        return err_set(err, ERR_USAGE, "more than %d files", PACK_ENTRIES_MOST);
    if (tar_load(err)) return -1;
    p.folders = json_object();
    p.archive = tar.write_new();
    if (!p.archive || tar.write_set_format_pax_restricted(p.archive) != ARCHIVE_OK ||
        tar.write_open(p.archive, &p, NULL, on_write, NULL) != ARCHIVE_OK)
        return archive_fault(&p);
    json_array_foreach(paths, index, path) {
        if (pack_path(&p, json_string_value(path))) return -1;
    }
    return tar.write_close(p.archive) == ARCHIVE_OK ? 0 : archive_fault(&p);
}
