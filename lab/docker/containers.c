#include "docker/containers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "docker/exchange.h"
#include "docker/stream.h"

static const double ANSWER_SECONDS = 10; /* beyond the time that a call is asked to take */

/* "/containers/ID/verb" */
static int container_path(struct str *path, const char *id, const char *verb, struct err *err) {
    str_append(path, "/containers");
    if (docker_path_name(path, id, err)) return -1;
    str_printf(path, "/%s", verb);
    return 0;
}

static int post(struct docker *docker, const struct str *path, double seconds, struct err *err) {
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    return docker_ask(docker, &(struct docker_call){.method = "POST", .path = path->data, .seconds = seconds}, &reply,
                      err);
}

/* ---- making ---- */

static int create(struct docker *docker, char **id, const char *path, const json_t *settings, struct err *err) {
    const struct docker_call call = {.method = "POST", .path = path, .body = settings};
    autojson json_t *answer = docker_ask_json(docker, &call, err);
    if (!answer) return -1;
    const char *made = json_get_string(answer, "Id", NULL);
    if (!made) return err_set(err, ERR_ENVIRONMENT, "the container engine's answer to %s names no id", path);
    *id = mem_copy_string(made);
    return 0;
}

int docker_container_create(struct docker *docker, char **id, const json_t *settings, struct err *err) {
    return create(docker, id, "/containers/create", settings, err);
}

int docker_network_create(struct docker *docker, char **id, const json_t *settings, struct err *err) {
    return create(docker, id, "/networks/create", settings, err);
}

int docker_container_put(struct docker *docker, const char *id, const char *folder, struct sv tar, struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    if (container_path(&path, id, "archive", err)) return -1;
    docker_path_query(&path, "path", folder);
    return docker_ask(docker, &(struct docker_call){.method = "PUT", .path = path.data, .tar = tar}, &reply, err);
}

/* ---- its life ---- */

int docker_container_start(struct docker *docker, const char *id, struct err *err) {
    scoped(str) path = STR_INIT;
    return container_path(&path, id, "start", err) || post(docker, &path, 0, err) ? -1 : 0;
}

int docker_container_wait(struct docker *docker, const char *id, double seconds, int *code, bool *late,
                          struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    if (container_path(&path, id, "wait", err)) return -1;
    const struct docker_call call = {.method = "POST", .path = path.data, .seconds = seconds};
    int status = docker_ask(docker, &call, &reply, err);
    *late = reply.late;
    if (status) return reply.late ? 0 : -1;
    autojson json_t *answer = json_loadb(reply.body.data, reply.body.len, 0, NULL);
    long long number = json_get_integer(answer, "StatusCode", -1);
    if (number < 0 || number > 255)
        return err_set(err, ERR_ENVIRONMENT, "the container engine names no exit code of the container");
    *code = (int)number;
    return 0;
}

int docker_container_signal(struct docker *docker, const char *id, const char *signal, struct err *err) {
    scoped(str) path = STR_INIT;
    if (container_path(&path, id, "kill", err)) return -1;
    docker_path_query(&path, "signal", signal);
    return post(docker, &path, 0, err);
}

int docker_container_stop(struct docker *docker, const char *id, int seconds, struct err *err) {
    char number[16];
    scoped(str) path = STR_INIT;
    if (container_path(&path, id, "stop", err)) return -1;
    snprintf(number, sizeof number, "%d", seconds);
    docker_path_query(&path, "t", number);
    return post(docker, &path, seconds + ANSWER_SECONDS, err);
}

/* ---- what it writes ---- */

static int has_terminal(struct docker *docker, const char *id, bool *terminal, struct err *err) {
    autojson json_t *container = docker_inspect(docker, DOCKER_CONTAINERS, id, err);
    *terminal = json_is_true(json_object_get(json_object_get(container, "Config"), "Tty"));
    return container ? 0 : -1;
}

int docker_container_logs(struct docker *docker, const char *id, int lines, docker_take *take, void *context,
                          struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    struct stream stream = {.take = take, .context = context};
    if (container_path(&path, id, "logs?stdout=1&stderr=1", err) || has_terminal(docker, id, &stream.plain, err))
        return -1;
    if (lines > 0) str_printf(&path, "&tail=%d", lines);
    const struct docker_call call = {.method = "GET", .path = path.data, .take = stream_take, .context = &stream};
    return docker_ask(docker, &call, &reply, err);
}

/* ---- a further program ---- */

static int exec_create(struct docker *docker, const char *id, const json_t *settings, char **exec, struct err *err) {
    scoped(str) path = STR_INIT;
    autojson json_t *body = json_copy((json_t *)(uintptr_t)settings);
    json_put(body, "AttachStdout", json_true());
    json_put(body, "AttachStderr", json_true());
    return container_path(&path, id, "exec", err) ? -1 : create(docker, exec, path.data, body, err);
}

static int exec_code(struct docker *docker, const char *exec, int *code, struct err *err) {
    scoped(str) path = STR_INIT;
    str_append(&path, "/exec");
    if (docker_path_name(&path, exec, err)) return -1;
    str_append(&path, "/json");
    autojson json_t *answer = docker_ask_json(docker, &(struct docker_call){.method = "GET", .path = path.data}, err);
    if (!answer) return -1;
    *code = (int)json_get_integer(answer, "ExitCode", -1);
    return *code >= 0 ? 0 : err_set(err, ERR_ENVIRONMENT, "the container engine names no exit code of the program");
}

int docker_container_exec(struct docker *docker, const char *id, const struct docker_exec *exec, int *code, bool *late,
                          struct err *err) {
    autofree char *made = NULL;
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    struct stream stream = {.take = exec->take, .context = exec->context};
    if (exec_create(docker, id, exec->settings, &made, err)) return -1;
    str_append(&path, "/exec");
    if (docker_path_name(&path, made, err)) return -1;
    str_append(&path, "/start");
    autojson json_t *body = json_pack("{s:b, s:b}", "Detach", 0, "Tty", 0);
    const struct docker_call call = {.method = "POST",
                                     .path = path.data,
                                     .body = body,
                                     .seconds = exec->seconds,
                                     .take = stream_take,
                                     .context = &stream};
    int status = docker_ask(docker, &call, &reply, err);
    *late = reply.late;
    if (status) return reply.late ? 0 : -1;
    return exec_code(docker, made, code, err);
}
