#include "author/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/scratch.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

enum { TRANSCRIPT_WIDTH = 80, END_SECONDS = 10, RESULT_MOST = 64 << 20 };

/* A trial that runs. Its process and the runners of its checks hold the pipe's other end: the end of the file is theirs. */
struct job {
    pid_t pid; /* 0: none */
    int pipe;
    size_t task;
    char *folder;
    struct str said;
    double begun;
    double overdue; /* when everything must have ended; 0: while the trial runs */
    bool was_killed;
};

struct running {
    struct pool *pool;
    struct scratch scratch;
    struct job *jobs;
    size_t next, live;
};

static void running_release(struct running *running) {
    scratch_release(&running->scratch);
    free(running->jobs);
}

/* ---- a trial's process ---- */

static _Noreturn void run_trial(const struct pool *pool, const struct job *job, int pipe, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    struct trial trial = pool->tasks[job->task].trial;
    trial.beginning = pipe;
    json_t *result = trial_run(&trial, job->folder, TRANSCRIPT_WIDTH, pool->interrupt);
    char *text = json_dumps(result, JSON_COMPACT);
    _exit(!text || fs_write_all(pipe, text, strlen(text)));
}

static int begin_job(struct running *running, struct job *job, struct err *err) {
    int ends[2];
    pid_t parent = getpid();
    *job = (struct job){.task = running->next, .pipe = -1, .said = STR_INIT, .begun = clock_monotonic()};
    job->folder = str_format("%s/%zu", running->scratch.directory, running->next++);
    if (mkdir(job->folder, 0711)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", job->folder);
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot make a pipe");
    fflush(NULL);
    job->pid = fork();
    if (!job->pid) {
        close(ends[0]);
        run_trial(running->pool, job, ends[1], parent);
    }
    close(ends[1]);
    job->pipe = ends[0];
    if (job->pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot start a process");
    running->live++;
    return 0;
}

/* ---- its end ---- */

/* What the attempt should have cleared away itself: names in its scratch folder. */
static json_t *left_files(const struct job *job) {
    json_t *left = json_array();
    scoped(names) names = {0};
    autofree char *path = str_format("%s/scratch/lab-%u", job->folder, (unsigned)geteuid());
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || beneath_names(folder, &names)) return left;
    for (size_t i = 0; i < names.count; i++)
        json_array_append_new(left, json_text(names.items[i], strlen(names.items[i])));
    return left;
}

static json_t *result_of(struct job *job, int status, const struct rusage *usage, bool outlived) {
    struct err err = ERR_INIT;
    json_t *result = NULL;
    if (outlived)
        err_set(&err, ERR_INTERNAL, "a process of this attempt still lived %d s after it had ended", END_SECONDS);
    else if (job->was_killed)
        return json_pack("{s:b}", "killed", 1);
    else if (WIFSIGNALED(status))
        err_set(&err, ERR_INTERNAL, "lab's own process for this attempt died of signal %d", WTERMSIG(status));
    else if (!(result = json_loadb(job->said.data, job->said.len, 0, NULL)))
        err_set(&err, ERR_INTERNAL, "lab's own process for this attempt gave no result");
    if (!result) return trial_failed(&err);
    json_put(result, "processor", json_real(clock_seconds(usage->ru_utime) + clock_seconds(usage->ru_stime)));
    autojson json_t *left = left_files(job);
    if (json_array_size(left)) json_put(result, "left", json_incref(left));
    return result;
}

static bool is_interrupted(const struct pool *pool) {
    struct pollfd fd = {.fd = pool->interrupt, .events = POLLIN};
    return pool->interrupt >= 0 && poll(&fd, 1, 0) == 1;
}

/* What ends with an interruption was cut short by it, and says nothing. */
static void end_job(struct running *running, struct job *job, bool outlived) {
    int status = 0;
    struct rusage usage = {0}; /* of all that it waited for, too */
    size_t task = job->task;
    kill(job->pid, SIGKILL);
    while (wait4(job->pid, &status, 0, &usage) < 0 && errno == EINTR) {}
    json_t *result = result_of(job, status, &usage, outlived);
    json_put(result, "took", json_real(clock_monotonic() - job->begun));
    running->pool->tasks[task].result = result;
    beneath_remove_at(job->folder);
    close(job->pipe);
    free(job->folder);
    str_release(&job->said);
    job->pid = 0;
    running->live--;
    if (running->pool->done && !is_interrupted(running->pool)) running->pool->done(running->pool->context, task);
}

/* ---- the loop ---- */

static bool has_ended(const struct job *job) {
    siginfo_t info = {0};
    return !waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static void hear(struct running *running, struct job *job) {
    char piece[65536];
    ssize_t got = read(job->pipe, piece, sizeof piece);
    if (got > 0 && job->said.len < RESULT_MOST) str_append_bytes(&job->said, piece, (size_t)got);
    if (got > 0 && running->pool->tasks[job->task].killed && !job->was_killed) {
        job->was_killed = true;
        kill(job->pid, SIGKILL);
        job->overdue = clock_monotonic() + END_SECONDS;
    }
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) end_job(running, job, false);
}

static void look(struct running *running, struct job *job) {
    if (!job->overdue && has_ended(job)) job->overdue = clock_monotonic() + END_SECONDS;
    if (job->overdue && clock_monotonic() >= job->overdue) end_job(running, job, true);
}

static void wait_and_hear(struct running *running) {
    enum { LOOK = 1000 }; /* milliseconds */
    struct pool *pool = running->pool;
    struct pollfd *fds = mem_alloc(pool->jobs * sizeof *fds);
    for (unsigned i = 0; i < pool->jobs; i++)
        fds[i] = (struct pollfd){.fd = running->jobs[i].pid ? running->jobs[i].pipe : -1, .events = POLLIN};
    poll(fds, pool->jobs, LOOK);
    for (unsigned i = 0; i < pool->jobs; i++) {
        struct job *job = &running->jobs[i];
        if (fds[i].fd >= 0 && fds[i].revents) hear(running, job);
        if (job->pid) look(running, job);
    }
    free(fds);
}

static int begin_what_may(struct running *running, struct err *err) {
    struct pool *pool = running->pool;
    for (unsigned i = 0; i < pool->jobs; i++) {
        while (running->next < pool->count && pool->tasks[running->next].result) running->next++;
        if (running->jobs[i].pid || running->next >= pool->count) continue;
        if (begin_job(running, &running->jobs[i], err)) {
            running->jobs[i].pid = 0;
            return -1;
        }
    }
    return 0;
}

/* A signal that was meant for this process alone has not reached the trials, each of which ends its attempt at one. */
static void pass_on(const struct running *running) {
    for (unsigned i = 0; i < running->pool->jobs; i++)
        if (running->jobs[i].pid) kill(running->jobs[i].pid, SIGTERM);
}

int pool_run(struct pool *pool, struct err *err) {
    scoped(running) running = {.pool = pool, .scratch = SCRATCH_INIT};
    scoped(fs_umask) usual = fs_usual_umask();
    int status = 0;
    bool interrupted = false;
    if (scratch_open(&running.scratch, pool->cache, 0, err)) return -1;
    running.jobs = mem_alloc(pool->jobs * sizeof *running.jobs);
    do {
        if (!interrupted && is_interrupted(pool)) {
            interrupted = true;
            pass_on(&running);
        }
        if (!interrupted && !status) status = begin_what_may(&running, err);
        if (running.live) wait_and_hear(&running);
    } while (running.live || (!interrupted && !status && running.next < pool->count));
    return interrupted ? err_set(err, ERR_INTERRUPTED, "interrupted") : status;
}
