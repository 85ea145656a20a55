/* Packing a course. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/libarchive.h"
#include "base/path.h"
#include "library/archive.h"
#include "library/tree.h"
#include "term/term.h"

enum { REF_DIGITS = 12 };

void packed_release(struct packed *packed) {
    free(packed->file);
    *packed = (struct packed){0};
}

/* ---- what goes in ---- */

struct packing {
    struct course *course;
    json_t *files; /* of the manifest, in the order of the archive */
    struct tree_count count;
    struct archive *archive;
    struct archive_entry *entry;
    struct err *err;
};

static void packing_release(struct packing *packing) {
    if (packing->entry) tar.entry_free(packing->entry);
    if (packing->archive) tar.write_free(packing->archive);
    json_decref(packing->files);
}

static int refuse(const char *path, const char *why, struct err *err) {
    scoped(str) shown = STR_INIT;
    term_escape(&shown, path, strlen(path), false);
    return err_set(err, ERR_USAGE, "%s %s", shown.data, why);
}

static bool is_left_out(const char *path) {
    static const char *const folders[] = {"build", "node_modules"};
    const char *name = path_base(path);
    for (size_t i = 0; i < LENGTH(folders); i++)
        if (!strcmp(path, folders[i])) return true;
    bool archive = !strchr(path, '/') &&
                   (string_ends_with(name, ARCHIVE_ENDING) || string_ends_with(name, ARCHIVE_ENDING ".sha256"));
    return archive || (name[0] == '.' && name == path) || !strcmp(name, ".git") || path_is_bytecode(path) ||
           !strcmp(path, ARCHIVE_MANIFEST);
}

static int list_file(struct packing *packing, const char *path, const struct stat *info) {
    char hex[HASH_HEX_SIZE];
    if (!utf8_valid(path, strlen(path))) return refuse(path, "has a name that is not UTF-8", packing->err);
    if (beneath_hash(packing->course->folder, path, hex))
        return err_errno(packing->err, ERR_ENVIRONMENT, "cannot read %s", path);
    json_put(packing->files, path,
             json_pack("{s:s, s:I, s:b}", "sha256", hex, "size", (json_int_t)info->st_size, "executable",
                       (info->st_mode & S_IXUSR) != 0));
    return 0;
}

static int list_entry(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    struct packing *packing = context;
    if (is_left_out(path)) return 0;
    const char *fault = tree_kind_fault(info);
    if (fault) return refuse(path, fault, packing->err);
    uint64_t bytes = S_ISREG(info->st_mode) ? (uint64_t)info->st_size : 0;
    if (tree_count_entry(&packing->count, path, bytes, packing->err)) return -1;
    if (S_ISDIR(info->st_mode)) return 1;
    return list_file(packing, path, info) ? -1 : 0;
}

static int list_files(struct packing *packing, struct err *err) {
    struct err local = ERR_INIT;
    packing->files = json_object();
    packing->err = &local;
    errno = 0;
    int status = beneath_walk(packing->course->folder, ".", TREE_DEPTH_MOST + 2, list_entry, packing);
    packing->err = err;
    if (!status) return 0;
    if (!local.code) return err_errno(err, ERR_ENVIRONMENT, "cannot read the course");
    if (err) *err = local;
    return -1;
}

static char *manifest_text(const struct packing *packing) {
    autojson json_t *document = json_object();
    json_put(document, "format", json_string(ARCHIVE_FORMAT));
    json_put(document, "id", json_string(packing->course->id));
    json_put(document, "files", json_incref(packing->files));
    return json_dumps(document, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
}

/* ---- writing ---- */

static int write_header(struct packing *packing, const char *path, size_t size, bool executable) {
    if (packing->entry) tar.entry_free(packing->entry);
    packing->entry = tar.entry_new();
    tar.entry_set_pathname(packing->entry, path);
    tar.entry_set_filetype(packing->entry, AE_IFREG);
    tar.entry_set_perm(packing->entry, executable ? 0755 : 0644);
    tar.entry_set_mtime(packing->entry, 0, 0);
    tar.entry_set_size(packing->entry, (la_int64_t)size);
    return tar.write_header(packing->archive, packing->entry) == ARCHIVE_OK
               ? 0
               : tar_error(packing->archive, ERR_ENVIRONMENT, "cannot write the archive", packing->err);
}

static int write_content(struct packing *packing, const void *data, size_t len) {
    if (tar.write_data(packing->archive, data, len) == (la_ssize_t)len) return 0;
    return tar_error(packing->archive, ERR_ENVIRONMENT, "cannot write the archive", packing->err);
}

static int write_file(struct packing *packing, const char *path, const json_t *listed) {
    scoped(str) content = STR_INIT;
    char hex[HASH_HEX_SIZE];
    if (beneath_read(packing->course->folder, path, &content, TREE_FILE_MOST))
        return err_errno(packing->err, ERR_ENVIRONMENT, "cannot read %s", path);
    hash_hex(content.data, content.len, hex);
    if (strcmp(hex, json_get_string(listed, "sha256", "")) != 0)
        return refuse(path, "changed while the course was packed; run the command again", packing->err);
    if (write_header(packing, path, content.len, json_get_boolean(listed, "executable", false))) return -1;
    return write_content(packing, content.data, content.len);
}

static int write_archive(struct packing *packing, int fd, const char *manifest) {
    packing->archive = tar.write_new();
    if (!packing->archive || tar.write_set_format_pax_restricted(packing->archive) != ARCHIVE_OK ||
        tar.write_open_fd(packing->archive, fd) != ARCHIVE_OK)
        return tar_error(packing->archive, ERR_ENVIRONMENT, "cannot write the archive", packing->err);
    size_t len = strlen(manifest);
    if (write_header(packing, ARCHIVE_MANIFEST, len, false) || write_content(packing, manifest, len)) return -1;
    const char *path;
    json_t *listed;
    json_object_foreach(packing->files, path, listed) {
        if (write_file(packing, path, listed)) return -1;
    }
    if (tar.write_close(packing->archive) == ARCHIVE_OK) return 0;
    return tar_error(packing->archive, ERR_ENVIRONMENT, "cannot write the archive", packing->err);
}

/* ---- where to ---- */

/* The archive's path: `out`, or the usual name in the folder `out`. */
static char *choose_file(const struct course *course, const char *manifest, const char *out) {
    char hex[HASH_HEX_SIZE];
    if (out && !fs_is_directory(out)) return mem_copy_string(out);
    hash_hex(manifest, strlen(manifest), hex);
    autofree char *name = str_format("%s-%.*s" ARCHIVE_ENDING, course->id, REF_DIGITS, hex);
    return path_join(out ? out : ".", name);
}

static int write_sum(const struct packed *packed, struct err *err) {
    autofree char *file = str_format("%s.sha256", packed->file);
    autofree char *line = str_format("%s  %s\n", packed->sha256, path_base(packed->file));
    return fs_write(file, line, strlen(line), err);
}

/* By a temporary file beside it, so that the archive is whole or absent. */
static int write_whole(struct packing *packing, struct packed *packed, const char *manifest, struct err *err) {
    autofree char *temporary = str_format("%s.%ld.tmp", packed->file, (long)getpid());
    autoclose int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", packed->file);
    autofree char *parent = path_parent(temporary);
    autoclose int folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int status = write_archive(packing, fd, manifest);
    if (!status && (folder < 0 || beneath_hash(folder, path_base(temporary), packed->sha256) || fsync(fd) ||
                    rename(temporary, packed->file)))
        status = err_errno(err, ERR_ENVIRONMENT, "cannot write %s", packed->file);
    if (status) unlink(temporary);
    return status ? -1 : write_sum(packed, err);
}

int archive_pack(struct packed *packed, struct course *course, const char *out, struct err *err) {
    scoped(packing) packing = {.course = course, .err = err};
    if (tar_load(err) || course_validate(course, err) || list_files(&packing, err)) return -1;
    autofree char *manifest = manifest_text(&packing);
    packed->file = choose_file(course, manifest, out);
    packed->files = json_object_size(packing.files);
    return write_whole(&packing, packed, manifest, err);
}
