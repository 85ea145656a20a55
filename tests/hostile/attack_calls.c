/*
 * System calls that a box denies, by the attack that they belong to: hostile call ATTACK. Each is tried in a child of
 * its own, since some change the process that makes them, and some end it.
 */

#include <errno.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "deeds.h"
#include "hostile.h"

#define N(value) ((const void *)(uintptr_t)(value))

struct call {
    const char *attack, *what;
    long number;
    const void *arguments[5];
    /* Any answer but a denial shows that the permission was there: the arguments are such that nothing more can
     * happen. */
    bool refused_later;
};

static char buffer[256];
static const struct sched_param urgent = {.sched_priority = 1};
static const struct mount_attr no_change;
static struct io_uring_params ring;
static const union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
static const struct perf_event_attr clock_event = {
    .type = PERF_TYPE_SOFTWARE, .size = sizeof clock_event, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1};

enum {
    FAULTS_OF_USER = 1, /* UFFD_USER_MODE_ONLY */
    NOTIFY_BY_HANDLE = 0x200 /* FAN_REPORT_FID, which needs no privilege */,
    NO_RANDOMIZATION = 0x40000,
    LOG_READ_ALL = 3,
    SEGMENTS_TOO_MANY = 17,
    NEW_TIME = 0x80,
};

static const struct call calls[] = {
    {"namespaces", "a user namespace", SYS_unshare, {N(CLONE_NEWUSER)}, false},
    {"namespaces", "a mount namespace", SYS_unshare, {N(CLONE_NEWNS)}, false},
    {"namespaces", "a process namespace", SYS_unshare, {N(CLONE_NEWPID)}, false},
    {"namespaces", "a network namespace", SYS_unshare, {N(CLONE_NEWNET)}, false},
    {"namespaces", "a host name of its own", SYS_unshare, {N(CLONE_NEWUTS)}, false},
    {"namespaces", "an IPC namespace", SYS_unshare, {N(CLONE_NEWIPC)}, false},
    {"namespaces", "a cgroup namespace", SYS_unshare, {N(CLONE_NEWCGROUP)}, false},
    {"namespaces", "a time namespace", SYS_unshare, {N(NEW_TIME)}, false},
    {"mount", "mount", SYS_mount, {"none", ".", "no-such-type", N(0), N(0)}, true},
    {"mount", "fsopen", SYS_fsopen, {"tmpfs", N(0)}, false},
    {"mount", "fspick", SYS_fspick, {N(AT_FDCWD), ".", N(0)}, true},
    {"mount", "fsmount", SYS_fsmount, {N(-1), N(0), N(0)}, true},
    {"mount", "open_tree", SYS_open_tree, {N(AT_FDCWD), ".", N(OPEN_TREE_CLONE)}, false},
    {"mount", "mount_setattr", SYS_mount_setattr, {N(AT_FDCWD), ".", N(0), &no_change, N(sizeof no_change)}, false},
    {"new-root", "pivot_root", SYS_pivot_root, {"no-such-folder", "no-such-folder"}, true},
    {"new-root", "chroot", SYS_chroot, {"."}, false},
    {"keys", "add_key", SYS_add_key, {"user", "lab-attack", "x", N(1), N(KEY_SPEC_PROCESS_KEYRING)}, false},
    {"keys", "the session's keys", SYS_keyctl, {N(KEYCTL_GET_KEYRING_ID), N(KEY_SPEC_SESSION_KEYRING), N(0)}, false},
    {"keys", "request_key", SYS_request_key, {"user", "no-such-key", NULL, N(0)}, true},
    {"io-uring", "io_uring", SYS_io_uring_setup, {N(1), &ring}, false},
    {"bpf", "a BPF map", SYS_bpf, {N(BPF_MAP_CREATE), &map, N(sizeof map)}, false},
    {"userfaultfd", "userfaultfd", SYS_userfaultfd, {N(FAULTS_OF_USER)}, false},
    {"perf", "perf_event_open", SYS_perf_event_open, {&clock_event, N(0), N(-1), N(-1), N(0)}, false},
    {"odd-calls", "memfd_secret", SYS_memfd_secret, {N(0)}, false},
    {"odd-calls", "fanotify", SYS_fanotify_init, {N(NOTIFY_BY_HANDLE), N(O_RDONLY)}, false},
    {"odd-calls", "personality", SYS_personality, {N(NO_RANDOMIZATION)}, false},
    {"administration", "reboot", SYS_reboot, {N(0), N(0), N(0), N(0)}, true},
    {"administration", "swapon", SYS_swapon, {"no-such-file", N(0)}, true},
    {"administration", "swapoff", SYS_swapoff, {"no-such-file"}, true},
    {"administration", "settimeofday", SYS_settimeofday, {NULL, NULL}, true},
    {"administration", "sethostname", SYS_sethostname, {NULL, N(-1)}, true},
    {"administration", "setdomainname", SYS_setdomainname, {NULL, N(-1)}, true},
    {"administration", "init_module", SYS_init_module, {NULL, N(0), ""}, true},
    {"administration", "finit_module", SYS_finit_module, {N(-1), "", N(0)}, true},
    {"administration", "delete_module", SYS_delete_module, {"no-such-module", N(O_NONBLOCK)}, true},
    {"administration", "kexec_load", SYS_kexec_load, {N(0), N(SEGMENTS_TOO_MANY), NULL, N(0)}, true},
    {"administration", "acct", SYS_acct, {"no-such-file"}, true},
    {"administration", "the kernel's log", SYS_syslog, {N(LOG_READ_ALL), buffer, N(sizeof buffer)}, false},
#ifdef __x86_64__
    {"administration", "iopl", SYS_iopl, {N(3)}, false},
    {"administration", "ioperm", SYS_ioperm, {N(0x80), N(1), N(1)}, false},
#endif
    {"priority", "a nice value of -10", SYS_setpriority, {N(0), N(0), N(-10)}, false},
    {"priority", "real-time scheduling", SYS_sched_setscheduler, {N(0), N(SCHED_FIFO), &urgent}, false},
};

static bool is_denial(int error) {
    static const int denials[] = {EPERM, EACCES, ENOSYS, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++)
        if (error == denials[i]) return true;
    return false;
}

static bool call_works(const struct call *call) {
    const void *const *a = call->arguments;
    long answer = syscall(call->number, a[0], a[1], a[2], a[3], a[4]);
    return answer >= 0 || (call->refused_later && !is_denial(errno));
}

/* ---- each in a child ---- */

/* True when the child said so by its exit status; one that was ended was kept from it. */
static bool child_says_so(pid_t child) {
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void try_call(const struct call *call) {
    pid_t child = fork();
    if (!child) _exit(call_works(call));
    if (child_says_so(child)) reached("%s", call->what);
}

static void try_deed(const struct deed *deed) {
    pid_t child = fork();
    if (!child) _exit(deed->works());
    if (child_says_so(child)) reached("%s", deed->what);
}

static int mode_call(char **args) {
    unsigned tried = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].attack, args[0])) continue;
        try_call(&calls[i]);
        tried++;
    }
    for (const struct deed *deed = deeds; deed->attack; deed++) {
        if (strcmp(deed->attack, args[0])) continue;
        try_deed(deed);
        tried++;
    }
    return tried ? conclude() : 64;
}

/* A segment of System V shared memory, by its number. */
static int mode_shared_memory(char **args) {
    if (shmat((int)number(args[0]), NULL, SHM_RDONLY) != (void *)-1) reached("the shared memory %s", args[0]);
    return conclude();
}

const struct mode attack_calls[] = {{"call", mode_call}, {"shared-memory", mode_shared_memory}, {NULL, NULL}};
