#include "docker/images.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "docker/exchange.h"
#include "docker/progress.h"

void docker_built_release(struct docker_built *built) {
    free(built->image);
    free(built->error);
    str_release(&built->log);
}

/* version=2 is BuildKit; podman, which has one builder, does not look at it. */
static void build_path(struct str *path, const struct docker_build *build) {
    str_append(path, "/build?version=2&networkmode=none&rm=1&forcerm=1");
    docker_path_query(path, "dockerfile", build->dockerfile);
    if (build->tag) docker_path_query(path, "t", build->tag);
    if (build->target) docker_path_query(path, "target", build->target);
    if (build->arguments) docker_path_query_json(path, "buildargs", build->arguments);
    if (build->labels) docker_path_query_json(path, "labels", build->labels);
}

static int call_build(struct docker *docker, const struct docker_build *build, struct lines *lines, struct err *err) {
    scoped(str) path = STR_INIT;
    scoped(docker_reply) reply = DOCKER_REPLY_INIT;
    build_path(&path, build);
    const struct docker_call call = {.method = "POST",
                                     .path = path.data,
                                     .tar = build->context,
                                     .seconds = build->seconds,
                                     .take = lines_take,
                                     .context = lines};
    struct err why = ERR_INIT;
    struct docker_built *built = ((struct progress *)lines->context)->built;
    if (!docker_ask(docker, &call, &reply, &why)) return 0;
    built->late = reply.late;
    /* A Dockerfile that cannot be read is refused at once by the builder before BuildKit. */
    if (!built->error && (reply.late || why.code == ERR_USAGE))
        built->error =
            reply.late ? str_format("the build was stopped after %g s", build->seconds) : mem_copy_string(why.message);
    if (built->error) return 0;
    if (err) *err = why;
    return -1;
}

static int settle(const struct lines *lines, struct docker_built *built, struct err *err) {
    if (lines->nonsense)
        return err_set(err, ERR_ENVIRONMENT, "what the container engine says of a build is not understood");
    if (!built->image && !built->error)
        return err_set(err, ERR_ENVIRONMENT,
                       "the container engine ended a build and named neither an image nor a fault");
    if (!built->error) return 0;
    free(built->image);
    built->image = NULL;
    return 0;
}

int docker_build(struct docker *docker, const struct docker_build *build, struct docker_built *built, struct err *err) {
    struct progress *progress = mem_alloc(sizeof *progress);
    *progress = (struct progress){.built = built};
    struct lines lines = {.line = STR_INIT, .take = progress_take, .context = progress};
    int status = call_build(docker, build, &lines, err) || settle(&lines, built, err) ? -1 : 0;
    if (built->error) progress_end(progress);
    lines_release(&lines);
    progress_release(progress);
    free(progress);
    return status;
}

json_t *docker_history(struct docker *docker, const char *image, struct err *err) {
    scoped(str) path = STR_INIT;
    str_append(&path, "/images");
    if (docker_path_name(&path, image, err)) return NULL;
    str_append(&path, "/history");
    return docker_ask_json(docker, &(struct docker_call){.method = "GET", .path = path.data}, err);
}
