#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"

enum { READ_BLOCK = 64 * 1024 };

struct fs_umask fs_usual_umask(void) {
    return (struct fs_umask){umask(022)};
}

void fs_umask_release(const struct fs_umask *usual) { umask(usual->before); }

int fs_write_all(int fd, const void *data, size_t len) {
    const char *at = data;
    while (len) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int fs_read_all(int fd, struct str *out, size_t most) {
    size_t begin = out->len;
    while (out->len - begin < most) {
        size_t want = most - (out->len - begin);
        if (want > READ_BLOCK) want = READ_BLOCK;
        str_reserve(out, want);
        ssize_t n = read(fd, out->data + out->len, want);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (!n) break;
        out->len += (size_t)n;
        out->data[out->len] = '\0';
    }
    return 0;
}

int fs_read(struct str *out, const char *path, size_t most, struct err *err) {
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", path);
    struct stat info;
    if (fstat(fd, &info)) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", path);
    if (!S_ISREG(info.st_mode)) return err_set(err, ERR_ENVIRONMENT, "cannot read %s: not a regular file", path);
    if (info.st_size > (off_t)most)
        return err_set(err, ERR_ENVIRONMENT, "%s is too large: %lld bytes, at most %zu", path, (long long)info.st_size,
                       most);
    if (fs_read_all(fd, out, most)) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", path);
    return 0;
}

static int write_and_sync(int fd, const void *data, size_t len) {
    return fs_write_all(fd, data, len) || fsync(fd) ? -1 : 0;
}

static int write_with_mode(const char *path, const void *data, size_t len, mode_t mode, struct err *err) {
    autofree char *temporary = str_format("%s.%ld.tmp", path, (long)getpid());
    unlink(temporary);
    autoclose int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", path);
    if (write_and_sync(fd, data, len) || rename(temporary, path)) {
        int cause = errno;
        unlink(temporary);
        errno = cause;
        return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", path);
    }
    return 0;
}

int fs_write(const char *path, const void *data, size_t len, struct err *err) {
    return write_with_mode(path, data, len, 0644, err);
}

int fs_write_private(const char *path, const void *data, size_t len, struct err *err) {
    return write_with_mode(path, data, len, 0600, err);
}

int fs_make_directories(const char *path, struct err *err) {
    if (!mkdir(path, 0755) || fs_is_directory(path)) return 0; /* as a rule there is nothing above it to make */
    autofree char *partial = mem_copy_string(path);
    for (char *at = partial + 1;; at++) {
        if (*at && *at != '/') continue;
        char end = *at;
        *at = '\0';
        if (mkdir(partial, 0755) && errno != EEXIST)
            return err_errno(err, ERR_ENVIRONMENT, "cannot create the folder %s", partial);
        *at = end;
        if (!end) break;
    }
    if (!fs_is_directory(path))
        return err_set(err, ERR_ENVIRONMENT, "cannot create the folder %s: a file is in the way", path);
    return 0;
}

int fs_read_small(const char *path, char *text, size_t size) {
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);
    text[len < 0 ? 0 : len] = '\0';
    if (!len) errno = ENODATA;
    return len > 0 ? 0 : -1;
}

bool fs_exists(const char *path) { return access(path, F_OK) == 0; }

bool fs_is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *fs_resolve(const char *path, struct err *err) {
    autofree char *head = mem_copy_string(path[0] ? path : "."), *tail = mem_copy_string("");
    for (;;) {
        autofree char *real = realpath(head, NULL);
        if (real) {
            autofree char *whole = str_format("%s/%s", real, tail);
            char *answer = path_normalized(whole);
            if (answer[0]) return answer;
            free(answer);
            return mem_copy_string("/");
        }
        if (!strcmp(head, ".") || !strcmp(head, "/")) {
            err_errno(err, ERR_ENVIRONMENT, "cannot tell the current folder");
            return NULL;
        }
        char *parent = path_parent(head), *longer = str_format("%s/%s", path_base(head), tail);
        free(head);
        free(tail);
        head = parent;
        tail = longer;
    }
}

static bool is_program(const char *path) {
    struct stat info;
    return !stat(path, &info) && S_ISREG(info.st_mode) && !access(path, X_OK);
}

char *fs_find_program_in(const char *path_list, const char *name) {
    const char *at = path_list;
    while (at && *at) {
        size_t len = strcspn(at, ":");
        autofree char *folder = mem_copy(at, len);
        autofree char *path = path_join(folder, name);
        if (folder[0] == '/' && is_program(path)) return steal(&path);
        at += at[len] ? len + 1 : len;
    }
    return NULL;
}

char *fs_find_program(const char *name) { return fs_find_program_in(getenv("PATH"), name); }

int fs_lock(const char *path, double seconds, struct err *err) {
    autoclose int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot lock %s", path);
    double deadline = clock_monotonic() + seconds;
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK && errno != EINTR) return err_errno(err, ERR_ENVIRONMENT, "cannot lock %s", path);
        if (clock_monotonic() >= deadline) {
            err_set(err, ERR_ENVIRONMENT, "%s is in use by another lab", path);
            errno = EWOULDBLOCK;
            return -1;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000L}, NULL);
    }
    return steal_fd(&fd);
}
