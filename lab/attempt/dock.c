#include "attempt/dock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attempt/internal.h"
#include "base/fs.h"
#include "base/json.h"
#include "box/loopback.h"

static const double PROBE_SECONDS = 5, SWEEP_SECONDS = 20;
enum { TOKEN_MOST = 64, CONNECT_MILLISECONDS = 2000 };

static bool is_token(const char *text) {
    size_t len = strspn(text, "0123456789abcdef");
    return len && len <= TOKEN_MOST && !text[len];
}

/* ---- of a check ---- */

struct docker *dock_use(struct dock *dock, struct err *err) {
    const struct scratch *scratch = &dock->attempt->scratch;
    if (dock->docker) return dock->docker;
    /* The note first: what is made without one would never be swept. */
    if (fs_write(scratch->note, scratch->token, strlen(scratch->token), err)) return NULL;
    free(dock->label);
    dock->label = str_format("%s-%s", scratch->token, dock->check);
    const struct docker_options options = {.interrupt = dock->interrupt};
    if (docker_open(&dock->docker, &options, err)) (void)err_join(err);
    return dock->docker;
}

json_t *dock_labels(const struct dock *dock, bool image) {
    json_t *labels = json_object();
    json_put(labels, "lab.attempt", json_string(dock->attempt->scratch.token));
    if (!image) json_put(labels, "lab.check", json_string(dock->label));
    return labels;
}

bool dock_publishes(const struct dock *dock, unsigned port) {
    for (size_t i = 0; i < dock->containers.count; i++)
        if (dock->containers.items[i].id && dock->containers.items[i].port == port) return true;
    return false;
}

int dock_connect(unsigned port, struct err *err) {
    int error = 0;
    socklen_t size = sizeof error;
    autoclose int fd = loopback_connect((uint16_t)port);
    struct pollfd made = {.fd = fd, .events = POLLOUT};
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "127.0.0.1:%u", port);
    if (poll(&made, 1, CONNECT_MILLISECONDS) != 1) error = ETIMEDOUT;
    if (!error) (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error || fcntl(fd, F_SETFL, 0)) return err_errno(err, ERR_ENVIRONMENT, "127.0.0.1:%u", port);
    return steal_fd(&fd);
}

/* By a connection of its own: that of the check may be the one that was interrupted. What stays, the attempt's end sweeps. */
void dock_end(struct dock *dock) {
    struct docker *docker = NULL;
    if (dock->docker && !docker_open(&docker, &(struct docker_options){.seconds = SWEEP_SECONDS}, NULL)) {
        autofree char *label = str_format("lab.check=%s", dock->label);
        (void)docker_remove_labelled(docker, label, NULL);
    }
    docker_close(docker);
    docker_close(dock->docker);
    for (size_t i = 0; i < dock->containers.count; i++) free(dock->containers.items[i].id);
    array_free(&dock->containers);
    free(dock->label);
    *dock = (struct dock){0};
}

/* ---- of an attempt ---- */

bool dock_sweep(const char *note) {
    scoped(str) token = STR_INIT;
    struct docker *docker = NULL;
    if (!fs_exists(note)) return true;
    if (fs_read(&token, note, TOKEN_MOST, NULL) || !is_token(token.data)) return !unlink(note);
    if (docker_open(&docker, &(struct docker_options){.seconds = SWEEP_SECONDS}, NULL)) return false;
    autofree char *label = str_format("lab.attempt=%s", token.data);
    bool swept = !docker_remove_labelled(docker, label, NULL);
    docker_close(docker);
    return swept && !unlink(note);
}

int dock_probe(int interrupt, struct err *err) {
    struct docker *docker = NULL;
    int status = docker_open(&docker, &(struct docker_options){.seconds = PROBE_SECONDS, .interrupt = interrupt}, err);
    docker_close(docker);
    return status;
}
