/* Unpacking a course. The archive may be anyone's: every entry is checked against the manifest, and the manifest against the
 * limits, before a byte of it is written. */

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
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

enum { MANIFEST_MOST = 8 << 20, PIECE = 64 << 10 };

/* Files, headers and padding, and the manifest. */
static const uint64_t ARCHIVE_MOST = TREE_BYTES_MOST + TREE_ENTRIES_MOST * UINT64_C(4096) + MANIFEST_MOST;

/* ---- taking the file ---- */

static int take_piecewise(int from, int to, struct hash *hash, const char *file, struct err *err) {
    char piece[PIECE];
    uint64_t total = 0;
    for (ssize_t len; (len = read(from, piece, sizeof piece));) {
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", file);
        total += (uint64_t)len;
        if (total > ARCHIVE_MOST) return err_set(err, ERR_USAGE, "refused: %s is larger than any course may be", file);
        hash_add(hash, piece, (size_t)len);
        if (fs_write_all(to, piece, (size_t)len)) return err_errno(err, ERR_ENVIRONMENT, "cannot copy %s", file);
    }
    return 0;
}

/* A file without a name. */
static int open_unnamed(int folder) {
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    fd = openat(folder, ".taking", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) unlinkat(folder, ".taking", 0);
    return fd;
}

int archive_take(const char *file, int folder, char sha256[HASH_HEX_SIZE], struct err *err) {
    struct stat info;
    autoclose int from = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (from < 0 || fstat(from, &info)) {
        err_errno(err, ERR_USAGE, "no course at %s", file);
        return err_help(err, "give a folder, a URL, or a FILE" ARCHIVE_ENDING);
    }
    if (!S_ISREG(info.st_mode)) return err_set(err, ERR_USAGE, "%s is neither a folder nor a file", file);
    autoclose int to = open_unnamed(folder);
    if (to < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot make room for %s", file);
    struct hash hash;
    hash_init(&hash);
    int status = take_piecewise(from, to, &hash, file, err);
    hash_finish(&hash, sha256);
    if (status) return -1;
    return lseek(to, 0, SEEK_SET) ? err_errno(err, ERR_INTERNAL, "cannot read the copy") : steal_fd(&to);
}

/* ---- the archive ---- */

struct unpacking {
    struct archive *archive;
    char *id;
    json_t *manifest; /* its "files" */
    json_t *seen;     /* paths that came */
    struct tree_count count;
    struct str before; /* the path that was listed before */
    int target;
    struct err *err;
};

static void unpacking_release(struct unpacking *unpacking) {
    if (unpacking->archive) tar.read_free(unpacking->archive);
    json_decref(unpacking->manifest);
    free(unpacking->id);
    json_decref(unpacking->seen);
    str_release(&unpacking->before);
}

static int refuse(struct unpacking *unpacking, const char *path, const char *why) {
    scoped(str) shown = STR_INIT;
    term_escape(&shown, path, strlen(path), false);
    return err_set(unpacking->err, ERR_USAGE, "refused: %s %s", shown.data, why);
}

/* The next entry: 1, or 0 at the end. */
static int next(struct unpacking *unpacking, struct archive_entry **entry, const char **path) {
    *path = NULL;
    int code = tar.read_next_header(unpacking->archive, entry);
    if (code == ARCHIVE_EOF) return 0;
    if (code != ARCHIVE_OK)
        return tar_error(unpacking->archive, ERR_USAGE, "refused: the archive is damaged", unpacking->err);
    *path = tar.entry_pathname(*entry);
    if (!*path || !utf8_valid(*path, strlen(*path)))
        return err_set(unpacking->err, ERR_USAGE, "refused: an entry has a name that is not UTF-8");
    return 1;
}

static int check_kind(struct unpacking *unpacking, struct archive_entry *entry, const char *path) {
    if (tar.entry_hardlink(entry)) return refuse(unpacking, path, "is a hard link");
    switch (tar.entry_filetype(entry)) {
    case AE_IFREG: return 0;
    case AE_IFLNK: return refuse(unpacking, path, "is a symbolic link");
    case AE_IFDIR: return refuse(unpacking, path, "is a folder; an archive of a course lists files only");
    default: return refuse(unpacking, path, "is a device or its like");
    }
}

/* ---- the manifest ---- */

static int read_manifest_text(struct unpacking *unpacking, struct archive_entry *entry, struct str *text) {
    int64_t size = tar.entry_size(entry);
    if (size < 0 || size > MANIFEST_MOST) return refuse(unpacking, ARCHIVE_MANIFEST, "is larger than 8 MiB");
    str_reserve(text, (size_t)size);
    while (text->len < (size_t)size) {
        la_ssize_t len = tar.read_data(unpacking->archive, text->data + text->len, (size_t)size - text->len);
        if (len <= 0) return refuse(unpacking, ARCHIVE_MANIFEST, "is cut short");
        text->len += (size_t)len;
        text->data[text->len] = '\0';
    }
    return 0;
}

/* Counts the folders that the path needs and the one before did not. */
static int count_folders(struct unpacking *unpacking, const char *path) {
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path) + 1;
        if (len <= unpacking->before.len && !memcmp(unpacking->before.data, path, len)) continue;
        if (tree_count_entry(&unpacking->count, path, 0, unpacking->err)) return -1;
    }
    str_clear(&unpacking->before);
    str_append(&unpacking->before, path);
    return 0;
}

/* The manifest alone must keep to the limits: what it does not list does not come. */
static int check_listed(struct unpacking *unpacking) {
    const char *path;
    json_t *listed;
    json_object_foreach(unpacking->manifest, path, listed) {
        long long size = json_get_integer(listed, "size", -1);
        if (size < 0) return refuse(unpacking, path, "has no size in the manifest");
        if (tree_count_entry(&unpacking->count, path, (uint64_t)size, unpacking->err) || count_folders(unpacking, path))
            return -1;
    }
    return 0;
}

static int read_manifest(struct unpacking *unpacking) {
    struct archive_entry *entry;
    const char *path;
    scoped(str) text = STR_INIT;
    int found = next(unpacking, &entry, &path);
    if (found < 0) return -1;
    if (!found || strcmp(path, ARCHIVE_MANIFEST) != 0)
        return err_set(unpacking->err, ERR_USAGE,
                       "refused: this is no archive of a course: it does not begin with " ARCHIVE_MANIFEST);
    if (check_kind(unpacking, entry, path) || read_manifest_text(unpacking, entry, &text)) return -1;
    json_error_t fault;
    autojson json_t *document = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (!document)
        return err_set(unpacking->err, ERR_USAGE, "refused: " ARCHIVE_MANIFEST ":%d:%d: %s", fault.line, fault.column,
                       fault.text);
    const char *format = json_get_string(document, "format", "");
    if (strcmp(format, ARCHIVE_FORMAT) != 0)
        return err_set(unpacking->err, ERR_USAGE,
                       "refused: the archive's format is '%.40s', and this lab reads " ARCHIVE_FORMAT, format);
    const char *id = json_get_string(document, "id", "");
    if (!path_is_id(id)) return refuse(unpacking, ARCHIVE_MANIFEST, "has no id that names a course");
    unpacking->id = mem_copy_string(id);
    unpacking->manifest = json_incref(json_object_get(document, "files"));
    return json_is_object(unpacking->manifest) ? check_listed(unpacking)
                                               : refuse(unpacking, ARCHIVE_MANIFEST, "lists no files");
}

/* ---- files ---- */

/* Writes the file; it must have just so many bytes, and the hash. */
static int write_file(struct unpacking *unpacking, const char *path, int fd, uint64_t size, char hex[HASH_HEX_SIZE]) {
    char piece[PIECE];
    uint64_t total = 0;
    struct hash hash;
    hash_init(&hash);
    la_ssize_t len;
    while ((len = tar.read_data(unpacking->archive, piece, sizeof piece)) > 0 && (total += (uint64_t)len) <= size) {
        hash_add(&hash, piece, (size_t)len);
        if (!fs_write_all(fd, piece, (size_t)len)) continue;
        hash_finish(&hash, hex);
        return err_errno(unpacking->err, ERR_ENVIRONMENT, "cannot unpack %s", path);
    }
    hash_finish(&hash, hex);
    return len || total != size ? refuse(unpacking, path, "is not as long as the archive says") : 0;
}

static int unpack_file(struct unpacking *unpacking, const char *path, const json_t *listed) {
    char hex[HASH_HEX_SIZE];
    mode_t mode = json_get_boolean(listed, "executable", false) ? 0755 : 0644;
    autofree char *parent = path_parent(path);
    if (strchr(path, '/') && beneath_make_directories(unpacking->target, parent)) {
        if (errno == ENOTDIR) return refuse(unpacking, path, "lies in what is a file");
        return err_errno(unpacking->err, ERR_ENVIRONMENT, "cannot unpack %s", path);
    }
    autoclose int fd = beneath_open(unpacking->target, path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0 && (errno == EEXIST || errno == EISDIR || errno == ENOTDIR))
        return refuse(unpacking, path, "stands there twice");
    if (fd < 0) return err_errno(unpacking->err, ERR_ENVIRONMENT, "cannot unpack %s", path);
    if (write_file(unpacking, path, fd, (uint64_t)json_get_integer(listed, "size", 0), hex)) return -1;
    return strcmp(hex, json_get_string(listed, "sha256", "")) ? refuse(unpacking, path, "is not what the manifest says")
                                                              : 0;
}

static int take_entry(struct unpacking *unpacking, struct archive_entry *entry, const char *path) {
    int64_t size = tar.entry_size(entry);
    if (check_kind(unpacking, entry, path)) return -1;
    if (json_object_get(unpacking->seen, path)) return refuse(unpacking, path, "stands there twice");
    const json_t *listed = json_object_get(unpacking->manifest, path);
    if (!listed) return refuse(unpacking, path, "is not in the manifest");
    if (json_get_integer(listed, "size", -1) != size)
        return refuse(unpacking, path, "is not as long as the manifest says");
    if (unpack_file(unpacking, path, listed)) return -1;
    json_put(unpacking->seen, path, json_true());
    return 0;
}

static int check_complete(struct unpacking *unpacking) {
    const char *path;
    json_t *listed;
    json_object_foreach(unpacking->manifest, path, listed) {
        if (!json_object_get(unpacking->seen, path))
            return refuse(unpacking, path, "is in the manifest, but not in the archive");
    }
    return 0;
}

static int unpack_all(struct unpacking *unpacking, int archive) {
    unpacking->archive = tar.read_new();
    if (!unpacking->archive || tar.read_support_format_tar(unpacking->archive) != ARCHIVE_OK ||
        tar.read_open_fd(unpacking->archive, archive, PIECE) != ARCHIVE_OK)
        return tar_error(unpacking->archive, ERR_USAGE, "refused: the archive cannot be read", unpacking->err);
    if (read_manifest(unpacking)) return -1;
    struct archive_entry *entry;
    const char *path;
    int found;
    while ((found = next(unpacking, &entry, &path)) > 0)
        if (take_entry(unpacking, entry, path)) return -1;
    return found < 0 ? -1 : check_complete(unpacking);
}

int archive_unpack(int archive, int target, char **id, struct err *err) {
    *id = NULL;
    if (tar_load(err)) return -1;
    scoped(fs_umask) usual = fs_usual_umask();
    scoped(unpacking) unpacking = {.seen = json_object(), .before = STR_INIT, .target = target, .err = err};
    if (unpack_all(&unpacking, archive)) return -1;
    *id = steal(&unpacking.id);
    return 0;
}
