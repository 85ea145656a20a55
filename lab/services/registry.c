#include "services/registry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

enum { REGISTRY_MOST = 4 << 20, FORMAT = 1 };

static const double LOCK_SECONDS = 10;

struct registry {
    char *path;
    int lock;
    json_t *workspaces;
};

static void registry_release(struct registry *registry) {
    free(registry->path);
    json_decref(registry->workspaces);
    if (registry->lock >= 0) close(registry->lock);
}

static json_t *read_workspaces(const char *path) {
    scoped(str) text = STR_INIT;
    struct err ignored = ERR_INIT;
    if (!fs_exists(path) || fs_read(&text, path, REGISTRY_MOST, &ignored)) return json_array();
    autojson json_t *whole = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *list = json_object_get(whole, "workspaces");
    return json_is_array(list) ? json_incref(list) : json_array();
}

static int open_registry(struct registry *registry, bool locked, struct err *err) {
    const struct path_places *places = path_places(err);
    registry->lock = -1;
    if (!places) return -1;
    registry->path = path_join(places->data, "services.json");
    if (locked) {
        autofree char *lock = str_format("%s.lock", registry->path);
        if (fs_make_directories(places->data, err)) return -1;
        registry->lock = fs_lock(lock, LOCK_SECONDS, err);
        if (registry->lock < 0) return -1;
    }
    registry->workspaces = read_workspaces(registry->path);
    return 0;
}

static int save(const struct registry *registry, struct err *err) {
    autojson json_t *whole = json_object();
    json_put(whole, "format", json_integer(FORMAT));
    json_put(whole, "workspaces", json_incref(registry->workspaces));
    char *text = json_dumps(whole, JSON_INDENT(1));
    int result = text ? fs_write_private(registry->path, text, strlen(text), err)
                      : err_set(err, ERR_INTERNAL, "cannot write %s", registry->path);
    free(text);
    return result;
}

static const char *item(const struct registry *registry, size_t i) {
    const char *text = json_string_value(json_array_get(registry->workspaces, i));
    return text && text[0] == '/' ? text : "";
}

int registry_add(const char *workspace, struct err *err) {
    scoped(registry) registry = {0};
    if (open_registry(&registry, true, err)) return -1;
    autojson json_t *added = json_text_or_null(workspace); /* which is another text where it is no UTF-8 */
    for (size_t i = 0; i < json_array_size(registry.workspaces); i++)
        if (json_equal(json_array_get(registry.workspaces, i), added)) return 0;
    json_array_append(registry.workspaces, added);
    return save(&registry, err);
}

int registry_read(struct names *workspaces, struct err *err) {
    scoped(registry) registry = {0};
    if (open_registry(&registry, false, err)) return -1;
    for (size_t i = 0; i < json_array_size(registry.workspaces); i++)
        if (item(&registry, i)[0]) *array_push(workspaces) = mem_copy_string(item(&registry, i));
    return 0;
}

static bool has_services(const char *workspace) {
    autofree char *folder = path_join(workspace, ".lab/services");
    return workspace[0] && fs_is_directory(folder);
}

int registry_tidy(struct err *err) {
    scoped(registry) registry = {0};
    if (open_registry(&registry, true, err)) return -1;
    size_t before = json_array_size(registry.workspaces);
    for (size_t i = before; i-- > 0;)
        if (!has_services(item(&registry, i))) json_array_remove(registry.workspaces, i);
    return json_array_size(registry.workspaces) == before ? 0 : save(&registry, err);
}
