/* The worker's requests about images: they are built from the work's files, and looked at. */

#include <fcntl.h>
#include <string.h>

#include "attempt/operation.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "docker/images.h"
#include "docker/pack.h"

int desk_pack_work(const struct service_desk *desk, const char *below, const json_t *paths, struct str *out,
                   struct err *err) {
    if (strcmp(below, ".") != 0 && !path_is_inside(below))
        return err_set(err, ERR_USAGE, "'%s' is no folder of the work", below);
    autoclose int work = open(desk->places->folders[PLACE_WORK].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open the work folder");
    return docker_pack(out, work, below, paths, err);
}

/* A tag must not take a name away from an image that is not of this attempt. */
static int check_tag(const struct service_desk *desk, const char *tag, struct err *err) {
    struct err why = ERR_INIT;
    autojson json_t *image = docker_inspect(desk->dock.docker, DOCKER_IMAGES, tag, &why);
    const json_t *labels = json_object_get(json_object_get(image, "Config"), "Labels");
    bool is_absent = !image && why.code == ERR_USAGE && !strstr(why.message, "is no name");
    if (!image && !is_absent) {
        *err = why;
        return -1;
    }
    if (is_absent || !strcmp(json_get_string(labels, "lab.attempt", ""), desk->attempt->scratch.token)) return 0;
    return err_set(err, ERR_USAGE, "the tag %s is that of another image on this machine", tag);
}

int serve_docker_build(struct service_desk *desk, const struct frame *request, struct arena *arena,
                       struct box_result *result, struct answer *answer, struct err *err) {
    scoped(str) context = STR_INIT;
    scoped(docker_built) built = DOCKER_BUILT_INIT;
    const char *tag = json_get_string(request->json, "tag", NULL);
    struct docker *docker = dock_use(&desk->dock, err);
    if (!docker || (tag && check_tag(desk, tag, err)) ||
        desk_pack_work(desk, json_get_string(request->json, "context", "."), json_object_get(request->json, "files"),
                       &context, err))
        return -1;
    autojson json_t *labels = dock_labels(&desk->dock, true);
    const struct docker_build build = {
        .context = sv_str(&context),
        .dockerfile = json_get_string(request->json, "dockerfile", "Dockerfile"),
        .tag = tag,
        .target = json_get_string(request->json, "target", NULL),
        .arguments = json_object_get(request->json, "arguments"),
        .labels = labels,
        .seconds = json_get_number(request->json, "timeout", 300),
    };
    (void)arena;
    double begin = clock_monotonic();
    if (docker_build(docker, &build, &built, err)) return -1;
    json_put(answer->json, "image", json_text_or_null(built.image));
    json_put(answer->json, "error", json_text_or_null(built.error));
    json_put(answer->json, "unavailable", json_boolean(built.unavailable));
    json_put(answer->json, "late", json_boolean(built.late));
    json_put(answer->json, "seconds", json_real(clock_monotonic() - begin));
    result->out.tail = built.log; /* which sends it, and lets go of it */
    built.log = (struct str)STR_INIT;
    answer->blobs[answer->blob_count++] = sv_str(&result->out.tail);
    return 0;
}

int serve_docker_inspect(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    struct err why = ERR_INIT;
    struct docker *docker = dock_use(&desk->dock, err);
    if (!docker) return -1;
    json_t *value = docker_inspect(docker, DOCKER_IMAGES, json_get_string(request->json, "image", ""), &why);
    if (!value && why.code != ERR_USAGE) {
        *err = why;
        return -1;
    }
    json_put(answer->json, "value", value ? value : json_null());
    return 0;
}

int serve_docker_history(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    struct docker *docker = dock_use(&desk->dock, err);
    json_t *value = docker ? docker_history(docker, json_get_string(request->json, "image", ""), err) : NULL;
    if (!value) return -1;
    json_put(answer->json, "value", value);
    return 0;
}
