#include "services/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- becoming ---- */

/* Waits for the byte that says that the state file names this process; without it, lab is gone. */
static void wait_for_go(int go) {
    char byte;
    ssize_t len;
    do len = read(go, &byte, 1);
    while (len < 0 && errno == EINTR);
    if (len != 1) _exit(127);
}

/* In the child: never returns. */
static void become(const struct child_program *program, int go, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    setsid();
    signal(SIGPIPE, SIG_DFL);
    if (!program->stays) prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if ((!program->stays && getppid() != parent) || nothing < 0) _exit(127);
    if (dup2(nothing, 0) < 0 || dup2(program->output, 1) < 0 || dup2(program->output, 2) < 0) _exit(127);
    if (program->stays) wait_for_go(go);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* sockets of lab's among them */
    if (!chdir(program->directory)) {
        /* execve takes the strings as const in all but name (POSIX, exec, rationale). */
        union {
            const char *const *borrowed;
            char *const *plain;
        } argv = {program->argv}, environment = {program->environment};
        execve(program->argv[0], argv.plain, environment.plain);
    }
    dprintf(2, "cannot run %s: %s\n", program->argv[0], strerror(errno));
    _exit(127);
}

int child_start(struct child *child, const struct child_program *program, struct err *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot run %s", program->argv[0]);
    autoclose int read_end = ends[0], write_end = ends[1];
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (!pid) {
        close(write_end); /* or the end of lab would never be seen */
        become(program, read_end, parent);
    }
    if (pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot run %s", program->argv[0]);
    *child = (struct child){.pid = pid, .ended = (int)syscall(SYS_pidfd_open, pid, 0), .go = -1};
    if (program->stays) child->go = steal_fd(&write_end);
    if (child->ended >= 0) return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot follow %s", program->argv[0]);
    child_release(child);
    return -1;
}

int child_go(struct child *child) {
    ssize_t len = write(child->go, "", 1);
    close(child->go);
    child->go = -1;
    return len == 1 ? 0 : -1;
}

/* ---- its end ---- */

void child_leave(struct child *child) {
    if (child->ended >= 0) close(child->ended);
    if (child->go >= 0) close(child->go);
    *child = (struct child)CHILD_INIT;
}

bool child_has_ended(struct child *child, int *status) {
    int how = 0;
    if (waitpid(child->pid, &how, WNOHANG) != child->pid) return false;
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    child_leave(child);
    return true;
}

void child_wait(const struct child *child, int timeout_ms) {
    struct pollfd file = {.fd = child->ended, .events = POLLIN};
    poll(&file, 1, timeout_ms);
}

/* It stays a zombie until it is waited for, so that neither its number nor its group's is another's. */
void child_release(struct child *child) {
    if (child->pid) {
        kill(child->pid, SIGKILL);
        kill(-child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    child_leave(child);
}
