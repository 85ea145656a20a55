#include "attempt/child.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupts.h"

static int hear_termination(void) {
    sigset_t set = interrupt_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int child_begin(pid_t parent) {
    int interrupt = hear_termination();
    umask(022); /* programs find the same modes whatever the caller's umask is */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    return interrupt;
}

static bool ended_by(pid_t pid, double deadline) {
    do {
        if (waitpid(pid, NULL, WNOHANG)) return true;
        nanosleep(&(struct timespec){.tv_nsec = 2 * 1000 * 1000}, NULL);
    } while (clock_monotonic() < deadline);
    return false;
}

void child_end(pid_t pid, double deadline) {
    if (ended_by(pid, deadline)) return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
