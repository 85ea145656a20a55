#pragma once
/* A small web server for tests, in a child of its own process group: one process a connection, the path says how to answer. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

struct http_server {
    pid_t pid;
    unsigned short port;
};

static inline void server_say(int fd, const char *text) {
    if (fs_write_all(fd, text, strlen(text))) _exit(0);
}

/* Reads one request, head and body. */
static inline void server_read(int fd, struct str *request) {
    char buffer[4096];
    const char *end = NULL, *length;
    size_t want = 0;
    while (!end || request->len < want) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0) _exit(0);
        str_append_bytes(request, buffer, (size_t)got);
        if (end || !(end = strstr(request->data, "\r\n\r\n"))) continue;
        length = strcasestr(request->data, "content-length:");
        want = (size_t)(end - request->data) + 4 + (length && length < end ? strtoul(length + 15, NULL, 10) : 0);
    }
}

static inline void server_say_forever(int fd, const char *head, const char *more) {
    struct str many = STR_INIT;
    for (int i = 0; i < 200; i++) str_append(&many, more);
    server_say(fd, head);
    for (;;) server_say(fd, many.data);
}

/* Pages of metrics; false for other paths. */
static inline int server_metrics(int fd, const char *path) {
    static const char *const pages[][3] = {
        {"/metrics", "text/plain; version=0.0.4; charset=utf-8", "# TYPE n counter\nn{a=\"b\"} 4\n"},
        {"/metrics/open", "application/openmetrics-text; version=1.0.0", "# TYPE n counter\nn_total 5\n# EOF\n"},
        {"/metrics/cut", "application/openmetrics-text; version=1.0.0", "# TYPE n counter\nn_total 5\n"},
        {"/metrics/json", "application/json", "\"n 1\\n\""},
        {"/metrics/wrong", "text/plain", "n 1\nn one\n"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        const char *const *page = pages[i];
        if (strcmp(path, page[0]) != 0) continue;
        dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                page[1], strlen(page[2]), page[2]);
        return 1;
    }
    return 0;
}

/* Waits until the other side goes away. */
static inline void server_hang(int fd) {
    char byte;
    while (read(fd, &byte, 1) > 0) continue;
    _exit(0);
}

static inline void server_redirect(int fd, const char *to) {
    dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", to);
}

static inline void server_stream(int fd, int whole) {
    static const char *const parts[] = {": hello\n\n", "data: one\n\n",
                                        "event: tick\nid: 7\ndata: two\ndata: lines\n\n", "data:three\r\n\r\n",
                                        "data: never ended\n"};
    server_say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) server_say(fd, parts[i]);
    if (!whole) server_hang(fd);
}

/* One chunk, and no last one. */
static inline void server_cut(int fd) {
    server_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nb\r\ndata: one\n\n\r\n");
}

static inline void server_answer(int fd, const struct str *request) {
    char method[16], path[256];
    if (sscanf(request->data, "%15s %255s", method, path) != 2) return;
    if (!strcmp(path, "/hang")) server_hang(fd);
    if (!strcmp(path, "/close")) return;
    if (!strcmp(path, "/nonsense")) server_say(fd, "\x01\x02\x03 what\r\n\r\n");
    if (!strcmp(path, "/big"))
        server_say_forever(fd, "HTTP/1.1 200 OK\r\n\r\n",
                           "0123456789012345678901234567890123456789012345678901234567890");
    if (!strcmp(path, "/headers"))
        server_say_forever(fd, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789012345678901234567\r\n");
    if (server_metrics(fd, path)) return;
    if (!strcmp(path, "/stream"))
        server_stream(fd, 1);
    else if (!strcmp(path, "/endless"))
        server_stream(fd, 0);
    else if (!strcmp(path, "/cut"))
        server_cut(fd);
    else if (!strcmp(path, "/loop"))
        server_redirect(fd, "/loop");
    else if (!strncmp(path, "/to?", 4))
        server_redirect(fd, path + 4);
    else {
        int status = !strncmp(path, "/status/", 8) ? atoi(path + 8) : 200;
        const char *body = !strcmp(path, "/json") ? "{\"a\": [1, 2.5]}" : request->data;
        if (!strcmp(method, "HEAD")) body = "";
        dprintf(fd, "HTTP/1.1 %d Word\r\nX-One:  a \r\nx-one: b\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                status, strlen(body), body);
    }
}

static inline void server_loop(int listener) {
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) _exit(1);
        if (!fork()) {
            struct str request = STR_INIT;
            server_read(fd, &request);
            server_answer(fd, &request);
            shutdown(fd, SHUT_WR);
            server_hang(fd);
        }
        close(fd);
    }
}

static inline void server_start(struct http_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    server->pid = fork();
    if (!server->pid) {
        setpgid(0, 0);
        server_loop(listener);
    }
    setpgid(server->pid, server->pid);
    close(listener);
}

static inline void server_stop(const struct http_server *server) {
    kill(-server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}
