#include "box/box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "box/internal.h"

/* The process whose box is open; a fork of it may open one of its own. */
static pid_t opener;

const char *box_limit_name(enum box_limit limit) {
    static const char *const names[] = {
        [BOX_LIMIT_NONE] = "none",     [BOX_LIMIT_WALL] = "wall time",      [BOX_LIMIT_CPU] = "processor time",
        [BOX_LIMIT_MEMORY] = "memory", [BOX_LIMIT_PROCESSES] = "processes", [BOX_LIMIT_DISK] = "disk",
        [BOX_LIMIT_FILES] = "files",   [BOX_LIMIT_FILE_SIZE] = "file size",
    };
    return names[limit];
}

const char *const *box_isolation(const struct box *box) {
    static const char *const limits_only[] = {"rlimits", NULL};
    return box->config.walls ? box->config.walls->layers : limits_only;
}

const char *box_inside(const struct walls *walls, const struct box_folder *folder) {
    if (!walls || !walls->namespaces) return folder->path;
    return folder->use == BOX_TEMPORARY ? "/tmp" : folder->inside ? folder->inside : folder->path;
}

/* ---- opening and closing ---- */

/* Without 0, 1 and 2 open, a pipe of ours could take their numbers and be overwritten in the child. */
static int ensure_standard_descriptors(struct err *err) {
    int fd;
    do fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open /dev/null");
    close(fd);
    return 0;
}

static int open_writable(struct box *box, struct err *err) {
    const struct box_folder *folder = box->config.folders;
    for (; folder && folder->path; folder++) {
        if (folder->use == BOX_READ || (folder->use == BOX_TEMPORARY && is_sandboxed(box))) continue;
        autoclose int fd = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open the folder %s", folder->path);
        if (box->config.user && beneath_give(fd, box->config.user))
            return err_errno(err, ERR_ENVIRONMENT, "cannot give %s to the box's user", folder->path);
        *array_push(&box->writable) = steal_fd(&fd);
    }
    return 0;
}

/* An ignored SIGCHLD would make children vanish with their status; SIGPIPE would end us for a program's stdin. Handlers
 * of the caller do no harm, and stay. */
static void take_over(struct box *box) {
    prctl(PR_GET_CHILD_SUBREAPER, &box->was_subreaper, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sigaction(SIGCHLD, NULL, &box->old_child);
    sigaction(SIGPIPE, NULL, &box->old_pipe);
    if (box->old_child.sa_handler == SIG_IGN || (box->old_child.sa_flags & SA_NOCLDWAIT))
        sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    if (box->old_pipe.sa_handler == SIG_DFL) sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
}

static void give_back(const struct box *box) {
    sigaction(SIGPIPE, &box->old_pipe, NULL);
    sigaction(SIGCHLD, &box->old_child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, box->was_subreaper, 0, 0, 0);
}

/* The walls go up later: the lists are kept, what they point to is the caller's. */
static void keep_lists(struct box *box) {
    size_t folders = 0, covered = 0;
    while (box->config.folders && box->config.folders[folders].path) folders++;
    while (box->config.covered && box->config.covered[covered]) covered++;
    box->folders = mem_alloc((folders + 1) * sizeof *box->folders);
    box->covered = mem_alloc((covered + 1) * sizeof *box->covered);
    if (folders) memcpy(box->folders, box->config.folders, folders * sizeof *box->folders);
    if (covered) memcpy(box->covered, box->config.covered, covered * sizeof *box->covered);
    box->config.folders = box->folders;
    box->config.covered = box->covered;
}

static void free_box(struct box *box) {
    free(box->folders);
    free(box->covered);
    for (size_t i = 0; i < box->writable.count; i++) close(box->writable.items[i]);
    mem_close_descriptor(&box->children);
    mem_close_descriptor(&box->landlock);
    array_free(&box->writable);
    array_free(&box->members);
    array_free(&box->listed);
    array_free(&box->scanned);
    free(box);
}

static bool may_see_all(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {0};
    return !syscall(SYS_capget, &header, sets) && (sets[0].effective & (1U << CAP_SYS_PTRACE));
}

int box_open(struct box **box, const struct box_config *config, struct err *err) {
    if (opener == getpid()) return err_set(err, ERR_INTERNAL, "a process can have one box only");
    if (ensure_standard_descriptors(err)) return -1;
    struct box *opened = mem_alloc(sizeof *opened);
    opened->owner = getpid();
    opened->parent = getppid();
    opened->config = *config;
    keep_lists(opened);
    opened->children = opened->landlock = -1;
    opened->sandbox = (struct sandbox)SANDBOX_INIT;
    opened->sees_all = may_see_all();
    for (unsigned i = 0; i < UNITS; i++) opened->units[i] = (struct unit)UNIT_INIT;
    if (family_open(opened, opened->owner, err) || open_writable(opened, err) || fences_open(opened, err)) {
        free_box(opened);
        return -1;
    }
    take_over(opened);
    opener = opened->owner;
    *box = opened;
    return 0;
}

int box_prepare(struct box *box, struct err *err) { return is_sandboxed(box) ? walled_begin(box, err) : 0; }

static void replace_spared(struct box *box, pid_t from, pid_t to) {
    for (size_t i = 0; i < LENGTH(box->spared); i++) {
        if (box->spared[i] != from) continue;
        box->spared[i] = to;
        return;
    }
}

void box_spare(struct box *box, pid_t pid) { replace_spared(box, 0, pid); }
void box_unspare(struct box *box, pid_t pid) { replace_spared(box, pid, 0); }

/* Everything of the sandbox ends with its init; then what else has become ours. */
static void end_all(struct box *box) {
    if (box->sandbox.bwrap > 0) {
        sandbox_end(&box->sandbox);
        for (unsigned i = 0; i < UNITS; i++) box->units[i].pid = 0;
        if (family_open(box, box->owner, NULL)) return;
    }
    family_sweep(box, ALL_UNITS);
}

void box_close(struct box *box) {
    if (!box) return;
    bool mine = box->owner == getpid();
    if (mine) end_all(box);
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].used) unit_release(&box->units[i]);
    if (mine) {
        give_back(box);
        opener = 0;
    }
    free_box(box);
}

/* ---- waiting ---- */

int box_wait(struct box *box, int fd, double deadline, struct err *err) {
    for (;;) {
        enum turn turn = loop_turn(box, deadline, fd, POLLIN);
        if (turn == TURN_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (turn == TURN_READY) return 1;
        if (deadline > 0 && clock_monotonic() >= deadline) return 0;
    }
}
