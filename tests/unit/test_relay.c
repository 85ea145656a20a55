/* Connections that are carried to services: lab/attempt/relay. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attempt/relay.h"

enum { PORT = 8000 };

/* A relay, a listener that it was handed, and the service, which is a listener as well. */
struct bench {
    struct relay relay;
    int desk, inside;
    int listener, service;
};

static int listen_somewhere(struct sockaddr_in *address) {
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int connect_to(const struct sockaddr_in *address) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof *address), 0);
    return fd;
}

static struct sockaddr_in service_address, entrance;

static int connect_service(void *context, uint16_t port) {
    (void)context;
    assert_int_equal(port, PORT);
    return connect_to(&service_address);
}

static void open_bench(struct bench *b) {
    int desks[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, desks), 0);
    b->desk = desks[0];
    b->inside = desks[1];
    b->service = listen_somewhere(&service_address);
    b->listener = listen_somewhere(&entrance);
    assert_int_equal(relay_open(&b->relay, b->inside, connect_service, NULL, NULL), 0);
    assert_int_equal(relay_hand_in(b->desk, PORT, b->listener, NULL), 0);
    relay_turn(&b->relay);
}

static void close_bench(struct bench *b) {
    relay_close(&b->relay);
    close(b->desk);
    close(b->inside);
    close(b->service);
    close(b->listener);
}

/* Turns until the descriptor has something to read. */
static void turn_until(struct bench *b, int fd) {
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = b->relay.poll, .events = POLLIN}};
    while (poll(fds, 2, 10000) > 0) {
        if (fds[0].revents) return;
        relay_turn(&b->relay);
    }
    fail_msg("nothing came");
}

static int accept_at(struct bench *b) {
    turn_until(b, b->service);
    int fd = accept4(b->service, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void expect_bytes(struct bench *b, int fd, const char *bytes) {
    char got[64];
    turn_until(b, fd);
    assert_int_equal(recv(fd, got, sizeof got, 0), strlen(bytes));
    assert_memory_equal(got, bytes, strlen(bytes));
}

static void expect_end(struct bench *b, int fd) {
    char byte;
    turn_until(b, fd);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

static void bytes_and_ends_pass_both_ways(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    int client = connect_to(&entrance), server = accept_at(&b);
    assert_int_equal(send(client, "GET", 3, 0), 3);
    expect_bytes(&b, server, "GET");
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    expect_end(&b, server);
    assert_int_equal(send(server, "200", 3, 0), 3); /* one half may end before the other */
    expect_bytes(&b, client, "200");
    close(server);
    expect_end(&b, client);
    close(client);
    close_bench(&b);
}

/* Whoever comes when no descriptor is left is turned away, and nobody waits in vain; later ones are carried again. */
static void it_ceases_to_ask_when_no_descriptor_is_left(void **state) {
    (void)state;
    struct bench b;
    struct rlimit usual, spent;
    open_bench(&b);
    int client = connect_to(&entrance), least = dup(client);
    close(least);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    spent = (struct rlimit){(rlim_t)least, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &spent), 0);
    expect_end(&b, client);
    struct pollfd idle = {.fd = b.relay.poll, .events = POLLIN};
    assert_int_equal(poll(&idle, 1, 0), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    close(client);
    client = connect_to(&entrance);
    int server = accept_at(&b);
    assert_int_equal(send(server, "hello", 5, 0), 5);
    expect_bytes(&b, client, "hello");
    close(server);
    close(client);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_ends_pass_both_ways),
        cmocka_unit_test(it_ceases_to_ask_when_no_descriptor_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
