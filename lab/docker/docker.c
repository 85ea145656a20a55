#include "docker/docker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/path.h"
#include "base/version.h"
#include "docker/exchange.h"

static const double CALL_SECONDS = 20, PING_SECONDS = 5;

/* The newest version whose answers are read here, and the oldest. */
static const struct version NEWEST = {{1, 44}}, OLDEST = {{1, 40}};

/* ---- where it listens ---- */

enum { PLACES_MOST = 6 };

/* Where engines of this user and of the machine listen, Docker's before podman's. Items are allocated. */
static size_t usual_places(char *places[PLACES_MOST]) {
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");
    size_t count = 0;
    places[count++] = mem_copy_string("/var/run/docker.sock");
    if (runtime && runtime[0] == '/') places[count++] = path_join(runtime, "docker.sock");
    if (home && home[0] == '/') places[count++] = path_join(home, ".docker/desktop/docker.sock");
    if (runtime && runtime[0] == '/') places[count++] = path_join(runtime, "podman/podman.sock");
    places[count++] = mem_copy_string("/run/podman/podman.sock");
    return count;
}

static int not_allowed(const char *path, struct err *err) {
    err_set(err, ERR_ENVIRONMENT, "may not use the container engine at %s: %s", path, strerror(EACCES));
    return err_help(err, "sudo usermod -aG docker \"$USER\", then log in again");
}

/* The first socket that may be used. */
static int find_usual(char **socket, struct err *err) {
    char *places[PLACES_MOST];
    const char *closed = NULL;
    size_t count = usual_places(places);
    for (size_t i = 0; i < count && !*socket; i++) {
        if (!access(places[i], R_OK | W_OK))
            *socket = mem_copy_string(places[i]);
        else if (errno == EACCES && !closed)
            closed = places[i];
    }
    int status = *socket ? 0 : -1;
    if (status && closed)
        not_allowed(closed, err);
    else if (status) {
        err_set(err, ERR_ENVIRONMENT, "no container engine: there is no socket at %s, nor in the other usual places",
                places[0]);
        err_help(err, machine_is_debian() ? "sudo apt install docker.io"
                                          : "install Docker Engine (docs.docker.com/engine/install) and start it");
    }
    for (size_t i = 0; i < count; i++) free(places[i]);
    return status;
}

static int find_socket(char **socket, struct err *err) {
    const char *host = getenv("DOCKER_HOST");
    if (!host || !host[0]) return find_usual(socket, err);
    if (!string_starts_with(host, "unix:///")) {
        err_set(err, ERR_ENVIRONMENT, "DOCKER_HOST is %s; lab uses an engine on this machine, over unix:///PATH", host);
        return err_help(err, "unset DOCKER_HOST, or set it to unix:///var/run/docker.sock");
    }
    *socket = mem_copy_string(host + strlen("unix://"));
    return 0;
}

/* ---- who is there ---- */

/* The value of a header, without the blanks around it; of `text` (lines), in any case. */
static void header_value(const struct str *text, const char *name, char *value, size_t size) {
    struct sv rest = sv_str(text), line;
    size_t len = strlen(name);
    value[0] = '\0';
    while (sv_next_line(&rest, &line)) {
        if (line.len <= len || strncasecmp(line.data, name, len) != 0 || line.data[len] != ':') continue;
        const char *from = line.data + len + 1, *end = line.data + line.len;
        while (from < end && *from == ' ') from++;
        while (end > from && (unsigned char)end[-1] <= ' ') end--;
        snprintf(value, size, "%.*s", (int)(end - from), from);
        return;
    }
}

static int agree(struct docker *docker, const char *offered, struct err *err) {
    struct version theirs;
    if (!version_read(&theirs, offered))
        return err_set(err, ERR_ENVIRONMENT, "what answers at %s is no container engine: it names no Api-Version",
                       docker->socket);
    if (version_is_older(&theirs, &OLDEST))
        return err_set(err, ERR_ENVIRONMENT,
                       "the container engine at %s speaks version %s of its API; lab needs %u.%u or newer",
                       docker->socket, offered, OLDEST.parts[0], OLDEST.parts[1]);
    const struct version *spoken = version_is_older(&theirs, &NEWEST) ? &theirs : &NEWEST;
    snprintf(docker->version, sizeof docker->version, "%u.%u", spoken->parts[0], spoken->parts[1]);
    return 0;
}

static int ping(struct docker *docker, struct err *err) {
    char offered[32], libpod[32];
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    double seconds = docker->seconds < PING_SECONDS ? docker->seconds : PING_SECONDS;
    const struct docker_call call = {.method = "GET", .path = "/_ping", .seconds = seconds};
    if (docker_ask(docker, &call, &reply, err)) return -1;
    header_value(&reply.headers, "Api-Version", offered, sizeof offered);
    header_value(&reply.headers, "Libpod-Api-Version", libpod, sizeof libpod);
    docker->product = libpod[0] ? "podman" : "Docker";
    return agree(docker, offered, err);
}

int docker_open(struct docker **docker, const struct docker_options *options, struct err *err) {
    struct docker *made = mem_alloc(sizeof *made);
    made->product = "Docker";
    made->seconds = options->seconds > 0 ? options->seconds : CALL_SECONDS;
    made->interrupt = options->interrupt;
    if (find_socket(&made->socket, err) || ping(made, err)) {
        docker_close(made);
        return -1;
    }
    *docker = made;
    return 0;
}

void docker_close(struct docker *docker) {
    if (docker) free(docker->socket);
    free(docker);
}

const char *docker_product(const struct docker *docker) { return docker->product; }
const char *docker_socket(const struct docker *docker) { return docker->socket; }
const char *docker_version(const struct docker *docker) { return docker->version; }
