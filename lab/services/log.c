/* What a service prints. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "services/instance.h"

enum { LOG_MOST = 4 << 20, LOG_KEPT = 1 << 20, TAIL_MOST = 16 << 10, LINE_MOST = 200 };

/* Appends the end of the file, at most so many bytes, from the beginning of a line. */
static int read_tail(int fd, size_t most, struct str *out) {
    struct stat info;
    if (fstat(fd, &info)) return -1;
    off_t from = info.st_size > (off_t)most ? info.st_size - (off_t)most : 0;
    if (lseek(fd, from, SEEK_SET) < 0 || fs_read_all(fd, out, most)) return -1;
    const char *line = from ? memchr(out->data, '\n', out->len) : NULL;
    if (line) str_drop(out, (size_t)(line + 1 - out->data));
    return 0;
}

static int cut_log(int fd) {
    struct stat info;
    if (fstat(fd, &info)) return -1;
    if (info.st_size <= LOG_MOST) return 0;
    scoped(str) kept = STR_INIT;
    return read_tail(fd, LOG_KEPT, &kept) || ftruncate(fd, 0) || fs_write_all(fd, kept.data, kept.len) ? -1 : 0;
}

int instance_open_log(const struct instance *instance, bool cut, struct err *err) {
    autoclose int fd = beneath_open(instance->folder, "log", O_RDWR | O_APPEND | O_CREAT, 0600);
    struct stat info;
    if (fd < 0 || fstat(fd, &info)) return err_errno(err, ERR_ENVIRONMENT, "cannot write %s/log", instance->path);
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_ENVIRONMENT, "cannot write %s/log: it is no regular file", instance->path);
    if (cut && cut_log(fd)) return err_errno(err, ERR_ENVIRONMENT, "cannot cut %s/log", instance->path);
    fcntl(fd, F_SETFL, O_APPEND); /* a program that writes to it knows no EAGAIN */
    return steal_fd(&fd);
}

void append_log_line(struct str *out, struct sv line) {
    size_t begin = out->len + strlen("\n    ");
    str_append(out, "\n    ");
    str_append_utf8(out, line.data, line.len < LINE_MOST ? line.len : LINE_MOST);
    string_make_line(out->data + begin, out->len - begin);
}

void instance_last_lines(const struct instance *instance, unsigned count, struct str *out) {
    scoped(str) tail = STR_INIT;
    autoclose int fd = beneath_open(instance->folder, "log", O_RDONLY, 0);
    if (fd < 0 || read_tail(fd, TAIL_MOST, &tail)) return;
    const char *at = tail.data + tail.len;
    if (at > tail.data) at--; /* the newline that ends the last one */
    while (at > tail.data && (at[-1] != '\n' || --count)) at--;
    struct sv rest = sv_of(at), line;
    while (sv_next_line(&rest, &line))
        if (line.len) append_log_line(out, line);
}
