#include "box/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "box/child.h"
#include "box/group_members.h"

enum { NAMES_MOST = 1000, FILE_MOST = 2048 };

/* Seconds for processes to die. The kernel needs milliseconds, unless it waits for a device. */
static const double patience = 5, patience_with_others = 0.2;

/* ---- a group's files ---- */

static int write_number(int folder, const char *name, uint64_t number) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return group_file_write(folder, name, text);
}

/* A file's name in version 1 and in version 2. */
struct file_names {
    const char *old, *unified;
};

/* Reads a file of the folder that `has` this into `text`, "" when there is none. */
static void read_file(const struct box_group *group, unsigned has, struct file_names names, char text[FILE_MOST]) {
    text[0] = '\0';
    for (size_t i = 0; i < group->count; i++) {
        const struct group_folder *at = &group->folders[i];
        if (!(at->has & has)) continue;
        autoclose int fd = openat(at->folder, at->unified ? names.unified : names.old, O_RDONLY | O_CLOEXEC);
        ssize_t len = fd < 0 ? -1 : read(fd, text, FILE_MOST - 1);
        text[len > 0 ? len : 0] = '\0';
    }
}

static uint64_t read_number(const struct box_group *group, unsigned has, struct file_names names) {
    char text[FILE_MOST];
    read_file(group, has, names, text);
    return strtoull(text, NULL, 10);
}

/* The number behind the word `key` at the beginning of a line. */
static unsigned long read_count(const struct box_group *group, unsigned has, struct file_names names, const char *key) {
    char text[FILE_MOST];
    read_file(group, has, names, text);
    struct sv rest = sv_of(text);
    size_t len = strlen(key);
    for (struct sv line; sv_next_line(&rest, &line);)
        if (line.len > len && !memcmp(line.data, key, len) && line.data[len] == ' ')
            return strtoul(line.data + len, NULL, 10);
    return 0;
}

uint64_t group_memory(const struct box_group *group) {
    return read_number(group, GROUP_MEMORY, (struct file_names){"memory.usage_in_bytes", "memory.current"});
}

uint64_t group_memory_peak(const struct box_group *group) {
    return read_number(group, GROUP_MEMORY, (struct file_names){"memory.max_usage_in_bytes", "memory.peak"});
}

/* The kernel also counts those that it ended because the machine, or a group above, had no memory left. Version 2 tells
 * them apart; in version 1 memory was in use up to the limit, but for what a processor gets in advance. */
static bool has_met_its_limit(const struct box_group *group) {
    enum { ADVANCE = 1024 * 1024 };
    uint64_t most = read_number(group, GROUP_MEMORY, (struct file_names){"memory.max_usage_in_bytes", "-"});
    return read_count(group, GROUP_MEMORY, (struct file_names){"-", "memory.events"}, "oom") ||
           (group->limits.memory && most + ADVANCE >= group->limits.memory);
}

unsigned long group_out_of_memory(const struct box_group *group) {
    struct file_names names = {"memory.oom_control", "memory.events"};
    return has_met_its_limit(group) ? read_count(group, GROUP_MEMORY, names, "oom_kill") : 0;
}

unsigned long group_processes_refused(const struct box_group *group) {
    return read_count(group, GROUP_PROCESSES, (struct file_names){"pids.events", "pids.events"}, "max");
}

/* ---- opening ---- */

/* Removes what a lab that was killed left. Its number may mean another process in another pid namespace, so whoever has a
 * group keeps its folder locked. */
static void remove_stale(int parent, const char *name) {
    int pid;
    unsigned serial;
    char rest;
    if (sscanf(name, "lab-%d-%u%c", &pid, &serial, &rest) != 2 || !kill(pid, 0) || errno != ESRCH) return;
    autoclose int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX | LOCK_NB)) return;
    double deadline = clock_monotonic() + patience_with_others;
    (void)group_file_write(folder, "pids.max", "0"); /* whichever of the two it has */
    (void)group_file_write(folder, "cgroup.kill", "1");
    if (group_members_end(folder, deadline)) (void)group_folder_remove(parent, name, deadline);
}

static void remove_all_stale(int parent) {
    int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; stream && (entry = readdir(stream));) remove_stale(parent, entry->d_name);
    if (stream)
        closedir(stream);
    else
        mem_close_descriptor(&fd);
}

/* Makes a folder with a name of our own; the number of this process may have been that of another lab before. */
static int make_folder(struct group_folder *at) {
    static unsigned serial;
    for (int i = 0; i < NAMES_MOST; i++) {
        snprintf(at->name, sizeof at->name, "lab-%d-%u", getpid(), ++serial);
        if (!mkdirat(at->parent, at->name, 0755)) return 0;
        if (errno != EEXIST) break;
    }
    return -1;
}

static int set_memory(const struct group_folder *at, uint64_t bytes) {
    if (write_number(at->folder, at->unified ? "memory.max" : "memory.limit_in_bytes", bytes)) return -1;
    if (at->unified)
        (void)write_number(at->folder, "memory.swap.max", 0);
    else if (write_number(at->folder, "memory.memsw.limit_in_bytes", bytes)) /* memory and swap together */
        (void)write_number(at->folder, "memory.swappiness", 0);
    return 0; /* without those files there is no swap, or none that is counted */
}

static int set_limits(const struct group_folder *at, const struct group_limits *limits) {
    if ((at->has & GROUP_MEMORY) && limits->memory && set_memory(at, limits->memory)) return -1;
    if (!(at->has & GROUP_PROCESSES) || !limits->processes) return 0;
    return write_number(at->folder, "pids.max", limits->processes);
}

static void drop_folder(struct group_folder *at) {
    if (at->members >= 0) close(at->members);
    if (at->folder >= 0) close(at->folder);
    if (at->parent >= 0) close(at->parent);
}

static int fill_folder(struct group_folder *at, const struct group_limits *limits) {
    at->folder = openat(at->parent, at->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at->folder < 0 || flock(at->folder, LOCK_EX | LOCK_NB)) return -1;
    at->members = openat(at->folder, at->unified ? "cgroup.procs" : "tasks", O_WRONLY | O_CLOEXEC);
    if (at->members < 0) return -1;
    bool kills = (at->has & GROUP_PROCESSES) || !faccessat(at->folder, "cgroup.kill", W_OK, AT_EACCESS);
    if (!kills) at->has &= ~(unsigned)GROUP_KILL; /* the file is there since Linux 5.14 */
    return at->has ? set_limits(at, limits) : -1;
}

static int open_folder(struct box_group *group, const struct group_place *place) {
    struct group_folder at = {{0}, -1, -1, -1, place->unified, place->has};
    at.parent = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at.parent >= 0) remove_all_stale(at.parent);
    bool made = at.parent >= 0 && !make_folder(&at);
    if (made && !fill_folder(&at, &group->limits)) {
        group->folders[group->count++] = at;
        group->has |= at.has;
        return 0;
    }
    int cause = errno;
    if (made) (void)unlinkat(at.parent, at.name, AT_REMOVEDIR);
    drop_folder(&at);
    errno = cause;
    return -1;
}

int group_open(struct box_group *group, const struct group_limits *limits, struct err *err) {
    *group = (struct box_group){.owner = getpid(), .limits = *limits};
    scoped(group_places) places;
    group_places_find(&places, "");
    if (!places.count) {
        err_set(err, ERR_ENVIRONMENT, "cannot make a control group: %s", places.why);
        return places.help[0] ? err_help(err, "%s", places.help) : -1;
    }
    const char *failed = "";
    for (size_t i = 0; i < places.count; i++)
        if (open_folder(group, &places.items[i])) failed = places.items[i].folder;
    return group->count ? 0 : err_errno(err, ERR_ENVIRONMENT, "cannot make a control group in %s", failed);
}

bool group_probe(struct group_facts *facts) {
    struct box_group group;
    scoped(group_places) places;
    group_places_find(&places, "");
    *facts = (struct group_facts){0};
    memcpy(facts->why, places.why, sizeof facts->why);
    memcpy(facts->help, places.help, sizeof facts->help);
    if (!places.count) return false;
    struct err err = ERR_INIT;
    if (group_open(&group, &(struct group_limits){0, 0}, &err)) {
        snprintf(facts->why, sizeof facts->why, "%.*s", (int)sizeof facts->why - 1, err.message);
        return false;
    }
    facts->memory = group.has & GROUP_MEMORY;
    facts->processes = group.has & GROUP_PROCESSES;
    facts->kill = group.has & GROUP_KILL;
    facts->kind = GROUP_V2;
    for (size_t i = 0; i < group.count; i++)
        if (!group.folders[i].unified) facts->kind = GROUP_V1;
    group_close(&group);
    return true;
}

/* ---- joining ---- */

/* Whole processes are only moved under a lock of the kernel's that takes it 10 ms to close. A thread moves itself without it
 * in version 1 (`tasks`), and in version 2 a process may be born where it belongs. */
IN_CHILD static int join(const struct box_group *group, bool born_unified) {
    for (size_t i = 0; i < group->count; i++) {
        const struct group_folder *at = &group->folders[i];
        if (!(at->unified && born_unified) && write(at->members, "0", 1) != 1) return -1;
    }
    return 0;
}

IN_CHILD int group_join(const struct box_group *group) { return join(group, false); }

/* clone3(2) with CLONE_INTO_CGROUP, since Linux 5.7; -1 where it cannot be. */
static pid_t fork_into(const struct box_group *group, int *pidfd) {
    int folder = -1;
    for (size_t i = 0; i < group->count; i++)
        if (group->folders[i].unified) folder = group->folders[i].folder;
    if (folder < 0 || group->struck) return -1;
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP | CLONE_PIDFD,
        .exit_signal = SIGCHLD,
        .cgroup = (unsigned)folder,
        .pidfd = (uintptr_t)pidfd,
    };
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

pid_t group_fork(const struct box_group *group, int *pidfd) {
    pid_t child = fork_into(group, pidfd);
    bool born = child >= 0;
    if (!born) *pidfd = -1; /* the kernel may have filled it in before it refused */
    if (!born) child = fork();
    if (!child && join(group, born)) _exit(127);
    if (child > 0 && !born) *pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    return child;
}

/* ---- ending ---- */

static void allow_processes(const struct box_group *group, const char *number) {
    for (size_t i = 0; i < group->count; i++)
        if (group->folders[i].has & GROUP_PROCESSES)
            (void)group_file_write(group->folders[i].folder, "pids.max", number);
}

/* Version 2 ends all at a stroke. Afterwards the kernel takes a process that is born into the group for one that was just
 * about to be, and ends it too (seen in Linux 6.1 and 6.18). */
static void strike(struct box_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (group->folders[i].unified) (void)group_file_write(group->folders[i].folder, "cgroup.kill", "1");
    group->struck = true;
}

bool group_kill(struct box_group *group) {
    if (group->owner != getpid()) return false;
    double deadline = clock_monotonic() + patience;
    bool fenced = group->has & GROUP_PROCESSES, ended = true;
    if (fenced)
        allow_processes(group, "0"); /* none starts another while they are ended one by one */
    else
        strike(group);
    for (size_t i = 0; i < group->count; i++) ended &= group_members_end(group->folders[i].folder, deadline);
    char number[32] = "max";
    if (group->limits.processes) snprintf(number, sizeof number, "%llu", (unsigned long long)group->limits.processes);
    if (fenced) allow_processes(group, number);
    return ended;
}

static bool remove_empty(const struct box_group *group) {
    bool all = true;
    for (size_t i = 0; i < group->count; i++)
        all &= !unlinkat(group->folders[i].parent, group->folders[i].name, AT_REMOVEDIR);
    return all;
}

/* Empty folders go at once; the lists of processes are only read where that fails. */
void group_close(struct box_group *group) {
    bool rest = group->owner == getpid() && !remove_empty(group);
    if (rest) (void)group_kill(group);
    double deadline = clock_monotonic() + patience;
    for (size_t i = 0; i < group->count; i++) {
        struct group_folder *at = &group->folders[i];
        if (rest) (void)group_folder_remove(at->parent, at->name, deadline);
        drop_folder(at);
    }
    *group = (struct box_group)GROUP_INIT;
}
