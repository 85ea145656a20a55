/* Ctrl-C and its like, for commands that have something to end first. */

#include <sys/signalfd.h>
#include <unistd.h>

#include "base/interrupts.h"
#include "commands/command.h"

int command_interrupts(struct err *err) {
    sigset_t set = interrupt_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? err_errno(err, ERR_INTERNAL, "cannot watch for Ctrl-C") : fd;
}

void command_interrupts_end(int descriptor, bool heeded) {
    sigset_t set = interrupt_signals();
    struct signalfd_siginfo signal;
    while (heeded && read(descriptor, &signal, sizeof signal) > 0) {}
    close(descriptor);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
