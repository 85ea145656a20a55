#include "box/box.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/internal.h"

static const double connect_seconds = 5;

/* The process whose box is open; a fork of it may open one of its own. */
static pid_t opener;

const char *box_limit_name(enum box_limit limit) {
    static const char *const names[] = {
        [BOX_LIMIT_NONE] = "none",     [BOX_LIMIT_WALL] = "wall time",      [BOX_LIMIT_CPU] = "processor time",
        [BOX_LIMIT_MEMORY] = "memory", [BOX_LIMIT_PROCESSES] = "processes", [BOX_LIMIT_DISK] = "disk",
        [BOX_LIMIT_FILES] = "files",   [BOX_LIMIT_FILE_SIZE] = "file size",
    };
    return names[limit];
}

const char *const *box_isolation(const struct box *box) {
    static const char *const layers[] = {"rlimits", "process-group", "subreaper", NULL};
    (void)box;
    return layers;
}

/* ---- opening and closing ---- */

/* Without 0, 1 and 2 open, a pipe of ours could take their numbers and be overwritten in the child. */
static int ensure_standard_descriptors(struct err *err) {
    int fd;
    do fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open /dev/null");
    close(fd);
    return 0;
}

static int open_writable(struct box *box, const char *const *folders, struct err *err) {
    for (; folders && *folders; folders++) {
        int fd = open(*folders, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open the folder %s", *folders);
        *array_push(&box->writable) = fd;
    }
    return 0;
}

/* An ignored SIGCHLD would make children vanish with their status; SIGPIPE would end us for a program's stdin. Handlers
 * of the caller do no harm, and stay. */
static void take_over(struct box *box) {
    prctl(PR_GET_CHILD_SUBREAPER, &box->was_subreaper, 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sigaction(SIGCHLD, NULL, &box->old_child);
    sigaction(SIGPIPE, NULL, &box->old_pipe);
    if (box->old_child.sa_handler == SIG_IGN || (box->old_child.sa_flags & SA_NOCLDWAIT))
        sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    if (box->old_pipe.sa_handler == SIG_DFL) sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
}

static void give_back(const struct box *box) {
    sigaction(SIGPIPE, &box->old_pipe, NULL);
    sigaction(SIGCHLD, &box->old_child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, box->was_subreaper, 0, 0, 0);
}

static void free_box(struct box *box) {
    for (size_t i = 0; i < box->writable.count; i++) close(box->writable.items[i]);
    if (box->children >= 0) close(box->children);
    array_free(&box->writable);
    array_free(&box->members);
    array_free(&box->listed);
    array_free(&box->scanned);
    free(box);
}

int box_open(struct box **box, const struct box_config *config, struct err *err) {
    if (opener == getpid()) return err_set(err, ERR_INTERNAL, "a process can have one box only");
    if (ensure_standard_descriptors(err)) return -1;
    struct box *opened = mem_alloc(sizeof *opened);
    opened->owner = getpid();
    opened->limits = config->limits;
    opened->spared = config->spared;
    opened->interrupt = config->interrupt;
    opened->children = -1;
    for (unsigned i = 0; i < UNITS; i++) opened->units[i] = (struct unit)UNIT_INIT;
    if (family_open(opened, err) || open_writable(opened, config->writable, err)) {
        free_box(opened);
        return -1;
    }
    take_over(opened);
    opener = opened->owner;
    *box = opened;
    return 0;
}

void box_close(struct box *box) {
    if (!box) return;
    bool mine = box->owner == getpid();
    if (mine) family_sweep(box, ALL_UNITS);
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].used) unit_release(&box->units[i]);
    if (mine) {
        give_back(box);
        opener = 0;
    }
    free_box(box);
}

/* ---- waiting and connecting ---- */

int box_wait(struct box *box, int fd, double deadline, struct err *err) {
    for (;;) {
        enum turn turn = loop_turn(box, deadline, fd, POLLIN);
        if (turn == TURN_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (turn == TURN_READY) return 1;
        if (deadline > 0 && clock_monotonic() >= deadline) return 0;
    }
}

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

static int finish_connection(struct box *box, int fd, uint16_t port, struct err *err) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        if (errno != EINPROGRESS) return err_errno(err, ERR_ENVIRONMENT, "cannot connect");
        if (await_connection(box, fd, err)) return -1;
    }
    return fcntl(fd, F_SETFL, 0) ? err_errno(err, ERR_ENVIRONMENT, "cannot set up the connection") : 0;
}

int box_connect(struct box *box, uint16_t port, struct err *err) {
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot make a socket");
    if (finish_connection(box, fd, port, err)) return err_wrap(err, "127.0.0.1:%u", (unsigned)port);
    return steal_fd(&fd);
}
