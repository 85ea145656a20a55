/* Ctrl-C and its like, for commands that have something to end first. */

#include <signal.h>
#include <sys/signalfd.h>

#include "commands/command.h"

int command_interrupts(struct err *err) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? err_errno(err, ERR_INTERNAL, "cannot watch for Ctrl-C") : fd;
}
