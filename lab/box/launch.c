/*
 * Starting a program. The child shares the caller's memory until it executes (CLONE_VM | CLONE_VFORK, as posix_spawn
 * does), which makes a start as cheap from a large process as from a small one; so all that needs allocation is
 * prepared before, and the child only makes system calls.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/internal.h"

enum { DESCRIPTORS_MOST = 1024 };

enum step { STEP_SETUP, STEP_FOLDER, STEP_EXECUTE };

/* What the child tells through a pipe that closes by itself when the program has started. */
struct report {
    enum step step;
    int error;
};

struct bound {
    int resource;
    struct rlimit value;
};

struct plan {
    const struct box_program *program;
    array(char *) candidates; /* what argv[0] may mean, NULL-terminated */
    struct bound bounds[5];
    size_t bound_count;
    int ends[3]; /* the program's ends of the pipes */
    int report;
    pid_t parent;
};

static void plan_release(struct plan *plan) {
    for (size_t i = 0; i < plan->candidates.count; i++) free(plan->candidates.items[i]);
    array_free(&plan->candidates);
    for (int i = 0; i < 3; i++) mem_close_descriptor(&plan->ends[i]);
    mem_close_descriptor(&plan->report);
}

/* ---- what the program may be ---- */

static const char *search_path(const char *const *env) {
    for (; *env; env++)
        if (string_starts_with(*env, "PATH=")) return *env + 5;
    return "/bin:/usr/bin"; /* as execvp(3) */
}

static void plan_candidates(struct plan *plan) {
    const char *name = plan->program->argv[0];
    if (strchr(name, '/')) {
        *array_push(&plan->candidates) = mem_copy_string(name);
    } else if (*name) {
        const char *path = search_path(plan->program->env);
        for (;; path++) {
            size_t len = strcspn(path, ":");
            *array_push(&plan->candidates) = str_format("%.*s/%s", len ? (int)len : 1, len ? path : ".", name);
            if (!*(path += len)) break;
        }
    }
    *array_push(&plan->candidates) = NULL;
}

/* ---- limits that the kernel keeps, of each process ---- */

/* Limits a resource for good, or, with a soft limit below the hard one, with a signal first. Never above what the caller
 * has itself: root without CAP_SYS_RESOURCE may not raise a hard limit either. */
static void plan_bound(struct plan *plan, int resource, rlim_t soft, rlim_t hard) {
    struct rlimit have;
    if (getrlimit(resource, &have)) return;
    if (hard > have.rlim_max) hard = have.rlim_max;
    if (soft > hard) soft = hard;
    plan->bounds[plan->bound_count++] = (struct bound){resource, {soft, hard}};
}

static uint64_t smaller_limit(uint64_t a, uint64_t b) { return !a || (b && b < a) ? b : a; }

/*
 * RLIMIT_DATA counts what is reserved, of one process, where the box's limit counts what is used, of all. So it is only
 * the backstop for a program that outgrows the watchdog between two looks, and leaves room for the watchdog to be
 * first and name the limit. RLIMIT_AS would kill threaded programs, RLIMIT_NPROC counts the user's other processes.
 */
static rlim_t data_bound(uint64_t memory) { return memory + memory / 2 + (256 << 20); }

static void plan_bounds(struct plan *plan, const struct box_limits *limits, const struct unit *unit) {
    plan_bound(plan, RLIMIT_CORE, 0, 0);
    plan_bound(plan, RLIMIT_NOFILE, DESCRIPTORS_MOST, DESCRIPTORS_MOST);
    if (unit->memory_most) plan_bound(plan, RLIMIT_DATA, data_bound(unit->memory_most), data_bound(unit->memory_most));
    uint64_t file = smaller_limit(limits->file_size, limits->disk);
    if (file) plan_bound(plan, RLIMIT_FSIZE, file, file);
    rlim_t cpu = (rlim_t)ceil(unit->cpu_most);
    if (cpu) plan_bound(plan, RLIMIT_CPU, cpu, cpu + 1);
}

/* ---- pipes ---- */

static int set_nonblocking(int fd) { return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static int plan_pipes(struct plan *plan, struct unit *unit, struct err *err) {
    int *ours[] = {&unit->input, &unit->outputs[0], &unit->outputs[1]};
    for (int i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot make a pipe");
        int own = i ? 0 : 1; /* we read all but its input */
        *ours[i] = ends[own];
        plan->ends[i] = ends[1 - own];
        if (set_nonblocking(*ours[i])) return err_errno(err, ERR_ENVIRONMENT, "cannot set up a pipe");
    }
    return 0;
}

/* Puts as much of the input into the pipe as fits, and keeps the rest for the loop. */
static void fill_input(struct unit *unit, struct sv input) {
    if (input.len > 65536) (void)fcntl(unit->input, F_SETPIPE_SZ, PIPE_SIZE);
    ssize_t written = input.len ? write(unit->input, input.data, input.len) : 0;
    size_t done = written > 0 ? (size_t)written : 0;
    if (done < input.len) {
        str_append_bytes(&unit->pending, input.data + done, input.len - done);
        return;
    }
    close(unit->input);
    unit->input = -1;
}

/* ---- in the child: system calls only, no memory of its own ---- */

#define IN_CHILD __attribute__((no_sanitize("address", "undefined")))

IN_CHILD static void give_up(const struct plan *plan, enum step step) {
    struct report report = {step, errno};
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

IN_CHILD int launch_mark_by_proc(void) {
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    int error = mark_listed(directory);
    close(directory);
    return error;
}

IN_CHILD static void take_descriptors(const struct plan *plan) {
    for (int i = 0; i < 3; i++)
        if (dup2(plan->ends[i], i) < 0) give_up(plan, STEP_SETUP);
    if (!syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC)) return;
    errno = launch_mark_by_proc();
    if (errno) give_up(plan, STEP_SETUP);
}

/* Handlers would be reset by execve, ignored signals stay ignored; the caller's mask is inherited too. */
IN_CHILD static void reset_signals(void) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &usual, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

IN_CHILD static void execute(const struct plan *plan) {
    const struct box_program *program = plan->program;
    int error = ENOENT;
    for (char **candidate = plan->candidates.items; *candidate; candidate++) {
        execve(*candidate, (char *const *)(uintptr_t)program->argv, (char *const *)(uintptr_t)program->env);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            give_up(plan, STEP_EXECUTE);
    }
    errno = error;
    give_up(plan, STEP_EXECUTE);
}

IN_CHILD static int become_program(void *context) {
    const struct plan *plan = context;
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) give_up(plan, STEP_SETUP);
    if (getppid() != plan->parent) _exit(127); /* it died before the line above */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) give_up(plan, STEP_SETUP);
    umask(022);
    for (size_t i = 0; i < plan->bound_count; i++)
        if (setrlimit((__rlimit_resource_t)plan->bounds[i].resource, &plan->bounds[i].value)) give_up(plan, STEP_SETUP);
    take_descriptors(plan);
    if (chdir(plan->program->cwd)) give_up(plan, STEP_FOLDER);
    reset_signals();
    execute(plan);
    return 127;
}

/* ---- in the caller ---- */

/* Signals wait until the child has executed: a handler of ours would run in it, on our memory. */
static int start_child(struct box *box, struct unit *unit, struct plan *plan) {
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    int pid = clone(become_program, box->stack + sizeof box->stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                    plan, &unit->pidfd);
    int cause = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = cause;
    if (pid < 0) return -1;
    unit->pid = pid;
    return 0;
}

/* What the child could not do is the program's fault, unless the machine has run out of something. */
static int hear_report(const struct plan *plan, const struct report *report, struct unit *unit, struct err *err) {
    static const int shortages[] = {ENOMEM, EAGAIN, EMFILE, ENFILE, EIO};
    const struct box_program *program = plan->program;
    bool shortage = report->step == STEP_SETUP;
    for (size_t i = 0; i < LENGTH(shortages); i++) shortage |= report->error == shortages[i];
    errno = report->error;
    if (shortage) return err_errno(err, ERR_ENVIRONMENT, "cannot start %s", program->argv[0]);
    unit->no_folder = report->step == STEP_FOLDER;
    if (unit->no_folder)
        explain_folder(program->cwd, report->error, unit->why, sizeof unit->why);
    else
        explain_refusal(program, plan->candidates.items, report->error, unit->why, sizeof unit->why);
    unit->over = unit->finished = unit->not_found = true;
    return 0;
}

static int try_launch(struct box *box, struct unit *unit, struct plan *plan, struct err *err) {
    if (plan_pipes(plan, unit, err)) return -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot make a pipe");
    autoclose int reports = ends[0];
    plan->report = ends[1];
    fill_input(unit, plan->program->input);
    unit->started = clock_monotonic();
    if (start_child(box, unit, plan)) return err_errno(err, ERR_ENVIRONMENT, "cannot start a process");
    close(steal_fd(&plan->report));
    struct report report;
    ssize_t len;
    do len = read(reports, &report, sizeof report);
    while (len < 0 && errno == EINTR);
    if (len != sizeof report) return 0;
    family_reap(box, unit->pid, (unsigned)(unit - box->units), 0);
    return hear_report(plan, &report, unit, err);
}

int launch(struct box *box, struct unit *unit, const struct box_program *program, struct err *err) {
    *unit = (struct unit)UNIT_INIT;
    unit->used = true;
    for (int i = 0; i < 2; i++) capture_begin(&unit->captures[i], box->limits.output);
    unit->memory_most = smaller_limit(box->limits.memory, program->memory);
    unit->cpu_most = unit == &box->units[UNIT_RUN] ? box->limits.cpu : 0;
    scoped(plan) plan = {.program = program, .ends = {-1, -1, -1}, .report = -1, .parent = getpid()};
    plan_candidates(&plan);
    plan_bounds(&plan, &box->limits, unit);
    if (!try_launch(box, unit, &plan, err)) return 0;
    unit_release(unit);
    return -1;
}
