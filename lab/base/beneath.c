#include "base/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

/* ---- opening ---- */

static int open_component(int directory, const char *name, int flags, mode_t mode) {
    if (!strcmp(name, "..")) {
        errno = EXDEV;
        return -1;
    }
    return openat(directory, name, flags | O_NOFOLLOW, mode);
}

/* openat2's meaning without openat2: one O_NOFOLLOW step per component. */
static int open_by_steps(int directory, const char *path, int flags, mode_t mode) {
    if (path[0] == '/') {
        errno = EXDEV;
        return -1;
    }
    autofree char *copy = mem_copy_string(path);
    autoclose int at = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *rest = copy;
    while (at >= 0) {
        char *slash = strchr(rest, '/');
        if (!slash) return open_component(at, rest, flags, mode);
        *slash = '\0';
        int next = open_component(at, *rest ? rest : ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        close(at);
        at = next;
        rest = slash + 1;
    }
    return -1;
}

enum { RENAMED_MOST = 100 };

int beneath_open(int directory, const char *path, int flags, mode_t mode) {
    flags |= O_CLOEXEC;
    if (!(flags & O_PATH)) flags |= O_NONBLOCK | O_NOCTTY;
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    unsigned tries = 0; /* EAGAIN: something was renamed meanwhile, or somebody holds a lease on the file */
    do fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < RENAMED_MOST)));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) return open_by_steps(directory, path, flags, mode);
    return (int)fd;
}

/* Splits path into its parent, opened, and its last name. */
static int open_parent(int directory, const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!**name || !strcmp(*name, "..") || !strcmp(*name, ".")) {
        errno = EINVAL;
        return -1;
    }
    if (!slash) return beneath_open(directory, ".", O_PATH | O_DIRECTORY, 0);
    autofree char *parent = mem_copy(path, (size_t)(slash - path));
    return beneath_open(directory, parent, O_PATH | O_DIRECTORY, 0);
}

int beneath_stat(int directory, const char *path, struct stat *info) {
    autoclose int fd = beneath_open(directory, path, O_PATH, 0);
    if (fd >= 0) return fstat(fd, info);
    if (errno != ELOOP) return -1;
    const char *name;
    autoclose int parent = open_parent(directory, path, &name);
    return parent < 0 ? -1 : fstatat(parent, name, info, AT_SYMLINK_NOFOLLOW);
}

bool beneath_is_file(int directory, const char *path) {
    struct stat info;
    return !beneath_stat(directory, path, &info) && S_ISREG(info.st_mode);
}

/* ---- reading and writing ---- */

/* Opens a regular file. */
static int open_file(int directory, const char *path, struct stat *info) {
    autoclose int fd = beneath_open(directory, path, O_RDONLY, 0);
    if (fd < 0 || fstat(fd, info)) return -1;
    if (S_ISREG(info->st_mode)) return steal_fd(&fd);
    errno = S_ISDIR(info->st_mode) ? EISDIR : EINVAL;
    return -1;
}

int beneath_read(int directory, const char *path, struct str *out, size_t most) {
    struct stat info;
    autoclose int fd = open_file(directory, path, &info);
    if (fd < 0) return -1;
    if (info.st_size <= (off_t)most) return fs_read_all(fd, out, most);
    errno = EFBIG;
    return -1;
}

int beneath_read_link(int directory, const char *path, struct str *out) {
    char target[PATH_MAX];
    const char *name;
    autoclose int parent = open_parent(directory, path, &name);
    ssize_t len = parent < 0 ? -1 : readlinkat(parent, name, target, sizeof target);
    if (len < 0) return -1;
    str_append_bytes(out, target, (size_t)len);
    return 0;
}

static ssize_t read_piece(int fd, void *piece, size_t size) {
    ssize_t len;
    do len = read(fd, piece, size);
    while (len < 0 && errno == EINTR);
    return len;
}

int beneath_hash(int directory, const char *path, char hex[HASH_HEX_SIZE]) {
    char piece[64 * 1024];
    struct stat info;
    autoclose int fd = open_file(directory, path, &info);
    if (fd < 0) return -1;
    struct hash hash;
    hash_init(&hash);
    ssize_t len;
    while ((len = read_piece(fd, piece, sizeof piece)) > 0) hash_add(&hash, piece, (size_t)len);
    int cause = errno;
    hash_finish(&hash, hex);
    errno = cause;
    return len < 0 ? -1 : 0;
}

int beneath_make_directories(int directory, const char *path) {
    autofree char *copy = mem_copy_string(path);
    autoclose int at = beneath_open(directory, ".", O_PATH | O_DIRECTORY, 0);
    for (char *rest = copy; at >= 0 && *rest;) {
        size_t len = strcspn(rest, "/");
        bool last = !rest[len];
        rest[len] = '\0';
        if (len && mkdirat(at, rest, 0755) && errno != EEXIST) return -1;
        int next = open_component(at, len ? rest : ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        close(at);
        at = next;
        rest += last ? len : len + 1;
    }
    return at < 0 ? -1 : 0;
}

int beneath_write(int directory, const char *path, const void *data, size_t len, mode_t mode) {
    const char *slash = strrchr(path, '/');
    if (slash) {
        autofree char *parent_path = mem_copy(path, (size_t)(slash - path));
        if (beneath_make_directories(directory, parent_path)) return -1;
    }
    const char *name;
    autoclose int parent = open_parent(directory, path, &name);
    if (parent < 0) return -1;
    if (unlinkat(parent, name, 0) && errno != ENOENT && errno != EISDIR && errno != EPERM) return -1;
    autoclose int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0 || fs_write_all(fd, data, len)) return -1;
    return fchmod(fd, mode);
}

/* ---- removing ---- */

/* fchmodat follows links: the name may have become one. */
int beneath_mend_mode(int parent, const char *name, mode_t mode) {
    char link[40];
    autoclose int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return chmod(link, mode);
}

static DIR *open_directory(int parent, const char *name, dev_t device) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && !beneath_mend_mode(parent, name, 0700))
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return NULL;
    struct stat info;
    if (fstat(fd, &info) || info.st_dev != device) {
        close(fd);
        errno = EXDEV;
        return NULL;
    }
    if ((info.st_mode & 0700) != 0700) (void)fchmod(fd, 0700);
    DIR *stream = fdopendir(fd);
    if (!stream) close(fd);
    return stream;
}

/* Removes what lies in the directory. A subdirectory that is not empty is renamed into `top` under a fresh name and
 * emptied from there later, so that the depth of the tree costs neither stack nor descriptors. */
static int empty_level(DIR *stream, int top, unsigned long *fresh, bool is_top) {
    int at = dirfd(stream), result = 0;
    struct dirent *entry;
    while ((entry = readdir(stream))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!unlinkat(at, entry->d_name, 0)) continue;
        if (errno != EISDIR && errno != EPERM && errno != ENOENT) {
            result = -1;
            continue;
        }
        if (!unlinkat(at, entry->d_name, AT_REMOVEDIR) || is_top) continue;
        char name[32];
        do snprintf(name, sizeof name, ".rm-%lu", (*fresh)++);
        while (!faccessat(top, name, F_OK, AT_SYMLINK_NOFOLLOW));
        /* A directory without the write bit cannot have its ".." changed. */
        if (beneath_mend_mode(at, entry->d_name, 0700) || renameat(at, entry->d_name, top, name)) result = -1;
    }
    return result;
}

/* The name of some subdirectory of top, or NULL; caller frees. */
static char *any_subdirectory(int top) {
    int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    char *found = NULL;
    struct dirent *entry;
    while (stream && !found && (entry = readdir(stream))) {
        struct stat info;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!fstatat(top, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) && S_ISDIR(info.st_mode))
            found = mem_copy_string(entry->d_name);
    }
    if (stream) closedir(stream);
    return found;
}

static int empty_directory(int parent, const char *name) {
    struct stat info;
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW)) return -1;
    DIR *top = open_directory(parent, name, info.st_dev);
    if (!top) return -1;
    unsigned long fresh = 0;
    int result = empty_level(top, dirfd(top), &fresh, true);
    for (;;) {
        autofree char *child = any_subdirectory(dirfd(top));
        if (!child) break;
        DIR *level = open_directory(dirfd(top), child, info.st_dev);
        if (level) {
            if (empty_level(level, dirfd(top), &fresh, false)) result = -1;
            closedir(level);
        }
        if (unlinkat(dirfd(top), child, AT_REMOVEDIR)) {
            result = -1;
            break;
        }
    }
    closedir(top);
    return result;
}

int beneath_remove(int directory, const char *path) {
    if (!strcmp(path, ".")) return empty_directory(directory, ".");
    const char *name;
    autoclose int parent = open_parent(directory, path, &name);
    if (parent < 0) return errno == ENOENT ? 0 : -1;
    if (!unlinkat(parent, name, 0) || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    if (!unlinkat(parent, name, AT_REMOVEDIR)) return 0;
    if (empty_directory(parent, name)) return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

int beneath_remove_at(const char *path) {
    autofree char *parent = path_parent(path);
    autoclose int fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : -1;
    return beneath_remove(fd, path_base(path));
}
