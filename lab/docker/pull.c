/* Fetching an image. Source: Docker Engine API, "Create an image". */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "docker/exchange.h"
#include "docker/images.h"
#include "docker/lines.h"

enum { LAYERS_MOST = 256, ERROR_MOST = 600 };

struct layer {
    char id[80];
    double done, total; /* bytes that are fetched */
};

struct pull {
    const struct docker_pull *asked;
    struct layer layers[LAYERS_MOST];
    size_t count;
    char error[ERROR_MOST]; /* what the engine says, on one line, or "" */
};

static struct layer *find_layer(struct pull *pull, const char *id) {
    for (size_t i = 0; i < pull->count; i++)
        if (!strcmp(pull->layers[i].id, id)) return &pull->layers[i];
    if (pull->count == LAYERS_MOST) return NULL;
    struct layer *layer = &pull->layers[pull->count++];
    snprintf(layer->id, sizeof layer->id, "%.79s", id);
    return layer;
}

static void tell(const struct pull *pull) {
    double done = 0, total = 0;
    for (size_t i = 0; i < pull->count; i++) {
        done += pull->layers[i].done;
        total += pull->layers[i].total;
    }
    if (pull->asked->show) pull->asked->show(pull->asked->context, done, total);
}

static void take_progress(struct pull *pull, const char *id, const char *status, const json_t *detail) {
    struct layer *layer = find_layer(pull, id);
    double total = json_get_number(detail, "total", 0);
    if (!layer) return;
    if (!strcmp(status, "Downloading") && total > 0) {
        layer->done = json_get_number(detail, "current", 0);
        layer->total = total;
    } else if (!strcmp(status, "Download complete") || !strcmp(status, "Pull complete")) {
        layer->done = layer->total;
    }
    tell(pull);
}

static void take_message(void *context, const json_t *message) {
    struct pull *pull = context;
    const char *error = json_get_string(message, "error", NULL), *id = json_get_string(message, "id", NULL);
    if (error && !pull->error[0]) snprintf(pull->error, sizeof pull->error, "%.599s", error);
    string_make_line(pull->error, strlen(pull->error));
    if (id) take_progress(pull, id, json_get_string(message, "status", ""), json_object_get(message, "progressDetail"));
}

/* "name", "name:tag" or "name@digest"; without a tag the engine would fetch all that there are. */
static void append_query(struct str *path, const char *image) {
    const char *slash = strrchr(image, '/'), *mark = strchr(image, '@');
    if (!mark) mark = strchr(slash ? slash : image, ':');
    autofree char *name = mem_copy(image, mark ? (size_t)(mark - image) : strlen(image));
    str_append(path, "/images/create");
    docker_path_query(path, "fromImage", name);
    docker_path_query(path, "tag", mark ? mark + 1 : "latest");
}

int docker_pull(struct docker *docker, const struct docker_pull *asked, struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(str) name = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    if (docker_path_name(&name, asked->image, err)) return -1;
    append_query(&path, asked->image);
    struct pull *pull = mem_alloc(sizeof *pull);
    *pull = (struct pull){.asked = asked};
    struct lines lines = {.line = STR_INIT, .take = take_message, .context = pull};
    const struct docker_call call = {
        .method = "POST", .path = path.data, .seconds = asked->seconds, .take = lines_take, .context = &lines};
    int status = docker_ask(docker, &call, &reply, err);
    if (pull->error[0])
        status = err_set(err, ERR_ENVIRONMENT, "the container engine says: %s", pull->error);
    else if (lines.nonsense)
        status = err_set(err, ERR_ENVIRONMENT, "what the container engine says of a fetch is not understood");
    lines_release(&lines);
    free(pull);
    return status;
}
