/*
 * What a call of the container engine costs beside the engine itself: the same question (what is there under a label that nothing
 * has) by lab's client, connection and all, and by hand over a socket. Prints a line of JSON, medians in milliseconds, client and by
 * hand; {} where no engine answers.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "docker/docker.h"

enum { REPEATS = 101 };

static const char LABEL[] = "lab.bench=none";

static int by_hand(const char *path, const char *version) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    scoped(str) request = STR_INIT;
    char answer[4096];
    ssize_t got;
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address)) return -1;
    str_printf(&request,
               "GET /v%s/containers/json?all=1&filters=%%7B%%22label%%22%%3A%%5B%%22%s%%22%%5D%%7D HTTP/1.1\r\n"
               "Host: engine\r\nConnection: close\r\n\r\n",
               version, LABEL);
    if (write(fd, request.data, request.len) != (ssize_t)request.len) return -1;
    while ((got = read(fd, answer, sizeof answer)) > 0) continue;
    return got < 0 ? -1 : 0;
}

static int by_client(struct docker *docker) {
    json_t *all = docker_list(docker, DOCKER_CONTAINERS, LABEL, NULL);
    json_decref(all);
    return all ? 0 : -1;
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(double *taken) {
    qsort(taken, REPEATS, sizeof *taken, ascending);
    return taken[REPEATS / 2] * 1000;
}

int main(void) {
    struct docker *docker = NULL;
    double ours[REPEATS], theirs[REPEATS];
    if (docker_open(&docker, &(struct docker_options){0}, NULL)) return puts("{}") < 0;
    for (int i = 0; i < REPEATS; i++) {
        double begin = clock_monotonic();
        if (by_client(docker)) return 1;
        double between = clock_monotonic();
        if (by_hand(docker_socket(docker), docker_version(docker))) return 1;
        ours[i] = between - begin, theirs[i] = clock_monotonic() - between;
    }
    printf("{\"client_ms\": %.3f, \"by_hand_ms\": %.3f}\n", median(ours), median(theirs));
    docker_close(docker);
    return 0;
}
