#include "services/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

void processes_release(struct processes *all) { array_free(&all->list); }

/* ---- what /proc says ---- */

/* The fields of /proc/PID/stat behind the command, by their numbers in proc(5). */
enum stat_field { FIELD_PARENT = 4, FIELD_SESSION = 6, FIELD_STARTED = 22, FIELD_END };

static bool read_stat(int folder, struct process *process) {
    char text[1024];
    autoclose int fd = openat(folder, "stat", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (len <= 0) return false;
    text[len] = '\0';
    char *at = strrchr(text, ')'); /* the command may hold anything, parentheses too */
    if (!at || strlen(at) < 4) return false;
    process->dead = at[2] == 'Z' || at[2] == 'X';
    at += 3;
    long long fields[FIELD_END] = {0};
    for (int i = FIELD_PARENT; i < FIELD_END; i++) fields[i] = strtoll(at, &at, 10);
    process->parent = (pid_t)fields[FIELD_PARENT];
    process->session = (pid_t)fields[FIELD_SESSION];
    process->started = (uint64_t)fields[FIELD_STARTED];
    return true;
}

bool processes_have(const struct processes *some, pid_t pid) {
    for (size_t i = 0; i < some->list.count; i++)
        if (some->list.items[i].pid == pid) return true;
    return false;
}

bool process_read(pid_t pid, struct process *process) {
    char path[32];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%d", pid);
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *process = (struct process){.pid = pid};
    if (folder < 0 || fstat(folder, &info) || !read_stat(folder, process)) return false;
    process->user = info.st_uid;
    return true;
}

void processes_read(struct processes *all) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    all->list.count = 0;
    while (proc && (entry = readdir(proc))) {
        struct process process;
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid != getpid() && process_read(pid, &process)) *array_push(&all->list) = process;
    }
    if (proc) closedir(proc);
}

void process_boot(char boot[BOOT_SIZE]) {
    if (fs_read_small("/proc/sys/kernel/random/boot_id", boot, BOOT_SIZE)) boot[0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
}

void process_mark(pid_t pid, char mark[MARK_SIZE]) {
    static const char name[] = "LAB_SERVICE=";
    enum { MOST = 256 * 1024 };
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    mark[0] = '\0';
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    scoped(str) text = STR_INIT;
    if (fd < 0 || fs_read_all(fd, &text, MOST)) return;
    for (const char *at = text.data, *end = at + text.len; at < end; at += strlen(at) + 1)
        if (string_starts_with(at, name) && strlen(at) < strlen(name) + MARK_SIZE) {
            memcpy(mark, at + strlen(name), strlen(at + strlen(name)) + 1);
            return;
        }
}

bool process_writes_to(pid_t pid, const struct stat *file) {
    for (int fd = 1; fd <= 2; fd++) {
        char path[48];
        struct stat info;
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        if (!stat(path, &info) && info.st_dev == file->st_dev && info.st_ino == file->st_ino) return true;
    }
    return false;
}

static char *read_link(const char *path) {
    static const char removed[] = " (deleted)"; /* proc(5), /proc/pid/fd/ */
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len < 0) return NULL;
    target[len] = '\0';
    size_t end = string_ends_with(target, removed) ? strlen(removed) : 0;
    return mem_copy(target, (size_t)len - end);
}

char *process_stream(pid_t pid, int fd) {
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    return read_link(path);
}

char *process_folder(pid_t pid) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/cwd", pid);
    return read_link(path);
}

uint64_t process_memory(pid_t pid) {
    char path[40], text[1024];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    const char *share = fs_read_small(path, text, sizeof text) ? NULL : strstr(text, "\nPss:");
    if (share) return strtoull(share + strlen("\nPss:"), NULL, 10) * 1024;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    char *at = text;
    if (fs_read_small(path, text, sizeof text)) return 0;
    (void)strtoull(at, &at, 10);
    return strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

char *process_shown(pid_t pid) {
    enum { MOST = 60 };
    char path[40], text[MOST + 2] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, MOST);
    if (len > 0) string_make_line(text, (size_t)len);
    return str_format("process %d%s%s", pid, len > 0 ? ", " : "", len > 0 ? text : "");
}

/* ---- signals ---- */

/* The process is opened first, and only then compared: its number may have gone to a stranger meanwhile. */
int process_watch(const struct process *process) {
    autoclose int pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    struct process now;
    if (pidfd < 0) return -1;
    if (process_read(process->pid, &now) && now.started == process->started && !now.dead) return steal_fd(&pidfd);
    errno = ESRCH;
    return -1;
}

int process_signal(const struct process *process, int signal) {
    autoclose int pidfd = process_watch(process);
    if (pidfd < 0) return -1;
    if (process->user == geteuid()) return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
    errno = EPERM;
    return -1;
}
