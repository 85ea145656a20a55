#include "box/exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/child.h"
#include "box/landlock.h"

enum { CAPABILITIES_MOST = 63 };

/* ---- in the child: system calls only, no memory of its own ---- */

IN_CHILD static void give_up(const struct exec_plan *plan, enum exec_step step) {
    struct exec_report report = {step, errno};
    ssize_t ignored = write(plan->report, &report, sizeof report);
    (void)ignored;
    _exit(127);
}

IN_CHILD static int mark_listed(int directory) {
    char entries[2048] __attribute__((aligned(8)));
    for (;;) {
        long len = syscall(SYS_getdents64, directory, entries, sizeof entries);
        if (len <= 0) return len < 0 ? errno : 0;
        for (long at = 0; at < len;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            int fd = 0;
            for (const char *digit = entry->d_name; *digit >= '0' && *digit <= '9'; digit++)
                fd = fd * 10 + (*digit - '0');
            if (fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC)) return errno;
            at += entry->d_reclen;
        }
    }
}

IN_CHILD int exec_mark_by_proc(void) {
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    int error = mark_listed(directory);
    close(directory);
    return error;
}

IN_CHILD static void take_descriptors(const struct exec_plan *plan) {
    for (int i = 0; i < 3; i++)
        if (dup2(plan->ends[i], i) < 0) give_up(plan, EXEC_SETUP);
    if (!syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC)) return;
    errno = exec_mark_by_proc();
    if (errno) give_up(plan, EXEC_SETUP);
}

/* Handlers would be reset by execve, ignored signals stay ignored; the caller's mask is inherited too. */
IN_CHILD static void reset_signals(void) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &usual, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

IN_CHILD static void execute(const struct exec_plan *plan) {
    int error = ENOENT;
    for (char *const *candidate = plan->candidates; *candidate; candidate++) {
        execve(*candidate, (char *const *)(uintptr_t)plan->argv, (char *const *)(uintptr_t)plan->env);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            give_up(plan, EXEC_PROGRAM);
    }
    errno = error;
    give_up(plan, EXEC_PROGRAM);
}

/* Root that keeps its uid, where another could not reach lab's folders, keeps no more than that. */
static const struct __user_cap_data_struct powerless[2];

IN_CHILD static void drop_capabilities(const struct exec_plan *plan) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    for (int capability = 0; capability <= CAPABILITIES_MOST; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (syscall(SYS_capset, &header, powerless)) give_up(plan, EXEC_SETUP);
}

/* A change of user clears the death signal: it is set again. Raw calls, since those of libc talk to other threads. */
IN_CHILD static void drop_privileges(const struct exec_plan *plan) {
    if (!plan->drops) return;
    if (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, plan->user, plan->user, plan->user) ||
        syscall(SYS_setresuid, plan->user, plan->user, plan->user) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
        give_up(plan, EXEC_SETUP);
    if (getppid() != plan->parent) _exit(127);
}

IN_CHILD static void confine(const struct exec_plan *plan) {
    if (plan->landlock >= 0 && landlock_enter(plan->landlock)) give_up(plan, EXEC_SETUP);
    if (plan->filtered && filter_enter(plan->network)) give_up(plan, EXEC_SETUP);
}

IN_CHILD static int become_program(void *context) {
    const struct exec_plan *plan = context;
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) give_up(plan, EXEC_SETUP);
    if (getppid() != plan->parent) _exit(127); /* it died before the line above */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) give_up(plan, EXEC_SETUP);
    umask(022);
    for (unsigned i = 0; i < plan->bound_count; i++)
        if (syscall(SYS_prlimit64, 0, plan->bounds[i].resource, &plan->bounds[i].value, NULL))
            give_up(plan, EXEC_SETUP);
    take_descriptors(plan);
    drop_privileges(plan);
    if (plan->powerless) drop_capabilities(plan);
    if (chdir(plan->cwd)) give_up(plan, EXEC_FOLDER);
    reset_signals();
    confine(plan);
    execute(plan);
    return 127;
}

/* ---- in the parent ---- */

pid_t exec_start(struct exec_plan *plan, char *stack, int *pidfd) {
    sigset_t all, old;
    plan->parent = getpid();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    int pid =
        clone(become_program, stack + EXEC_STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, plan, pidfd);
    int cause = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (pid < 0) *pidfd = -1; /* the kernel may have filled it in before it refused */
    errno = cause;
    return pid;
}

bool exec_failed(int reports, struct exec_report *report) {
    ssize_t len;
    do len = read(reports, report, sizeof *report);
    while (len < 0 && errno == EINTR);
    return len == sizeof *report;
}

bool exec_is_shortage(const struct exec_report *report) {
    static const int shortages[] = {EAGAIN, EMFILE, ENFILE}; /* a file made to can bring about ENOMEM and EIO */
    if (report->step == EXEC_SETUP) return true;
    for (size_t i = 0; i < sizeof shortages / sizeof *shortages; i++)
        if (report->error == shortages[i]) return true;
    return false;
}
