#pragma once
/* What the files that carry out the worker's requests share (serve.c, serve_images.c, serve_containers.c). */

#include "attempt/serve.h"
#include "base/arena.h"

struct answer {
    json_t *json;
    struct sv blobs[4];
    size_t blob_count;
    int descriptor; /* goes beside the answer; -1 is none */
    bool excess;    /* a refusal is because the work holds more than is looked at */
};

/* Fills the answer in. -1 with err is a refusal (or an interruption). What `result` holds lives until the answer is sent. */
typedef int operation(struct service_desk *desk, const struct frame *request, struct arena *arena,
                      struct box_result *result, struct answer *answer, struct err *err);

void answer_put_result(json_t *json, const struct box_result *result);
void answer_put_captures(struct answer *answer, const struct box_capture *out, const struct box_capture *err);

/* Tells the supervisor what a program wrote. `argv` is borrowed. */
int answer_tell_output(struct service_desk *desk, json_t *argv, const char *command, const struct box_result *result,
                       struct err *err);

/* Files of the folder `below` the work's, as a tar: see docker_pack. ERR_USAGE for what is no folder of the work. */
int desk_pack_work(const struct service_desk *desk, const char *below, const json_t *paths, struct str *out,
                   struct err *err);

operation serve_docker_build, serve_docker_inspect, serve_docker_history, serve_docker_run, serve_container_start,
    serve_container_alive, serve_container_signal, serve_container_logs, serve_container_stop, serve_container_exec;
