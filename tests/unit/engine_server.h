#pragma once
/* A container engine for tests, in a child: it listens on a Unix socket, and answers each request by its method and path. What it
 * says to /_ping depends on the manner that it was started with. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

enum engine_manner {
    ENGINE_DOCKER,
    ENGINE_NEW,
    ENGINE_OLD,
    ENGINE_PODMAN,
    ENGINE_HANGS,
    ENGINE_NONSENSE,
    ENGINE_ENDLESS,
    ENGINE_WEB
};

struct engine_answer {
    const char *asks; /* "GET /v1.41/containers/a/json": the beginning of the request's first line */
    int status;
    const char *body; /* "HANG" and "ENDLESS" do so */
    size_t len;       /* of a body with NULs; 0: that of the text */
};

struct engine {
    pid_t pid;
    char folder[64], socket[80], heard[80]; /* heard: a file of the requests, head and body */
};

static inline void engine_say(int fd, const char *text, size_t len) {
    if (fs_write_all(fd, text, len)) _exit(0);
}

static inline void engine_head(int fd, int status, const char *more) {
    dprintf(fd, "HTTP/1.1 %d Word\r\n%sConnection: close\r\n\r\n", status, more);
}

static inline void engine_endless(int fd, const char *piece) {
    for (;;) engine_say(fd, piece, strlen(piece));
}

static inline void engine_ping(int fd, enum engine_manner manner) {
    static const char *const heads[] = {
        [ENGINE_DOCKER] = "Api-Version: 1.41\r\nServer: Docker/20.10\r\n",
        [ENGINE_NEW] = "API-Version:  1.52 \r\n",
        [ENGINE_OLD] = "Api-Version: 1.24\r\n",
        [ENGINE_PODMAN] = "Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n",
        [ENGINE_WEB] = "Content-Type: text/html\r\n",
    };
    static const char many[] = "X-More: 0123456789012345678901234567890123456789\r\n";
    if (manner == ENGINE_HANGS) pause();
    if (manner == ENGINE_NONSENSE) engine_say(fd, "\x16\x03\x01 what\r\n\r\n", 12);
    if (manner == ENGINE_ENDLESS) engine_say(fd, "HTTP/1.1 200 OK\r\n", 17), engine_endless(fd, many);
    if (heads[manner]) engine_head(fd, 200, heads[manner]);
}

static inline void engine_answer(int fd, const struct str *request, enum engine_manner manner,
                                 const struct engine_answer *answers) {
    if (!strncmp(request->data, "GET /_ping ", 11)) {
        engine_ping(fd, manner);
        return;
    }
    for (; answers && answers->asks; answers++) {
        if (strncmp(request->data, answers->asks, strlen(answers->asks)) != 0) continue;
        engine_head(fd, answers->status, "");
        if (!strcmp(answers->body, "HANG")) pause();
        if (!strcmp(answers->body, "ENDLESS")) engine_endless(fd, "0123456789012345678901234567890123456789\n");
        engine_say(fd, answers->body, answers->len ? answers->len : strlen(answers->body));
        return;
    }
    engine_head(fd, 404, "");
    engine_say(fd, "{\"message\": \"no such\\nthing\"}\n", 30);
}

/* Reads one request, head and body. */
static inline void engine_read(int fd, struct str *request) {
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

static inline void engine_serve(const struct engine *engine, int fd, enum engine_manner manner,
                                const struct engine_answer *answers) {
    struct str request = STR_INIT;
    engine_read(fd, &request);
    FILE *heard = fopen(engine->heard, "a");
    if (heard) fprintf(heard, "%s\n", request.data), fclose(heard);
    engine_answer(fd, &request, manner, answers);
    shutdown(fd, SHUT_WR);
    char rest[256];
    while (read(fd, rest, sizeof rest) > 0) continue;
    _exit(0);
}

static inline void engine_start(struct engine *engine, enum engine_manner manner, const struct engine_answer *answers) {
    *engine = (struct engine){.folder = "/tmp/lab-engine-XXXXXX"};
    if (!mkdtemp(engine->folder)) abort();
    snprintf(engine->socket, sizeof engine->socket, "%s/s", engine->folder);
    snprintf(engine->heard, sizeof engine->heard, "%s/heard", engine->folder);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", engine->socket);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) abort();
    engine->pid = fork();
    if (engine->pid) {
        close(listener);
        setpgid(engine->pid, engine->pid);
        return;
    }
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) _exit(1);
        if (!fork()) engine_serve(engine, fd, manner, answers);
        close(fd);
    }
}

/* All requests so far. */
static inline void engine_heard(const struct engine *engine, struct str *text) {
    struct err err = ERR_INIT;
    if (fs_read(text, engine->heard, 16 << 20, &err)) abort();
}

static inline void engine_stop(struct engine *engine) {
    if (engine->pid <= 0) return;
    kill(-engine->pid, SIGKILL);
    waitpid(engine->pid, NULL, 0);
    unlink(engine->socket);
    unlink(engine->heard);
    rmdir(engine->folder);
    engine->pid = 0;
}
