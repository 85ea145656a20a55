/* Whole trees that someone else made: see beneath.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"

/* ---- walking ---- */

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void names_release(struct names *names) {
    for (size_t i = 0; i < names->count; i++) free(names->items[i]);
    array_free(names);
}

int beneath_names(int directory, struct names *names) {
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        if (fd >= 0) close(fd);
        return -1;
    }
    struct dirent *entry;
    while ((entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            *array_push(names) = mem_copy_string(entry->d_name);
    closedir(stream);
    if (names->count) qsort(names->items, names->count, sizeof *names->items, by_name);
    return 0;
}

static int walk_level(int at, const char *prefix, unsigned depth, beneath_visit *visit, void *context);

static int walk_entry(int at, const char *prefix, const char *name, unsigned depth, beneath_visit *visit,
                      void *context) {
    struct stat info;
    if (fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW)) return errno == ENOENT ? 0 : -1;
    autofree char *path = str_format("%s%s%s", prefix, *prefix ? "/" : "", name);
    int answer = visit(context, at, path, &info);
    if (answer <= 0 || !S_ISDIR(info.st_mode)) return answer < 0 ? -1 : 0;
    if (!depth) {
        errno = ENAMETOOLONG;
        return -1;
    }
    autoclose int child = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0) return errno == ENOENT ? 0 : -1; /* it vanished meanwhile */
    return walk_level(child, path, depth - 1, visit, context);
}

static int walk_level(int at, const char *prefix, unsigned depth, beneath_visit *visit, void *context) {
    scoped(names) names = {0};
    if (beneath_names(at, &names)) return -1;
    for (size_t i = 0; i < names.count; i++)
        if (walk_entry(at, prefix, names.items[i], depth, visit, context)) return -1;
    return 0;
}

int beneath_walk(int directory, const char *path, unsigned depth, beneath_visit *visit, void *context) {
    autoclose int at = beneath_open(directory, path, O_RDONLY | O_DIRECTORY, 0);
    return at < 0 ? -1 : walk_level(at, strcmp(path, ".") ? path : "", depth, visit, context);
}

/* ---- copying ---- */

struct copy {
    int to;
    struct beneath_budget left;
};

/* Copies what lies between two offsets, at the same place of the other file. */
static int copy_range(int from, int to, off_t at, off_t end, struct beneath_budget *left) {
    char buffer[64 * 1024];
    if (lseek(from, at, SEEK_SET) < 0 || lseek(to, at, SEEK_SET) < 0) return -1;
    while (at < end) {
        size_t want = (size_t)(end - at) < sizeof buffer ? (size_t)(end - at) : sizeof buffer;
        ssize_t n = read(from, buffer, want);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? -1 : 0;
        if ((uint64_t)n > left->bytes) {
            errno = EFBIG;
            return -1;
        }
        left->bytes -= (uint64_t)n;
        at += n;
        if (fs_write_all(to, buffer, (size_t)n)) return -1;
    }
    return 0;
}

/* Holes stay holes: a sparse file costs what it takes on the disk, not what it claims. */
static int copy_data(int from, int to, off_t size, struct beneath_budget *left) {
    for (off_t at = 0; at < size;) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;
        off_t end = data < 0 ? size : lseek(from, data, SEEK_HOLE);
        if (data < 0) data = at; /* a file system that knows no holes */
        if (end <= data) end = size;
        if (copy_range(from, to, data, end, left)) return -1;
        at = end;
    }
    return ftruncate(to, size);
}

static int copy_file(struct copy *copy, int parent, const char *path, const struct stat *info) {
    const char *slash = strrchr(path, '/');
    autoclose int from = openat(parent, slash ? slash + 1 : path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (from < 0) return -1;
    autoclose int to = beneath_open(copy->to, path, O_WRONLY | O_CREAT | O_EXCL, (info->st_mode & 0777) | 0600);
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, info->st_mtim};
    return to < 0 || copy_data(from, to, info->st_size, &copy->left) || futimens(to, times) ? -1 : 0;
}

static int copy_link(struct copy *copy, int parent, const char *path) {
    char target[4096];
    const char *slash = strrchr(path, '/');
    ssize_t len = readlinkat(parent, slash ? slash + 1 : path, target, sizeof target - 1);
    if (len < 0) return -1;
    target[len] = '\0';
    autofree char *above = path_parent(path);
    autoclose int directory = beneath_open(copy->to, above, O_PATH | O_DIRECTORY, 0);
    return directory < 0 ? -1 : symlinkat(target, directory, path_base(path));
}

/* What its owner may not read, the copy could not either. */
static int mend_mode(int parent, const char *path, const struct stat *info) {
    mode_t needed = S_ISDIR(info->st_mode) ? 0500 : S_ISREG(info->st_mode) ? 0400 : 0;
    if ((info->st_mode & needed) == needed) return 0;
    return beneath_mend_mode(parent, path_base(path), (info->st_mode & 0777) | needed);
}

static int copy_entry(void *context, int parent, const char *path, const struct stat *info) {
    struct copy *copy = context;
    if (!copy->left.entries--) {
        errno = EFBIG;
        return -1;
    }
    if (mend_mode(parent, path, info)) return -1;
    if (S_ISDIR(info->st_mode)) return beneath_make_directories(copy->to, path) ? -1 : 1;
    if (S_ISREG(info->st_mode)) return copy_file(copy, parent, path, info);
    return S_ISLNK(info->st_mode) ? copy_link(copy, parent, path) : 0;
}

int beneath_copy(int from, int to, struct beneath_budget budget, struct err *err) {
    struct copy copy = {to, budget};
    if (!beneath_walk(from, ".", 256, copy_entry, &copy)) return 0;
    if (errno == ENAMETOOLONG) return err_set(err, ERR_USAGE, "a path is too long, or lies too deep");
    if (errno == EFBIG)
        return err_set(err, ERR_USAGE, "the folder holds more than %llu bytes or %llu entries",
                       (unsigned long long)budget.bytes, (unsigned long long)budget.entries);
    return err_errno(err, ERR_ENVIRONMENT, "cannot copy the folder");
}

/* ---- giving away ---- */

static int give_entry(void *context, int parent, const char *path, const struct stat *info) {
    uid_t user = *(const uid_t *)context;
    if (fchownat(parent, path_base(path), user, user, AT_SYMLINK_NOFOLLOW)) return -1;
    return S_ISDIR(info->st_mode);
}

int beneath_give(int directory, uid_t user) {
    if (beneath_walk(directory, ".", 256, give_entry, &user)) return -1;
    return fchownat(directory, "", user, user, AT_EMPTY_PATH);
}
