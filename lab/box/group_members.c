#include "box/group_members.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

enum { LIST_MOST = 4 * 1024 * 1024, AT_ONCE = 64 };

int group_file_write(int folder, const char *name, const char *text) {
    autoclose int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -1 : fs_write_all(fd, text, strlen(text));
}

/* ---- ending ---- */

/* A process and a descriptor of it. */
struct held {
    pid_t pid;
    int pidfd;
};

static pid_t next_number(const char **at) {
    char *end;
    long number = strtol(*at, &end, 10);
    *at = end;
    return (pid_t)number; /* 0 at the end, and for a process that is not in our namespace */
}

static bool read_list(int folder, struct str *list) {
    autoclose int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    str_clear(list);
    return fd >= 0 && !fs_read_all(fd, list, LIST_MOST);
}

static size_t hold(const char *list, struct held *held) {
    size_t count = 0;
    for (pid_t pid; count < AT_ONCE && (pid = next_number(&list));) {
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd >= 0) held[count++] = (struct held){pid, pidfd};
    }
    return count;
}

static bool is_listed(const char *list, pid_t pid) {
    for (pid_t each; (each = next_number(&list));)
        if (each == pid) return true;
    return false;
}

static void await(int pidfd, double deadline) {
    struct pollfd dead = {pidfd, POLLIN, 0};
    (void)poll(&dead, 1, clock_poll_timeout(deadline));
}

/*
 * A number may have been given to a stranger between the list and the descriptor. So the list is read again: who stands in
 * it now, and was held before, is either the one that is held or has come after its death, and the dead take no signal.
 */
static void end_held(int folder, const struct held *held, size_t count, double deadline) {
    scoped(str) list = STR_INIT;
    (void)read_list(folder, &list);
    for (size_t i = 0; i < count; i++)
        if (is_listed(list.data, held[i].pid)) (void)syscall(SYS_pidfd_send_signal, held[i].pidfd, SIGKILL, NULL, 0);
    for (size_t i = 0; i < count; i++)
        if (is_listed(list.data, held[i].pid)) await(held[i].pidfd, deadline);
}

bool group_members_end(int folder, double deadline) {
    scoped(str) list = STR_INIT;
    struct held held[AT_ONCE];
    while (read_list(folder, &list)) {
        if (!list.len) return true;
        size_t count = hold(list.data, held);
        end_held(folder, held, count, deadline);
        for (size_t i = 0; i < count; i++) close(held[i].pidfd);
        if (clock_monotonic() > deadline) break;
    }
    return false;
}

/* ---- removing ---- */

/* The dead leave their group a moment after it is known that they are dead. */
bool group_folder_remove(int parent, const char *name, double deadline) {
    struct timespec pause = {0, 20000};
    while (unlinkat(parent, name, AT_REMOVEDIR)) {
        if (errno == ENOENT) return true;
        if (errno != EBUSY || clock_monotonic() > deadline) return false;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 5000000) pause.tv_nsec *= 2;
    }
    return true;
}
