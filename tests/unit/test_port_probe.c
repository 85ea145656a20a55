/* Asking servers whether they are ready: lab/base/port_probe. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/port_probe.h"

struct pair {
    struct port_probe probe;
    int server;
};

static struct pair begin_with(const char *path, bool proxied) {
    int ends[2];
    struct pair pair = {.probe = PORT_PROBE_INIT};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pair.server = ends[1];
    port_probe_begin(&pair.probe, ends[0], 8000, path, proxied);
    return pair;
}

static struct pair begin(const char *path) { return begin_with(path, false); }

static void end(struct pair *pair) {
    port_probe_release(&pair->probe);
    if (pair->server >= 0) close(pair->server);
}

static void expect_end(const struct port_probe *probe, bool good, const char *said) {
    assert_true(probe->over);
    assert_int_equal(probe->good, good);
    assert_string_equal(probe->said, said);
}

static void answers(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        bool good;
        const char *said;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\n\r\n", true, "it answers with status 200"},
        {"HTTP/1.0 302 Found\r\n", true, "it answers with status 302"},
        {"HTTP/1.1 503 Not yet\r\n", false, "it answers with status 503"},
        {"HTTP/1.1 404", false, "it answers with status 404"},
        {"HTTP/2.0 200 OK\r\n", false, "what answers there does not speak HTTP"},
        {"HTTP/1.1 2xx OK\r\n", false, "what answers there does not speak HTTP"},
        {"-ERR unknown command\r\n", false, "what answers there does not speak HTTP"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = begin("/");
        assert_true(write(pair.server, rows[i].answer, strlen(rows[i].answer)) > 0);
        assert_int_equal(shutdown(pair.server, SHUT_WR), 0);
        port_probe_step(&pair.probe);
        expect_end(&pair.probe, rows[i].good, rows[i].said);
        end(&pair);
    }
}

static void what_it_asks(void **state) {
    (void)state;
    static const char line[] = "GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n";
    char asked[512] = "";
    struct pair pair = begin("/health?full=1");
    assert_int_equal(port_probe_events(&pair.probe), POLLOUT);
    port_probe_step(&pair.probe);
    assert_int_equal(port_probe_events(&pair.probe), POLLIN);
    assert_true(read(pair.server, asked, sizeof asked - 1) > 0);
    assert_memory_equal(asked, line, strlen(line));
    assert_string_equal(strstr(asked, "Connection"), "Connection: close\r\n\r\n");
    end(&pair);
}

/* A server that says one byte at a time is waited for; one that goes away is not. */
static void pieces(void **state) {
    (void)state;
    char asked[512];
    struct pair pair = begin("/");
    port_probe_step(&pair.probe);
    assert_true(read(pair.server, asked, sizeof asked) > 0);
    for (const char *c = "HTTP/1.1 20"; *c; c++) {
        assert_int_equal(write(pair.server, c, 1), 1);
        port_probe_step(&pair.probe);
        assert_false(pair.probe.over);
    }
    close(steal_fd(&pair.server));
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, false, "it ends the connection without an answer");
    end(&pair);
}

/* A server that goes on after its status may, for a moment, and no longer. */
static void the_rest(void **state) {
    (void)state;
    static const char status[] = "HTTP/1.1 200 OK\r\n", more[8192] = "x";
    struct pair pair = begin("/");
    assert_true(write(pair.server, status, strlen(status)) > 0);
    port_probe_step(&pair.probe);
    assert_false(pair.probe.over);
    for (int i = 0; i < 4; i++) {
        assert_true(write(pair.server, more, sizeof more) > 0);
        port_probe_step(&pair.probe);
        assert_false(pair.probe.over);
    }
    pair.probe.deadline = 0;
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, true, "it answers with status 200");
    end(&pair);
}

static void silence(void **state) {
    (void)state;
    struct pair pair = begin("/");
    port_probe_step(&pair.probe);
    assert_false(pair.probe.over);
    pair.probe.deadline = 0;
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, false, "it does not answer within 5 s");
    end(&pair);
}

static void mere_connection(void **state) {
    (void)state;
    struct pair pair = begin(NULL);
    assert_int_equal(port_probe_events(&pair.probe), POLLOUT);
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, true, "it takes connections");
    end(&pair);
}

/* ---- behind a proxy ---- */

static void a_connection_that_lasts(void **state) {
    (void)state;
    struct pair pair = begin_with(NULL, true);
    assert_int_equal(port_probe_events(&pair.probe), POLLOUT);
    port_probe_step(&pair.probe);
    assert_false(pair.probe.over);
    assert_int_equal(port_probe_events(&pair.probe), POLLIN);
    pair.probe.deadline = 0;
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, true, "it takes connections");
    end(&pair);
}

static void a_server_that_greets(void **state) {
    (void)state;
    struct pair pair = begin_with(NULL, true);
    assert_int_equal(write(pair.server, "220 mail at your service\r\n", 26), 26);
    port_probe_step(&pair.probe);
    expect_end(&pair.probe, true, "it takes connections");
    end(&pair);
}

/* The proxy finds nobody behind it: at once, or after a while. */
static void a_connection_that_is_ended(void **state) {
    (void)state;
    for (int after = 0; after < 2; after++) {
        struct pair pair = begin_with(NULL, true);
        if (after) port_probe_step(&pair.probe);
        close(steal_fd(&pair.server));
        port_probe_step(&pair.probe);
        expect_end(&pair.probe, false, "it ends the connection without an answer");
        end(&pair);
    }
}

/* ---- the loopback ---- */

/* A socket with a port that nobody listens on. */
static int bind_somewhere(struct sockaddr_in *address) {
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (const struct sockaddr *)address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

static void follow(struct port_probe *probe) {
    while (!probe->over) {
        struct pollfd file = {.fd = probe->fd, .events = port_probe_events(probe)};
        assert_int_equal(poll(&file, 1, 5000), 1);
        port_probe_step(probe);
    }
}

static void nobody_listens(void **state) {
    (void)state;
    struct sockaddr_in address;
    struct port_probe probe = PORT_PROBE_INIT;
    int owner = bind_somewhere(&address), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
        close(fd);
        fd = -1;
    }
    port_probe_begin(&probe, fd, ntohs(address.sin_port), NULL, false);
    follow(&probe);
    expect_end(&probe, false, "nothing listens on its port");
    port_probe_release(&probe);
    close(owner);
}

/* As a proxy of containers does when nothing listens in one. */
static void a_listener_that_hangs_up(void **state) {
    (void)state;
    struct sockaddr_in address;
    struct port_probe probe = PORT_PROBE_INIT;
    int listener = bind_somewhere(&address), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(accept(listener, NULL, NULL));
    port_probe_begin(&probe, fd, ntohs(address.sin_port), NULL, true);
    follow(&probe);
    expect_end(&probe, false, "it ends the connection without an answer");
    port_probe_release(&probe);
    close(listener);
}

static void a_connection_to_itself(void **state) {
    (void)state;
    struct sockaddr_in address;
    struct port_probe probe = PORT_PROBE_INIT;
    int fd = bind_somewhere(&address);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    port_probe_begin(&probe, fd, ntohs(address.sin_port), NULL, false);
    port_probe_step(&probe);
    expect_end(&probe, false, "nothing listens on its port");
    port_probe_release(&probe);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(what_it_asks),
        cmocka_unit_test(pieces),
        cmocka_unit_test(the_rest),
        cmocka_unit_test(silence),
        cmocka_unit_test(mere_connection),
        cmocka_unit_test(a_connection_that_lasts),
        cmocka_unit_test(a_server_that_greets),
        cmocka_unit_test(a_connection_that_is_ended),
        cmocka_unit_test(a_listener_that_hangs_up),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_connection_to_itself),
    };
    return cmocka_run_group_tests_name("port_probe", tests, NULL, NULL);
}
