/* The worker's requests about containers: those that run to their end, and those that stay. */

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/container_settings.h"
#include "attempt/operation.h"
#include "base/clock.h"
#include "base/json.h"
#include "box/capture.h"
#include "docker/containers.h"

enum { OUTPUT_MOST = 1 << 20, STOP_SECONDS = 5 };
static const double LOOK_SECONDS = 30;

/* ---- making one ---- */

static int fill_volumes(const struct service_desk *desk, const char *id, const json_t *mounts, struct err *err) {
    const char *target;
    json_t *mount;
    json_object_foreach((json_t *)(uintptr_t)mounts, target, mount) {
        scoped(str) files = STR_INIT;
        if (desk_pack_work(desk, json_get_string(mount, "below", "."), json_object_get(mount, "files"), &files, err) ||
            docker_container_put(desk->dock.docker, id, target, sv_str(&files), err))
            return -1;
    }
    return 0;
}

/* What the engine refuses to start, for want of the program say, is a result; what it fails at is an error. */
static int note_refusal(struct box_result *result, const struct err *why, struct err *err) {
    result->not_found = why->code == ERR_USAGE;
    snprintf(result->why, sizeof result->why, "%.255s", why->message);
    if (!result->not_found && err) *err = *why;
    return result->not_found ? 0 : -1;
}

/* Makes and starts a container. A start that the engine refuses is the image's doing: `result` says why, and it is a success. */
static int launch(struct service_desk *desk, const json_t *asked, const json_t *settings, char **id,
                  struct box_result *result, struct err *err) {
    struct err why = ERR_INIT;
    struct docker *docker = desk->dock.docker;
    if (docker_container_create(docker, id, settings, err) ||
        fill_volumes(desk, *id, json_object_get(asked, "mounts"), err))
        return -1;
    return docker_container_start(docker, *id, &why) ? note_refusal(result, &why, err) : 0;
}

/* ---- what it wrote, and how it ended ---- */

struct captures {
    struct capture out, err;
};

static int take_output(void *context, bool error, const char *data, size_t len) {
    struct captures *captures = context;
    capture_add(error ? &captures->err : &captures->out, data, len);
    return 0;
}

static void captures_begin(struct captures *captures) {
    capture_begin(&captures->out, OUTPUT_MOST);
    capture_begin(&captures->err, OUTPUT_MOST);
}

static void captures_take(struct captures *captures, struct box_result *result) {
    result->out = capture_take(&captures->out);
    result->err = capture_take(&captures->err);
}

static int read_logs(struct service_desk *desk, const char *id, struct box_result *result, struct err *err) {
    struct captures captures;
    captures_begin(&captures);
    int status = docker_container_logs(desk->dock.docker, id, 0, take_output, &captures, err);
    captures_take(&captures, result);
    return status;
}

/* Its exit code, and whether memory ended it. */
static int read_ending(struct service_desk *desk, const char *id, struct box_result *result, struct err *err) {
    autojson json_t *container = docker_inspect(desk->dock.docker, DOCKER_CONTAINERS, id, err);
    const json_t *state = json_object_get(container, "State");
    if (!container) return -1;
    result->code = (int)json_get_integer(state, "ExitCode", 1);
    if (!json_is_true(json_object_get(state, "OOMKilled"))) return 0;
    result->limit = BOX_LIMIT_MEMORY;
    result->limit_value = json_get_number(json_object_get(container, "HostConfig"), "Memory", 0);
    return 0;
}

/* Numbers of runs are those of "try" lines, which containers have none of. */
static int put_run(struct service_desk *desk, const json_t *asked, const char *command, const struct box_result *result,
                   struct answer *answer, struct err *err) {
    answer_put_result(answer->json, result);
    answer_put_captures(answer, &result->out, &result->err);
    json_put(answer->json, "command", json_null());
    json_put(answer->json, "run", json_null());
    return command ? answer_tell_output(desk, json_object_get(asked, "argv"), command, result, err) : 0;
}

static int run_to_end(struct service_desk *desk, const json_t *asked, char **id, struct box_result *result,
                      struct err *err) {
    bool late = false;
    double seconds = json_get_number(asked, "timeout", desk->attempt->options->exercise->box.timeout);
    autojson json_t *settings = container_settings(desk, asked, "none");
    if (launch(desk, asked, settings, id, result, err)) return -1;
    if (result->not_found) return 0;
    if (docker_container_wait(desk->dock.docker, *id, seconds, &result->code, &late, err) ||
        read_logs(desk, *id, result, err))
        return -1;
    if (!late) return read_ending(desk, *id, result, err);
    result->limit = BOX_LIMIT_WALL;
    result->limit_value = seconds;
    result->code = -1;
    return 0;
}

int serve_docker_run(struct service_desk *desk, const struct frame *request, struct arena *arena,
                     struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    autofree char *id = NULL;
    double begin = clock_monotonic();
    if (!dock_use(&desk->dock, err)) return -1;
    int status = run_to_end(desk, request->json, &id, result, err);
    result->seconds = clock_monotonic() - begin;
    if (id) (void)docker_remove(desk->dock.docker, DOCKER_CONTAINERS, id, NULL);
    return status ? -1 : put_run(desk, request->json, "docker run", result, answer, err);
}

/* ---- containers that stay ---- */

/* A bridge that leads nowhere but to this machine, since what leaves it is not given an address that answers come back to. */
static int make_network(struct service_desk *desk, char **network, struct err *err) {
    autofree char *name = str_format("lab-%s-%zu", desk->dock.label, desk->dock.containers.count);
    autojson json_t *settings =
        json_pack("{s:s, s:s, s:o}", "Name", name, "Driver", "bridge", "Labels", dock_labels(&desk->dock, false));
    if (!strcmp(docker_product(desk->dock.docker), "Docker"))
        json_put(settings, "Options", json_pack("{s:s}", "com.docker.network.bridge.enable_ip_masquerade", "false"));
    return docker_network_create(desk->dock.docker, network, settings, err);
}

/* The container's port becomes one of this machine's loopback, which the engine chooses. */
static void publish(json_t *settings, long long port) {
    autofree char *key = str_format("%lld/tcp", port);
    json_put(settings, "ExposedPorts", json_pack("{s:{}}", key));
    json_put(json_object_get(settings, "HostConfig"), "PortBindings",
             json_pack("{s:[{s:s, s:s}]}", key, "HostIp", "127.0.0.1", "HostPort", ""));
}

/* 0: it has none, since the container has ended. */
static int published_port(struct service_desk *desk, const char *id, long long port, unsigned *number,
                          struct err *err) {
    autofree char *key = str_format("%lld/tcp", port);
    autojson json_t *container = docker_inspect(desk->dock.docker, DOCKER_CONTAINERS, id, err);
    const json_t *ports = json_object_get(json_object_get(container, "NetworkSettings"), "Ports");
    const char *text = json_get_string(json_array_get(json_object_get(ports, key), 0), "HostPort", "0");
    unsigned long value = strtoul(text, NULL, 10);
    *number = value <= 65535 ? (unsigned)value : 0;
    return container ? 0 : -1;
}

/* Whether the bridge of a network is no interface of this machine's: the engine is in another network (a container that was
 * given its socket, a virtual machine), and its loopback may be another one. Source: libnetwork, "br-" and 12 digits. */
static bool is_elsewhere(const char *network) {
    autofree char *bridge = str_format("br-%.12s", network);
    return !if_nametoindex(bridge);
}

static int start_container(struct service_desk *desk, const json_t *asked, struct dock_container *container,
                           struct box_result *result, struct err *err) {
    autofree char *network = NULL;
    long long port = json_get_integer(asked, "port", 0);
    if (port < 0 || port > 65535) return err_set(err, ERR_USAGE, "%lld is no port", port);
    if (port && make_network(desk, &network, err)) return -1;
    autojson json_t *settings = container_settings(desk, asked, network ? network : "none");
    if (port) publish(settings, port);
    if (launch(desk, asked, settings, &container->id, result, err)) return -1;
    container->started = clock_monotonic();
    container->elsewhere = network && is_elsewhere(network);
    return port && !result->not_found ? published_port(desk, container->id, port, &container->port, err) : 0;
}

int serve_container_start(struct service_desk *desk, const struct frame *request, struct arena *arena,
                          struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    struct dock_container made = {0};
    if (!dock_use(&desk->dock, err)) return -1;
    if (desk->dock.containers.count == DOCK_CONTAINERS_MOST)
        return err_set(err, ERR_USAGE, "more than %d containers in a check", DOCK_CONTAINERS_MOST);
    int status = start_container(desk, request->json, &made, result, err);
    *array_push(&desk->dock.containers) = made;
    json_put(answer->json, "service", json_integer((json_int_t)desk->dock.containers.count - 1));
    json_put(answer->json, "port", json_integer((json_int_t)made.port));
    json_put(answer->json, "elsewhere", json_boolean(made.elsewhere));
    json_put(answer->json, "not_found", json_text_or_null(result->not_found ? result->why : NULL));
    return status;
}

static struct dock_container *find_container(struct service_desk *desk, const struct frame *request, struct err *err) {
    long long number = json_get_integer(request->json, "service", -1);
    struct dock *dock = &desk->dock;
    if (number >= 0 && (size_t)number < dock->containers.count && dock->containers.items[number].id)
        return &dock->containers.items[number];
    err_set(err, ERR_USAGE, "there is no container %lld, or it was stopped already", number);
    return NULL;
}

int serve_container_alive(struct service_desk *desk, const struct frame *request, struct arena *arena,
                          struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    struct dock_container *container = find_container(desk, request, err);
    autojson json_t *seen = container ? docker_inspect(desk->dock.docker, DOCKER_CONTAINERS, container->id, err) : NULL;
    if (!seen) return -1;
    json_put(answer->json, "alive",
             json_boolean(json_is_true(json_object_get(json_object_get(seen, "State"), "Running"))));
    return 0;
}

int serve_container_signal(struct service_desk *desk, const struct frame *request, struct arena *arena,
                           struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result, (void)answer;
    struct dock_container *container = find_container(desk, request, err);
    if (!container) return -1;
    return docker_container_signal(desk->dock.docker, container->id,
                                   json_get_string(request->json, "signal", "SIGTERM"), err);
}

int serve_container_logs(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    struct dock_container *container = find_container(desk, request, err);
    if (!container || read_logs(desk, container->id, result, err)) return -1;
    answer_put_captures(answer, &result->out, &result->err);
    return 0;
}

int serve_container_stop(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    struct dock_container *container = find_container(desk, request, err);
    if (!container) return -1;
    autofree char *id = steal(&container->id);
    struct docker *docker = desk->dock.docker;
    int status = docker_container_stop(docker, id, STOP_SECONDS, err) || read_logs(desk, id, result, err) ||
                         read_ending(desk, id, result, err)
                     ? -1
                     : 0;
    result->seconds = clock_monotonic() - container->started;
    (void)docker_remove(docker, DOCKER_CONTAINERS, id, NULL);
    return status ? -1 : put_run(desk, request->json, NULL, result, answer, err);
}

int serve_container_exec(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    bool late = false;
    struct captures captures;
    struct dock_container *container = find_container(desk, request, err);
    if (!container) return -1;
    autojson json_t *settings = json_pack("{s:O}", "Cmd", json_object_get(request->json, "argv"));
    const struct docker_exec exec = {.settings = settings,
                                     .seconds = json_get_number(request->json, "timeout", LOOK_SECONDS),
                                     .take = take_output,
                                     .context = &captures};
    captures_begin(&captures);
    double begin = clock_monotonic();
    struct err why = ERR_INIT;
    int status = docker_container_exec(desk->dock.docker, container->id, &exec, &result->code, &late, &why);
    captures_take(&captures, result);
    result->seconds = clock_monotonic() - begin;
    if (status && note_refusal(result, &why, err)) return -1;
    if (late) result->limit = BOX_LIMIT_WALL, result->limit_value = exec.seconds, result->code = -1;
    return put_run(desk, request->json, "docker exec", result, answer, err);
}
