/* Connections to services, on the loopback of the box. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "box/internal.h"
#include "box/loopback.h"

static const double connect_seconds = 5;

/* Waits until a connection that is being made is made or refused; errno says which. */
static int await_connection(struct box *box, int fd, struct err *err) {
    double deadline = clock_monotonic() + connect_seconds;
    enum turn turn = TURN_DONE;
    while (turn == TURN_DONE && clock_monotonic() < deadline) turn = loop_turn(box, deadline, fd, POLLOUT);
    if (turn == TURN_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (turn == TURN_READY) (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error ? err_errno(err, ERR_ENVIRONMENT, "cannot connect") : 0;
}

static int connect_here(uint16_t port, struct err *err) {
    int fd = loopback_connect(port);
    return fd < 0 ? err_errno(err, ERR_ENVIRONMENT, "cannot connect") : fd;
}

static int finish_connection(struct box *box, int fd, struct err *err) {
    if (await_connection(box, fd, err)) return -1;
    return fcntl(fd, F_SETFL, 0) ? err_errno(err, ERR_ENVIRONMENT, "cannot set up the connection") : 0;
}

int box_connect(struct box *box, uint16_t port, struct err *err) {
    autoclose int fd = is_sandboxed(box) ? walled_connect(box, port, err) : connect_here(port, err);
    if (fd < 0 || finish_connection(box, fd, err)) return err_wrap(err, "127.0.0.1:%u", (unsigned)port);
    return steal_fd(&fd);
}
