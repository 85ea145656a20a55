#include "attempt/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "box/init.h"

enum { LINKS_MOST = 256, BUFFER_SIZE = 64 * 1024, ROUNDS_MOST = 64 /* of one link in a turn */ };
enum { LINK_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

/* What was read from one end of a link and not yet written to the other. */
struct flow {
    char *bytes;
    size_t begin, end;
    bool ended;  /* nothing more comes */
    bool passed; /* and the other end was told so */
};

/* A listener has one descriptor; a link two, and a flow from each. */
struct relay_source {
    int ends[2];
    uint16_t port; /* of the service; 0: a link */
    bool over;
    struct flow flows[2];
};

static void free_source(struct relay_source *source) {
    for (int i = 0; i < 2; i++) {
        mem_close_descriptor(&source->ends[i]);
        free(source->flows[i].bytes);
    }
    free(source);
}

/* ---- opening and closing ---- */

static int watch(const struct relay *relay, int fd, uint32_t events, struct relay_source *source) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(relay->poll, EPOLL_CTL_ADD, fd, &event);
}

static int open_spare(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

int relay_open(struct relay *relay, int desk, relay_connect *connect, void *context, struct err *err) {
    *relay = (struct relay){.poll = epoll_create1(EPOLL_CLOEXEC),
                            .desk = desk,
                            .spare = open_spare(),
                            .connect = connect,
                            .context = context};
    if (relay->poll >= 0 && relay->spare >= 0 && !fcntl(desk, F_SETFL, O_NONBLOCK) &&
        !watch(relay, desk, EPOLLIN, NULL))
        return 0;
    err_errno(err, ERR_INTERNAL, "cannot watch connections to services");
    mem_close_descriptor(&relay->poll);
    mem_close_descriptor(&relay->spare);
    return -1;
}

void relay_close(struct relay *relay) {
    for (size_t i = 0; i < relay->sources.count; i++) free_source(relay->sources.items[i]);
    array_free(&relay->sources);
    mem_close_descriptor(&relay->poll);
    mem_close_descriptor(&relay->spare);
}

static struct relay_source *add_source(struct relay *relay, int first, int second, uint16_t port) {
    struct relay_source *source = mem_alloc(sizeof *source);
    *source = (struct relay_source){.ends = {first, second}, .port = port};
    *array_push(&relay->sources) = source;
    return source;
}

/* ---- the desk ---- */

int relay_hand_in(int desk, uint16_t port, int listener, struct err *err) {
    ssize_t sent = init_send(desk, &port, sizeof port, &listener, 1);
    return sent == sizeof port ? 0 : err_errno(err, ERR_INTERNAL, "the services' process does not answer");
}

static void take_listeners(struct relay *relay) {
    uint16_t port;
    int listener;
    ssize_t got;
    while ((got = init_receive(relay->desk, &port, sizeof port, &listener, 1)) == sizeof port) {
        if (listener < 0) continue;
        struct relay_source *source = add_source(relay, listener, -1, port);
        source->over = watch(relay, listener, EPOLLIN, source) != 0;
    }
    if (!got) (void)epoll_ctl(relay->poll, EPOLL_CTL_DEL, relay->desk, NULL);
}

/* ---- links ---- */

static int set_up(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK) | fcntl(fd, F_SETFD, FD_CLOEXEC); }

static void begin_link(struct relay *relay, int client, uint16_t port) {
    autoclose int near = client;
    autoclose int far = relay->sources.count < LINKS_MOST ? relay->connect(relay->context, port) : -1;
    if (far < 0 || set_up(near) || set_up(far)) return;
    struct relay_source *link = add_source(relay, near, far, 0);
    for (int i = 0; i < 2; i++) {
        link->flows[i].bytes = mem_alloc(BUFFER_SIZE);
        link->over |= watch(relay, link->ends[i], LINK_EVENTS, link) != 0;
    }
    (void)steal_fd(&near);
    (void)steal_fd(&far);
}

/* One whom nobody accepts would be told of for ever. False when nobody waits. */
static bool turn_away(struct relay *relay, int from) {
    mem_close_descriptor(&relay->spare);
    int client = accept4(from, NULL, NULL, SOCK_CLOEXEC);
    mem_close_descriptor(&client);
    relay->spare = open_spare();
    return client >= 0;
}

static void accept_clients(struct relay *relay, const struct relay_source *listener) {
    uint16_t port = listener->port;
    int client, from = listener->ends[0];
    do {
        while ((client = accept4(from, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) begin_link(relay, client, port);
    } while ((errno == EMFILE || errno == ENFILE) && turn_away(relay, from));
}

/* Both of these answer whether anything has moved; a fault ends the link. */
static bool fill(struct relay_source *link, int from) {
    struct flow *flow = &link->flows[from];
    if (flow->begin == flow->end) flow->begin = flow->end = 0;
    if (flow->ended || flow->end == BUFFER_SIZE) return false;
    ssize_t got = recv(link->ends[from], flow->bytes + flow->end, BUFFER_SIZE - flow->end, 0);
    if (got > 0) flow->end += (size_t)got;
    if (!got) flow->ended = true;
    if (got < 0 && errno != EAGAIN && errno != EINTR) link->over = true;
    return got >= 0;
}

static bool drain(struct relay_source *link, int from) {
    struct flow *flow = &link->flows[from];
    int to = link->ends[1 - from];
    if (flow->begin == flow->end) {
        if (!flow->ended || flow->passed) return false;
        (void)shutdown(to, SHUT_WR);
        flow->passed = true;
        link->over |= link->flows[1 - from].passed;
        return true;
    }
    ssize_t put = send(to, flow->bytes + flow->begin, flow->end - flow->begin, MSG_NOSIGNAL);
    if (put > 0) flow->begin += (size_t)put;
    if (put < 0 && errno != EAGAIN && errno != EINTR) link->over = true;
    return put > 0;
}

/* Events tell of changes only, so a link goes on until nothing moves; one that never ceases asks to be told again, after the others. */
static void pump(const struct relay *relay, struct relay_source *link) {
    bool moved = true;
    for (int round = 0; moved && !link->over; round++) {
        if (round == ROUNDS_MOST) {
            struct epoll_event event = {.events = LINK_EVENTS, .data.ptr = link};
            link->over = epoll_ctl(relay->poll, EPOLL_CTL_MOD, link->ends[0], &event) != 0;
            return;
        }
        moved = false;
        for (int from = 0; from < 2 && !link->over; from++) {
            moved |= fill(link, from);
            moved |= !link->over && drain(link, from);
        }
    }
}

/* ---- turning ---- */

/* Only now, since one source may have several events in a turn. */
static void sweep(struct relay *relay) {
    size_t kept = 0;
    for (size_t i = 0; i < relay->sources.count; i++) {
        struct relay_source *source = relay->sources.items[i];
        if (source->over)
            free_source(source);
        else
            relay->sources.items[kept++] = source;
    }
    relay->sources.count = kept;
}

void relay_turn(struct relay *relay) {
    struct epoll_event events[64];
    int count = epoll_wait(relay->poll, events, LENGTH(events), 0);
    for (int i = 0; i < count; i++) {
        struct relay_source *source = events[i].data.ptr;
        if (!source)
            take_listeners(relay);
        else if (source->port)
            accept_clients(relay, source);
        else
            pump(relay, source);
    }
    sweep(relay);
}
