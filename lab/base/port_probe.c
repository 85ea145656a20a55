#include "base/port_probe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

static const double ASK_SECONDS = 5, REST_SECONDS = 0.2, HOLD_SECONDS = 0.3;
static const char connects[] = "it takes connections";

enum { STATUS_LINE = 12 /* "HTTP/1.1 200" */, REST_MOST = 64 << 10 };

static void finish(struct port_probe *probe, bool good, const char *said) {
    probe->over = true;
    probe->good = good;
    snprintf(probe->said, sizeof probe->said, "%s", said);
}

static void fail(struct port_probe *probe, int code) {
    finish(probe, false, code == ECONNREFUSED ? "nothing listens on its port" : strerror(code));
}

void port_probe_begin(struct port_probe *probe, int fd, uint16_t port, const char *path, bool proxied) {
    int code = errno;
    *probe = (struct port_probe){
        .fd = fd, .http = path, .proxied = proxied, .deadline = clock_monotonic() + ASK_SECONDS, .request = STR_INIT};
    if (path)
        str_printf(&probe->request,
                   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: lab/" LAB_VERSION
                   "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                   path, (unsigned)port);
    if (fd < 0) fail(probe, code);
}

void port_probe_release(struct port_probe *probe) {
    mem_close_descriptor(&probe->fd);
    str_release(&probe->request);
    *probe = (struct port_probe)PORT_PROBE_INIT;
}

short port_probe_events(const struct port_probe *probe) {
    return !probe->held && (!probe->http || probe->request.len) ? POLLOUT : POLLIN;
}

/* ---- its way ---- */

/* One digit of the version stands behind the dot (RFC 9112, section 4). */
static void judge(struct port_probe *probe) {
    enum { VERSION = 9, STATUS = 3 };
    const char *answer = probe->answer;
    autofree char *digits = mem_copy(answer + VERSION, STATUS);
    if (strncmp(answer, "HTTP/1.", 7) != 0 || answer[VERSION - 1] != ' ' || strspn(digits, "0123456789") != STATUS) {
        finish(probe, false, "what answers there does not speak HTTP");
        return;
    }
    probe->answered = true;
    probe->good = digits[0] == '2' || digits[0] == '3';
    probe->deadline = clock_monotonic() + REST_SECONDS;
    snprintf(probe->said, sizeof probe->said, "it answers with status %s", digits);
}

/* A port that nobody listens on can be chosen as the near end of a connection to it, which then meets itself. */
static bool meets_itself(int fd) {
    struct sockaddr_storage near = {0}, far = {0};
    socklen_t near_len = sizeof near, far_len = sizeof far;
    if (getsockname(fd, (struct sockaddr *)&near, &near_len) || getpeername(fd, (struct sockaddr *)&far, &far_len))
        return false;
    return near.ss_family != AF_UNIX && near_len == far_len && !memcmp(&near, &far, near_len);
}

static bool is_connected(struct port_probe *probe) {
    struct sockaddr_storage far;
    socklen_t far_len = sizeof far, code_len = sizeof(int);
    int code = 0;
    if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &code, &code_len)) code = errno;
    if (!code && meets_itself(probe->fd)) code = ECONNREFUSED;
    if (code) fail(probe, code);
    return !code && !getpeername(probe->fd, (struct sockaddr *)&far, &far_len);
}

static void ask(struct port_probe *probe) {
    ssize_t sent = send(probe->fd, probe->request.data, probe->request.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) fail(probe, errno);
    if (sent > 0) str_drop(&probe->request, (size_t)sent);
}

static void take_end(struct port_probe *probe, int code) {
    if (probe->answered)
        probe->over = true;
    else if (code)
        fail(probe, code);
    else
        finish(probe, false, "it ends the connection without an answer");
}

/* Whether something came. */
static bool listen_to(struct port_probe *probe) {
    char rest[4096];
    char *to = probe->answered ? rest : probe->answer + probe->got;
    size_t room = probe->answered ? sizeof rest : sizeof probe->answer - probe->got;
    ssize_t got = recv(probe->fd, to, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
        take_end(probe, got ? errno : 0);
        return false;
    }
    probe->got += (size_t)got;
    if (!probe->http) finish(probe, true, connects);
    if (probe->http && !probe->answered && probe->got >= STATUS_LINE) judge(probe);
    probe->over |= probe->got > REST_MOST;
    return !probe->over;
}

/* A mere connection is enough, or is held for a moment to see whether it lasts. */
static void hold(struct port_probe *probe) {
    if (!probe->proxied) {
        finish(probe, true, connects);
    } else if (!probe->held) {
        probe->held = true;
        probe->deadline = clock_monotonic() + HOLD_SECONDS;
    }
}

void port_probe_step(struct port_probe *probe) {
    if (probe->over) return;
    if (is_connected(probe)) {
        if (!probe->http) hold(probe);
        if (probe->request.len) ask(probe);
        while (!probe->over && !probe->request.len && listen_to(probe)) continue;
    }
    if (probe->over || clock_monotonic() <= probe->deadline) return;
    if (probe->answered)
        probe->over = true;
    else if (probe->held)
        finish(probe, true, connects);
    else
        finish(probe, false, "it does not answer within 5 s");
}
