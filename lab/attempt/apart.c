#include "attempt/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

int apart_run(int (*work)(void *context, struct err *err), void *context, struct box *box, struct err *err) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_INTERNAL, "cannot make a pipe");
    autoclose int reports = ends[0], report = ends[1];
    pid_t pid = fork();
    if (!pid) work_apart(work, context, report, parent);
    if (pid < 0) return err_errno(err, ERR_INTERNAL, "cannot start a process");
    close(steal_fd(&report));
    box_spare(box, pid);
    bool interrupted = box_wait(box, reports, 0, err) < 0;
    struct outcome outcome = {.status = -1};
    bool reported = !interrupted && read(reports, &outcome, sizeof outcome) == sizeof outcome;
    end_child(pid);
    box_unspare(box, pid);
    if (interrupted) return -1;
    if (!reported) return err_set(err, ERR_INTERNAL, "lab's own process for this ended early");
    if (outcome.status && err) *err = outcome.err;
    return outcome.status;
}
