#include "attempt/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

struct outcome {
    int status;
    struct err err;
};

static _Noreturn void work_apart(int (*work)(void *context, struct err *err), void *context, int report, pid_t parent) {
    struct outcome outcome = {.err = ERR_INIT};
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it ends its box, and itself */
    if (getppid() != parent) _exit(1);
    outcome.status = work(context, &outcome.err);
    _exit(write(report, &outcome, sizeof outcome) != sizeof outcome);
}

/* The child answers an interruption as this process does: it ends its box, then itself. */
static void end_child(pid_t pid) {
    kill(pid, SIGTERM);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

/* A child at work, and where it reports. */
struct apart {
    pid_t pid;
    int reports;
};

static int begin(struct apart *apart, int (*work)(void *context, struct err *err), void *context, struct err *err) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_INTERNAL, "cannot make a pipe");
    autoclose int reports = ends[0], report = ends[1];
    fflush(NULL);
    apart->pid = fork();
    if (!apart->pid) work_apart(work, context, report, parent);
    if (apart->pid < 0) return err_errno(err, ERR_INTERNAL, "cannot start a process");
    apart->reports = steal_fd(&reports);
    return 0;
}

/* What the work did. When it was interrupted, err says so already. */
static int finish(struct apart *apart, bool interrupted, struct err *err) {
    struct outcome outcome = {.status = -1};
    bool reported = !interrupted && read(apart->reports, &outcome, sizeof outcome) == sizeof outcome;
    close(apart->reports);
    end_child(apart->pid);
    if (interrupted) return -1;
    if (!reported) return err_set(err, ERR_INTERNAL, "lab's own process for this ended early");
    if (outcome.status && err) *err = outcome.err;
    return outcome.status;
}

int apart_run(int (*work)(void *context, struct err *err), void *context, struct box *box, struct err *err) {
    struct apart apart;
    if (begin(&apart, work, context, err)) return -1;
    box_spare(box, apart.pid);
    int status = finish(&apart, box_wait(box, apart.reports, 0, err) < 0, err);
    box_unspare(box, apart.pid);
    return status;
}

int apart_run_alone(int (*work)(void *context, struct err *err), void *context, int interrupt, struct err *err) {
    struct apart apart;
    if (begin(&apart, work, context, err)) return -1;
    struct pollfd files[] = {{apart.reports, POLLIN, 0}, {interrupt, POLLIN, 0}};
    while (poll(files, LENGTH(files), -1) < 0 && errno == EINTR) {}
    bool interrupted = files[1].revents;
    if (interrupted) err_set(err, ERR_INTERRUPTED, "interrupted");
    return finish(&apart, interrupted, err);
}
