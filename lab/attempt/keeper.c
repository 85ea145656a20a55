#include "attempt/keeper.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attempt/child.h"
#include "attempt/keeping.h"
#include "base/clock.h"
#include "base/json.h"

static const double FAREWELL_SECONDS = 2; /* for ending a box with services in it */
static const double ANSWER_SECONDS = 5;   /* for a look at all services, however busy the machine */

int keeper_start(struct keeper *keeper, const struct attempt *attempt, struct err *err) {
    int frames[2], desks[2];
    if (!attempt->instance_count) return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, frames))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    autoclose int ours = frames[0], theirs = frames[1];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, desks))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    autoclose int counter = desks[0], inside = desks[1];
    pid_t parent = getpid();
    fflush(NULL);
    keeper->pid = fork();
    if (!keeper->pid) {
        close(ours);
        close(counter);
        keeping_main(attempt, theirs, inside, parent);
    }
    if (keeper->pid < 0) return err_errno(err, ERR_INTERNAL, "cannot start a process");
    keeper->channel = steal_fd(&ours);
    keeper->desk = steal_fd(&counter);
    return 0;
}

bool keeper_next(const struct keeper *keeper, struct frame *frame) {
    return !channel_receive(keeper->channel, frame, NULL);
}

/* 1 when it says something, 0 when the time is over, -1 when the interrupt comes. */
static int await_word(const struct keeper *keeper, int interrupt, double deadline) {
    for (;;) {
        struct pollfd fds[] = {{.fd = interrupt, .events = POLLIN}, {.fd = keeper->channel, .events = POLLIN}};
        int count = poll(fds, LENGTH(fds), clock_poll_timeout(deadline));
        if (count > 0) return fds[0].revents ? -1 : 1;
        if (!count && clock_monotonic() >= deadline) return 0;
    }
}

int keeper_look(struct keeper *keeper, int interrupt, json_t **word) {
    double deadline = clock_monotonic() + ANSWER_SECONDS;
    autojson json_t *request = json_object();
    json_put(request, "look", json_integer(++keeper->looks));
    (void)channel_send(keeper->channel, request, NULL, 0, NULL); /* one that is gone has left its last word */
    *word = NULL;
    for (;;) {
        scoped(frame) frame = {.descriptor = -1};
        int came = await_word(keeper, interrupt, deadline);
        if (came <= 0) return came;
        if (!keeper_next(keeper, &frame)) return 1;
        if (strcmp(json_get_string(frame.json, "event", ""), "looked") != 0) {
            *word = json_incref(frame.json);
            return 1;
        }
        if (json_get_integer(frame.json, "look", 0) == keeper->looks) return 0; /* not to one that came late */
    }
}

void keeper_end(struct keeper *keeper) {
    if (keeper->pid > 0) {
        kill(keeper->pid, SIGTERM);
        child_end(keeper->pid, clock_monotonic() + FAREWELL_SECONDS);
    }
    mem_close_descriptor(&keeper->channel);
    mem_close_descriptor(&keeper->desk);
    *keeper = (struct keeper)KEEPER_INIT;
}
