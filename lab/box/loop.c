/* The one place that waits: a poll over the interrupt, the caller's descriptor, and all units' pidfds and pipes. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/internal.h"

static const double grace = 0.3; /* seconds between SIGTERM and SIGKILL */

/* The places in the poll set; those of a unit follow each other. A descriptor of -1 is passed over by poll. */
enum { AT_INTERRUPT, AT_CALLER, AT_UNITS };
enum { AT_END, AT_INPUT, AT_OUTPUTS, PER_UNIT = AT_OUTPUTS + 2 };

static void close_pipe(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* ---- pipes ---- */

static void feed(struct unit *unit) {
    const struct str *pending = &unit->pending;
    ssize_t len = write(unit->input, pending->data + unit->written, pending->len - unit->written);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (len > 0) unit->written += (size_t)len;
    if (len > 0 && unit->written < pending->len) return;
    close_pipe(&unit->input); /* all is written, or nobody reads it any more */
    str_release(&unit->pending);
}

/* Reads once, at most `most` bytes. A program that fills its pipe gets a larger one, which saves it and us many turns. */
static ssize_t drain(struct box *box, struct unit *unit, int stream, size_t most) {
    ssize_t len = read(unit->outputs[stream], box->buffer, most < sizeof box->buffer ? most : sizeof box->buffer);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (len <= 0) {
        close_pipe(&unit->outputs[stream]);
        return 0;
    }
    capture_add(&unit->captures[stream], box->buffer, (size_t)len);
    if (len >= 65536 && !unit->widened[stream]) {
        (void)fcntl(unit->outputs[stream], F_SETPIPE_SZ, PIPE_SIZE);
        unit->widened[stream] = true;
    }
    return len;
}

/* Reads what is in the pipe now and no more: a descriptor that was passed on to a service may keep it filled. */
static void drain_rest(struct box *box, struct unit *unit, int stream) {
    int left = 0;
    if (unit->outputs[stream] < 0 || ioctl(unit->outputs[stream], FIONREAD, &left)) return;
    while (left > 0) {
        ssize_t len = drain(box, unit, stream, (size_t)left);
        if (len <= 0) return;
        left -= (int)len;
    }
}

/* ---- units ---- */

void unit_release(struct unit *unit) {
    close_pipe(&unit->input);
    close_pipe(&unit->pidfd);
    for (int i = 0; i < 2; i++) {
        close_pipe(&unit->outputs[i]);
        close_pipe(&unit->talk[i]);
        capture_release(&unit->captures[i]);
    }
    str_release(&unit->pending);
    *unit = (struct unit)UNIT_INIT;
}

static void note_over(struct box *box, struct unit *unit) {
    box->deaths += !unit->over;
    if (unit->seconds <= 0) unit->seconds = clock_monotonic() - unit->started;
    unit->over = true;
}

void unit_finish(struct box *box, struct unit *unit) {
    if (unit->finished) return;
    unsigned number = (unsigned)(unit - box->units);
    /* A program alone in a sandbox needs no look: init's sweep costs no more. */
    if (unit->over && (!box->sandbox.init || walled_is_shared(box, number)) && family_is_clean(box))
        family_reap(box, unit->pid, number, 0);
    else
        unit->left_behind = family_sweep(box, unit_bit(number));
    note_over(box, unit);
    for (int i = 0; i < 2; i++) {
        drain_rest(box, unit, i);
        close_pipe(&unit->outputs[i]);
    }
    close_pipe(&unit->input);
    close_pipe(&unit->pidfd);
    unit->finished = true;
}

int unit_end_gently(struct box *box, struct unit *unit, struct err *err) {
    double deadline = clock_monotonic() + grace;
    family_collect(box, unit_bit((unsigned)(unit - box->units)), SIGTERM);
    enum turn turn = TURN_DONE;
    while (!unit->over && turn != TURN_INTERRUPTED && clock_monotonic() < deadline)
        turn = loop_turn(box, deadline, -1, 0);
    unit_finish(box, unit);
    return turn == TURN_INTERRUPTED ? err_set(err, ERR_INTERRUPTED, "interrupted") : 0;
}

/* ---- the turn ---- */

static void poll_for(struct pollfd *item, int fd, short events) { *item = (struct pollfd){.fd = fd, .events = events}; }

/* An output whose other end is closed, and a process that has ended, would wake every poll: they become -1. */
static void enlist_unit(const struct unit *unit, struct pollfd *items) {
    bool running = unit->used && !unit->finished;
    poll_for(&items[AT_END], running && !unit->over ? unit->pidfd : -1, POLLIN);
    poll_for(&items[AT_INPUT], running ? unit->input : -1, POLLOUT);
    for (int i = 0; i < 2; i++) poll_for(&items[AT_OUTPUTS + i], running ? unit->outputs[i] : -1, POLLIN);
}

static void attend_unit(struct box *box, struct unit *unit, const struct pollfd *items) {
    if (items[AT_INPUT].revents) feed(unit);
    for (int i = 0; i < 2; i++)
        if (items[AT_OUTPUTS + i].revents) (void)drain(box, unit, i, sizeof box->buffer);
    if (items[AT_END].revents) note_over(box, unit);
}

/* Services that are over, or beyond a limit, end here; the run is ended by box_run, which has its result to fill. */
static void finish_services(struct box *box) {
    for (unsigned i = UNIT_RUN + 1; i < UNITS; i++) {
        struct unit *unit = &box->units[i];
        if (unit->used && (unit->over || unit->limit)) unit_finish(box, unit);
    }
    struct unit *run = &box->units[UNIT_RUN];
    if (run->used || !run->limit) return;
    family_sweep(box, unit_bit(UNIT_RUN)); /* orphans of services, too many or too large */
    run->limit = BOX_LIMIT_NONE;
}

static bool is_anything_running(const struct box *box) {
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].used && !box->units[i].finished) return true;
    return false;
}

enum turn loop_turn(struct box *box, double deadline, int fd, short events) {
    struct pollfd items[AT_UNITS + UNITS * PER_UNIT];
    poll_for(&items[AT_INTERRUPT], box->config.interrupt, POLLIN);
    poll_for(&items[AT_CALLER], fd, events);
    for (unsigned i = 0; i < UNITS; i++) enlist_unit(&box->units[i], &items[AT_UNITS + i * PER_UNIT]);
    bool watched = is_anything_running(box);
    if (watched && (deadline <= 0 || box->next_tick < deadline)) deadline = box->next_tick;
    if (poll(items, LENGTH(items), clock_poll_timeout(deadline)) > 0)
        for (unsigned i = 0; i < UNITS; i++) attend_unit(box, &box->units[i], &items[AT_UNITS + i * PER_UNIT]);
    else
        items[AT_INTERRUPT].revents = items[AT_CALLER].revents = 0;
    if (watched) watch_tick(box);
    finish_services(box);
    if (items[AT_INTERRUPT].revents) return TURN_INTERRUPTED;
    return items[AT_CALLER].revents ? TURN_READY : TURN_DONE;
}
