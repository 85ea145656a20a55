/*
 * The processes below the caller, or below the init of its sandbox, found through /proc/PID/task/TID/children (proc(5),
 * since Linux 3.5), or by the parent of every process where the kernel has no such file.
 *
 * As the caller is a subreaper, and init the first of its namespace, a process whose parent died is its child: a daemon that forks twice, leaves its
 * session and closes its descriptors is found like any other.
 *
 * To which unit does an orphan belong? A service starts as the leader of a session of its own, and a session cannot be
 * joined from outside, so an orphan with the session of a live service came from that service. An orphan of a service
 * that made yet another session cannot be told from one of the run, counts as the run's, and is swept with it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "box/internal.h"

static const double SWEEP_SECONDS = 1;

enum { ANY_UNIT = UNITS, FREEZE_ROUNDS = 16, READ_ROUNDS = 4, CHILDREN_MOST = 256 };

/* ---- what /proc says ---- */

/* The fields of /proc/PID/stat behind the command, by their numbers in proc(5). */
enum stat_field { PARENT = 4, SESSION = 6, TIMES = 14, THREADS = 20, RESIDENT = 24, FIELDS };

static bool read_member(pid_t pid, struct member *member) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (fs_read_small(path, text, sizeof text)) return false;
    char *at = strrchr(text, ')'); /* the command may hold anything, parentheses too */
    if (!at || strlen(at) < 4) return false;
    char state = at[2];
    at += 3;
    long long fields[FIELDS] = {0};
    for (int i = PARENT; i < FIELDS; i++) fields[i] = strtoll(at, &at, 10);
    long long ticks = 0;
    for (int i = TIMES; i < TIMES + 4; i++) ticks += fields[i]; /* own and of its reaped children, user and system */
    *member = (struct member){
        .pid = pid,
        .parent = (pid_t)fields[PARENT],
        .session = (pid_t)fields[SESSION],
        .state = state,
        .threads = (unsigned)fields[THREADS],
        .cpu = (double)ticks / (double)sysconf(_SC_CLK_TCK),
        .rss = (uint64_t)fields[RESIDENT] * (uint64_t)sysconf(_SC_PAGESIZE),
    };
    return true;
}

/* Notes parent and child of every process of the machine. */
static void scan_machine(struct box *box) {
    box->scanned.count = 0;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        struct member member;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        if (read_member((pid_t)strtol(entry->d_name, NULL, 10), &member))
            *array_push(&box->scanned) = (struct parentage){member.pid, member.parent};
    }
    if (proc) closedir(proc);
}

/* ---- collecting ---- */

static bool is_spared(const struct box *box, pid_t pid) {
    for (size_t i = 0; i < LENGTH(box->spared); i++)
        if (box->spared[i] == pid) return true;
    return false;
}

struct collection {
    struct box *box;
    unsigned units;
    int signal;
};

/* The unit of a child of the caller: a service's own process leads the service's session. */
static unsigned unit_of_child(const struct box *box, const struct member *child) {
    for (unsigned i = UNIT_RUN + 1; i < UNITS; i++)
        if (box->units[i].pid && box->units[i].pid == child->session) return i;
    return UNIT_RUN;
}

/*
 * Adds pid, which was listed as a child of `parent`, and sends the signal. A pid that is not ours to reap may have been
 * given to a stranger since it was listed: the pidfd is opened first, and used only if the process behind the number has
 * the parent that it should have. One that was orphaned meanwhile is our child, and seen by the next collection.
 */
static void add_member(struct collection *collection, pid_t pid, pid_t parent, unsigned unit) {
    struct box *box = collection->box;
    bool child = unit == ANY_UNIT, ours = child && !box->sandbox.init;
    autoclose int pidfd = ours || !collection->signal ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    struct member member;
    if (!read_member(pid, &member) || member.parent != parent) return;
    member.unit = child ? unit_of_child(box, &member) : unit;
    if (collection->signal && (collection->units & unit_bit(member.unit)) && !member_is_dead(&member)) {
        if (pidfd >= 0)
            (void)syscall(SYS_pidfd_send_signal, pidfd, collection->signal, NULL, 0);
        else if (ours)
            (void)kill(pid, collection->signal);
    }
    *array_push(&box->members) = member;
}

/* Reads the numbers of an open …/children file into box->listed. */
static void list_children(struct box *box, int fd) {
    char text[4096];
    pid_t pid = 0;
    off_t offset = 0;
    ssize_t len;
    box->listed.count = 0;
    while ((len = pread(fd, text, sizeof text, offset)) > 0) {
        offset += len;
        for (ssize_t i = 0; i < len; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
            } else if (pid) {
                *array_push(&box->listed) = pid;
                pid = 0;
            }
        }
    }
}

/* Newest first: a process that escapes by forking and leaving, over and over, is caught before its next step. */
static void add_listed(struct collection *collection, int fd, pid_t parent, unsigned unit) {
    struct box *box = collection->box;
    list_children(box, fd);
    for (size_t i = box->listed.count; i-- > 0;)
        if (!is_spared(box, box->listed.items[i])) add_member(collection, box->listed.items[i], parent, unit);
}

static void add_children_of_thread(struct collection *collection, const struct member *member, const char *thread) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%.12s/children", member->pid, thread);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) add_listed(collection, fd, member->pid, member->unit);
}

static void add_children(struct collection *collection, const struct member *member) {
    char text[32];
    if (member->threads <= 1) {
        snprintf(text, sizeof text, "%d", member->pid);
        add_children_of_thread(collection, member, text);
        return;
    }
    snprintf(text, sizeof text, "/proc/%d/task", member->pid);
    DIR *threads = opendir(text);
    struct dirent *entry;
    while (threads && (entry = readdir(threads)))
        if (entry->d_name[0] != '.') add_children_of_thread(collection, member, entry->d_name);
    if (threads) closedir(threads);
}

static void add_scanned(struct collection *collection, pid_t parent, unsigned unit) {
    struct box *box = collection->box;
    for (size_t i = 0; i < box->scanned.count; i++) {
        struct parentage item = box->scanned.items[i];
        if (item.parent == parent && !is_spared(box, item.pid)) add_member(collection, item.pid, parent, unit);
    }
}

void family_collect(struct box *box, unsigned units, int signal) {
    struct collection collection = {box, units, signal};
    box->members.count = 0;
    if (box->children < 0) scan_machine(box);
    if (box->children < 0)
        add_scanned(&collection, box->root, ANY_UNIT);
    else
        add_listed(&collection, box->children, box->root, ANY_UNIT);
    for (size_t i = 0; i < box->members.count; i++) {
        struct member member = box->members.items[i]; /* a copy: the array moves as it grows */
        if (box->children < 0)
            add_scanned(&collection, member.pid, member.unit);
        else
            add_children(&collection, &member);
    }
}

int family_open(struct box *box, pid_t root, struct err *err) {
    char path[64], self[32] = "";
    if (readlink("/proc/self", self, sizeof self - 1) < 0 || strtol(self, NULL, 10) != getpid()) {
        err_set(err, ERR_ENVIRONMENT, "cannot watch over programs: /proc is not that of this process");
        return err_help(err, "mount -t proc proc /proc");
    }
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", root, root);
    if (box->children >= 0) close(box->children);
    box->root = root;
    box->children = open(path, O_RDONLY | O_CLOEXEC);
    return 0;
}

/* ---- sweeping ---- */

static bool is_own_process(const struct box *box, pid_t pid) {
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].pid == pid) return true;
    return false;
}

/* False when there are more than anybody needs to look at. */
static bool read_children(const struct box *box, char text[CHILDREN_MOST]) {
    ssize_t len = box->children < 0 ? -1 : pread(box->children, text, CHILDREN_MOST - 1, 0);
    text[len < 0 ? 0 : len] = '\0';
    return len >= 0 && len < CHILDREN_MOST - 1;
}

static bool lists_none_but_known(const struct box *box, const char *text) {
    for (char *end;; text = end) {
        pid_t pid = (pid_t)strtol(text, &end, 10);
        if (end == text) return true;
        if (!is_spared(box, pid) && !is_own_process(box, pid)) return false;
    }
}

/* A list in which a child is reaped while it is read may lack the one behind (proc(5)), and init reaps at any time; what reads
 * the same twice is whole. */
bool family_is_clean(struct box *box) {
    char texts[2][CHILDREN_MOST] = {"?"};
    for (int round = 1; round <= READ_ROUNDS; round++) {
        char *text = texts[round % 2];
        if (!read_children(box, text) || !lists_none_but_known(box, text)) return false;
        if (!strcmp(texts[0], texts[1])) return true;
    }
    return false;
}

bool family_reap(struct box *box, pid_t pid, unsigned unit, int flags) {
    if (box->sandbox.init) {
        if (box->units[unit].pid == pid) (void)walled_collect(box, unit, false);
        return true; /* init reaps the others by itself */
    }
    if (!pid) return true; /* it was collected with its sandbox */
    int status;
    struct rusage usage;
    pid_t reaped;
    do reaped = wait4(pid, &status, __WALL | flags, &usage);
    while (reaped < 0 && errno == EINTR);
    if (reaped <= 0) return false;
    struct unit *owner = &box->units[unit];
    if (owner->pid == pid) {
        owner->status = status;
        owner->cpu = clock_seconds(usage.ru_utime) + clock_seconds(usage.ru_stime);
        owner->max_rss = (uint64_t)usage.ru_maxrss * 1024;
        owner->pid = 0;
        owner->over = true;
    } else {
        owner->cpu_reaped += clock_seconds(usage.ru_utime) + clock_seconds(usage.ru_stime);
    }
    return true;
}

static size_t count_members(const struct box *box, unsigned units) {
    size_t count = 0;
    for (size_t i = 0; i < box->members.count; i++) count += (units & unit_bit(box->members.items[i].unit)) != 0;
    return count;
}

/*
 * Stops the units, so that none of their processes makes another one: groups at a stroke first, then whatever is
 * found, until a round finds nothing new. A stopped parent does not reap, so the number found only grows. The rounds
 * are limited since the dead pile up meanwhile and make a round slow: the sweep reaps them and begins again.
 */
static void freeze(struct box *box, unsigned units) {
    /* Where init reaps, the number of a group may be a stranger's already. */
    for (unsigned i = 0; i < UNITS && !box->sandbox.init; i++)
        if ((units & unit_bit(i)) && box->units[i].pid) kill(-box->units[i].pid, SIGSTOP);
    size_t before = 0, found = 0;
    for (int round = 0; round < FREEZE_ROUNDS && (!round || found > before); round++) {
        before = found;
        family_collect(box, units, SIGSTOP);
        found = count_members(box, units);
    }
}

/* Kills the frozen, then reaps them, parents first: when a parent is reaped its children have become ours. */
static unsigned kill_frozen(struct box *box, unsigned units) {
    unsigned ended = 0;
    for (size_t i = 0; i < box->members.count; i++) {
        const struct member *member = &box->members.items[i];
        if (!(units & unit_bit(member->unit)) || member_is_dead(member)) continue;
        kill(member->pid, SIGKILL);
        if (member->pid != box->units[member->unit].pid) ended++;
    }
    for (size_t i = 0; i < box->members.count; i++) {
        const struct member *member = &box->members.items[i];
        if (units & unit_bit(member->unit)) (void)family_reap(box, member->pid, member->unit, 0);
    }
    return ended;
}

/* In a sandbox whose units all end, init does it at a stroke. True when it was done. */
static bool sweep_sandbox(struct box *box, unsigned units, unsigned *ended) {
    unsigned last = UNIT_RUN;
    for (unsigned i = 0; i < UNITS; i++) {
        if (!box->units[i].pid) continue;
        if (!(units & unit_bit(i))) return false;
        last = i;
    }
    *ended = walled_collect(box, last, true);
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].pid) (void)walled_collect(box, i, false);
    return true;
}

/* The living of the units besides their own processes, which init may have reaped. */
static unsigned count_others(const struct box *box, unsigned units) {
    unsigned count = 0;
    for (size_t i = 0; i < box->members.count; i++) {
        const struct member *member = &box->members.items[i];
        count += (units & unit_bit(member->unit)) && !is_own_process(box, member->pid) && !member_is_dead(member);
    }
    return count;
}

/* A service makes processes faster than they can be found and ended: it goes with them. */
static unsigned sweep_with_services(struct box *box) {
    unsigned ended = 0;
    for (unsigned i = UNIT_RUN + 1; i < UNITS; i++)
        if (box->units[i].pid && !box->units[i].limit) box->units[i].limit = BOX_LIMIT_PROCESSES;
    (void)sweep_sandbox(box, ALL_UNITS, &ended);
    return ended;
}

/* Otherwise those of the units are killed where they are found, and init reaps them, so that a list may lack one: there is
 * none left when none is found twice in a row, the second time with the units' own processes reaped. */
static unsigned sweep_among_others(struct box *box, unsigned units) {
    unsigned ended = 0;
    double deadline = clock_monotonic() + SWEEP_SECONDS;
    for (unsigned clean = 0; clean < 2;) {
        if (clock_monotonic() > deadline) return ended + sweep_with_services(box);
        freeze(box, units);
        unsigned count = count_others(box, units);
        family_collect(box, units, SIGKILL);
        unsigned found = count_others(box, units);
        if (found > count) count = found;
        for (unsigned i = 0; i < UNITS; i++)
            if ((units & unit_bit(i)) && box->units[i].pid) (void)walled_collect(box, i, false);
        clean = count ? 0 : clean + 1;
        if (count > ended) ended = count; /* those that are still dying are seen again */
    }
    return ended;
}

unsigned family_sweep(struct box *box, unsigned units) {
    unsigned ended = 0;
    if (box->sandbox.init) return sweep_sandbox(box, units, &ended) ? ended : sweep_among_others(box, units);
    for (;;) {
        freeze(box, units);
        if (!count_members(box, units)) return ended;
        ended += kill_frozen(box, units);
    }
}
