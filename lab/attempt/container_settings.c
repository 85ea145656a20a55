#include "attempt/container_settings.h"

#include <string.h>

#include "attempt/internal.h"
#include "base/json.h"
#include "base/str.h"

enum { PROCESSES_MOST = 256 };

/* {name: text} as ["name=text"]. */
static json_t *environment_of(const json_t *variables) {
    json_t *list = json_array(), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)variables, name, value) {
        autofree char *line = str_format("%s=%s", name, json_string_value(value) ? json_string_value(value) : "");
        json_array_append_new(list, json_text(line, strlen(line)));
    }
    return list;
}

static json_t *tmpfs_of(const json_t *paths) {
    json_t *all = json_object(), *path;
    size_t index;
    json_array_foreach((json_t *)(uintptr_t)paths, index, path) {
        if (json_is_string(path)) json_put(all, json_string_value(path), json_string("size=64m,mode=1777"));
    }
    return all;
}

/* A volume for each mount, filled before the container starts: nothing of this machine is mounted. */
static json_t *volumes_of(const struct service_desk *desk, const json_t *mounts) {
    json_t *list = json_array(), *value;
    const char *target;
    json_object_foreach((json_t *)(uintptr_t)mounts, target, value) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:{s:o}}", "Type", "volume", "Target", target,
                                              "VolumeOptions", "Labels", dock_labels(&desk->dock, false)));
    }
    return list;
}

static json_t *host_settings(const struct service_desk *desk, const json_t *asked, const char *network) {
    json_t *host = json_pack("{s:s, s:[s], s:[s], s:i, s:b}", "NetworkMode", network, "CapDrop", "ALL", "SecurityOpt",
                             "no-new-privileges", "PidsLimit", PROCESSES_MOST, "ReadonlyRootfs",
                             json_is_true(json_object_get(asked, "read_only")));
    long long memory = json_get_integer(asked, "memory", desk->attempt->options->exercise->box.memory);
    json_put(host, "Memory", json_integer(memory));
    json_put(host, "MemorySwap", json_integer(memory));
    json_put(host, "Tmpfs", tmpfs_of(json_object_get(asked, "tmpfs")));
    json_put(host, "Mounts", volumes_of(desk, json_object_get(asked, "mounts")));
    json_put(host, "LogConfig", json_pack("{s:s, s:{s:s}}", "Type", "json-file", "Config", "max-size", "16m"));
    json_t *capabilities = json_object_get(asked, "capabilities");
    if (capabilities) json_put(host, "CapAdd", json_incref(capabilities));
    return host;
}

json_t *container_settings(const struct service_desk *desk, const json_t *asked, const char *network) {
    json_t *settings = json_object();
    json_t *argv = json_object_get(asked, "argv"), *entrypoint = json_object_get(asked, "entrypoint");
    const char *user = json_get_string(asked, "user", NULL);
    json_put(settings, "Image", json_string(json_get_string(asked, "image", "")));
    json_put(settings, "Labels", dock_labels(&desk->dock, false));
    json_put(settings, "Env", environment_of(json_object_get(asked, "env")));
    if (json_array_size(argv)) json_put(settings, "Cmd", json_incref(argv));
    if (entrypoint) json_put(settings, "Entrypoint", json_incref(entrypoint));
    if (user) json_put(settings, "User", json_string(user));
    json_put(settings, "HostConfig", host_settings(desk, asked, network));
    return settings;
}
