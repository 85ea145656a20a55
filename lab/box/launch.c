/* Starting a program: its plan is made here, and carried out by a child of this process or by the sandbox's init. */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/internal.h"

enum { DESCRIPTORS_MOST = 1024 };

/* The plan of exec.h, and what it points to that must be freed. */
struct plan {
    struct exec_plan exec;
    const struct box_program *program;
    array(char *) candidates;
};

static void plan_release(struct plan *plan) {
    for (size_t i = 0; i < plan->candidates.count; i++) free(plan->candidates.items[i]);
    array_free(&plan->candidates);
    for (int i = 0; i < 3; i++) mem_close_descriptor(&plan->exec.ends[i]);
    mem_close_descriptor(&plan->exec.report);
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
    plan->exec.bounds[plan->exec.bound_count++] = (struct exec_bound){resource, {soft, hard}};
}

static uint64_t smaller_limit(uint64_t a, uint64_t b) { return !a || (b && b < a) ? b : a; }

/*
 * RLIMIT_DATA counts what is reserved, of one process, where the box's limit counts what is used, of all. So it is only
 * the backstop for a program that outgrows the watchdog between two looks, and leaves room for the watchdog to be
 * first and name the limit. RLIMIT_AS would kill threaded programs.
 */
static rlim_t data_bound(uint64_t memory) { return memory + memory / 2 + (256 << 20); }

static void plan_bounds(struct plan *plan, const struct box *box, const struct unit *unit) {
    const struct box_limits *limits = &box->config.limits;
    plan_bound(plan, RLIMIT_CORE, 0, 0);
    plan_bound(plan, RLIMIT_NOFILE, DESCRIPTORS_MOST, DESCRIPTORS_MOST);
    if (unit->memory_most) plan_bound(plan, RLIMIT_DATA, data_bound(unit->memory_most), data_bound(unit->memory_most));
    /* Of this user, in a box of namespaces of this box alone. */
    if (limits->processes && (is_sandboxed(box) || box->config.user))
        plan_bound(plan, RLIMIT_NPROC, sandbox_tasks(limits->processes), sandbox_tasks(limits->processes));
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
        plan->exec.ends[i] = ends[1 - own];
        if (set_nonblocking(*ours[i])) return err_errno(err, ERR_ENVIRONMENT, "cannot set up a pipe");
    }
    return 0;
}

/* What a program says to whoever talks with it is kept from the loop, which would drain it. */
static void keep_talk(struct unit *unit) {
    unit->talk[0] = steal_fd(&unit->input);
    unit->talk[1] = steal_fd(&unit->outputs[0]);
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

/* ---- starting ---- */

static int start_child(struct box *box, struct unit *unit, struct plan *plan, bool *failed, struct exec_report *report,
                       struct err *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot make a pipe");
    autoclose int reports = ends[0];
    plan->exec.report = ends[1];
    pid_t pid = exec_start(&plan->exec, box->stack, &unit->pidfd);
    if (pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot start a process");
    unit->pid = pid;
    close(steal_fd(&plan->exec.report));
    *failed = exec_failed(reports, report);
    if (!*failed) return 0;
    family_reap(box, unit->pid, (unsigned)(unit - box->units), 0);
    exec_explain(&plan->exec, report, unit->why, sizeof unit->why);
    return 0;
}

/* What the child could not do is the program's fault, unless the machine has run out of something. */
static int hear_report(const struct box *box, const struct plan *plan, const struct exec_report *report,
                       struct unit *unit, struct err *err) {
    errno = report->error;
    if (report->error == EAGAIN && is_sandboxed(box)) { /* the box is full: nobody else's processes count in it */
        unit->limit = BOX_LIMIT_PROCESSES;
        unit->status = SIGKILL;
        unit->over = unit->finished = true;
        return 0;
    }
    if (exec_is_shortage(report)) return err_errno(err, ERR_ENVIRONMENT, "cannot start %s", plan->program->argv[0]);
    unit->no_folder = report->step == EXEC_FOLDER;
    unit->too_long = report->step == EXEC_PROGRAM && report->error == E2BIG;
    unit->over = unit->finished = unit->not_found = true;
    return 0;
}

/* When memory is short, a program and what it starts shall go before the box that is to tell of it: as if they had half of
 * what there is more than they have. */
static void put_first(pid_t pid) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
    autoclose int score = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t ignored = score < 0 ? 0 : write(score, "500", 3);
    (void)ignored;
}

static int try_launch(struct box *box, struct unit *unit, struct plan *plan, struct err *err) {
    bool failed = false;
    struct exec_report report;
    if (plan_pipes(plan, unit, err)) return -1;
    if (plan->program->talks)
        keep_talk(unit);
    else
        fill_input(unit, plan->program->input);
    unit->started = clock_monotonic();
    int status = is_sandboxed(box) ? walled_start(box, unit, &plan->exec, &failed, &report, err)
                                   : start_child(box, unit, plan, &failed, &report, err);
    if (!status && !failed) put_first(unit->pid);
    return status || !failed ? status : hear_report(box, plan, &report, unit, err);
}

/* Without namespaces, what walls there are go up in the child itself. */
static void plan_walls(struct plan *plan, const struct box *box) {
    const struct walls *walls = box->config.walls;
    if (!walls) return;
    plan->exec.filtered = walls->filtered && (!walls->namespaces || plan->program->offline);
    plan->exec.network = plan->program->offline ? BOX_NETWORK_NONE : box->config.network;
    if (walls->namespaces) return;
    plan->exec.drops = box->config.user != 0;
    plan->exec.powerless = !box->config.user && geteuid() == 0;
    plan->exec.user = box->config.user;
    plan->exec.landlock = box->landlock;
}

int launch(struct box *box, struct unit *unit, const struct box_program *program, struct err *err) {
    if (is_sandboxed(box) && walled_await(box, err)) return -1;
    *unit = (struct unit)UNIT_INIT;
    unit->used = true;
    if (is_sandboxed(box)) walled_mark(box, unit);
    for (int i = 0; i < 2; i++) capture_begin(&unit->captures[i], box->config.limits.output);
    unit->memory_most = smaller_limit(box->config.limits.memory, program->memory);
    unit->cpu_most = unit == &box->units[UNIT_RUN] ? box->config.limits.cpu : 0;
    scoped(plan) plan = {.exec = EXEC_PLAN_INIT, .program = program};
    plan_candidates(&plan);
    plan.exec.argv = program->argv;
    plan.exec.env = program->env;
    plan.exec.cwd = program->cwd;
    plan.exec.candidates = plan.candidates.items;
    plan_bounds(&plan, box, unit);
    plan_walls(&plan, box);
    if (!try_launch(box, unit, &plan, err)) return 0;
    unit_release(unit);
    return -1;
}
