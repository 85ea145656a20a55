/* What an engine holds, kind by kind: listing, inspecting, removing. */

#include <string.h>

#include "base/json.h"
#include "docker/exchange.h"

static const struct {
    const char *list, *one, *inspect, *remove; /* remove: its query */
    const char *id;                            /* the field of a listed one that names it */
} kinds[] = {
    [DOCKER_CONTAINERS] = {"/containers/json?all=1", "/containers", "/json", "?force=1&v=1", "Id"},
    [DOCKER_IMAGES] = {"/images/json", "/images", "/json", "?force=1", "Id"},
    [DOCKER_NETWORKS] = {"/networks", "/networks", "", "", "Id"},
    [DOCKER_VOLUMES] = {"/volumes", "/volumes", "", "?force=1", "Name"},
};

json_t *docker_list(struct docker *docker, enum docker_kind kind, const char *label, struct err *err) {
    scoped(str) path = STR_INIT;
    autojson json_t *filters = json_pack("{s:[s]}", "label", label);
    str_append(&path, kinds[kind].list);
    docker_path_query_json(&path, "filters", filters);
    autojson json_t *answer = docker_ask_json(docker, &(struct docker_call){.method = "GET", .path = path.data}, err);
    if (!answer) return NULL;
    json_t *all = kind == DOCKER_VOLUMES ? json_object_get(answer, "Volumes") : answer;
    if (json_is_array(all)) return json_incref(all);
    if (kind == DOCKER_VOLUMES && json_is_object(answer) && (!all || json_is_null(all))) return json_array();
    err_set(err, ERR_ENVIRONMENT, "the container engine's answer to %s is no list", kinds[kind].list);
    return NULL;
}

json_t *docker_inspect(struct docker *docker, enum docker_kind kind, const char *name, struct err *err) {
    scoped(str) path = STR_INIT;
    str_append(&path, kinds[kind].one);
    if (docker_path_name(&path, name, err)) return NULL;
    str_append(&path, kinds[kind].inspect);
    json_t *answer = docker_ask_json(docker, &(struct docker_call){.method = "GET", .path = path.data}, err);
    if (!answer || json_is_object(answer)) return answer;
    json_decref(answer);
    err_set(err, ERR_ENVIRONMENT, "the container engine's answer to %s is no object", path.data);
    return NULL;
}

int docker_remove(struct docker *docker, enum docker_kind kind, const char *name, struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    str_append(&path, kinds[kind].one);
    if (docker_path_name(&path, name, err)) return -1;
    str_append(&path, kinds[kind].remove);
    if (docker_call(docker, &(struct docker_call){.method = "DELETE", .path = path.data}, &reply, err)) return -1;
    /* 409 of a container: it is being removed already */
    bool gone = reply.status == 404 || (reply.status == 409 && kind == DOCKER_CONTAINERS);
    return gone || (reply.status >= 200 && reply.status < 300) ? 0 : docker_refused(&reply, err);
}

static int remove_kind(struct docker *docker, enum docker_kind kind, const char *label, struct err *err) {
    autojson json_t *all = docker_list(docker, kind, label, err);
    size_t index;
    json_t *one;
    int status = all ? 0 : -1;
    json_array_foreach(all, index, one) {
        struct err why = ERR_INIT;
        if (!docker_remove(docker, kind, json_get_string(one, kinds[kind].id, ""), &why)) continue;
        if (!status && err) *err = why;
        status = -1;
    }
    return status;
}

int docker_remove_labelled(struct docker *docker, const char *label, struct err *err) {
    static const enum docker_kind order[] = {DOCKER_CONTAINERS, DOCKER_NETWORKS, DOCKER_VOLUMES, DOCKER_IMAGES};
    int status = 0;
    for (size_t i = 0; i < LENGTH(order); i++) {
        struct err why = ERR_INIT;
        if (!remove_kind(docker, order[i], label, &why)) continue;
        if (!status && err) *err = why;
        status = -1;
    }
    return status;
}
