#pragma once
/* Running containers: from the settings of one (as the engine's API has them) to its end, and what it writes. */

#include "base/str.h"
#include "docker/docker.h"

/* Takes what a program wrote: `error` tells standard error. 0 goes on, 1 has enough. */
typedef int docker_take(void *context, bool error, const char *data, size_t len);

/* Makes a container, not yet started. *id is allocated. */
int docker_container_create(struct docker *docker, char **id, const json_t *settings, struct err *err);

/* Puts files (a tar) into a folder of it, before or after its start. */
int docker_container_put(struct docker *docker, const char *id, const char *folder, struct sv tar, struct err *err);

int docker_container_start(struct docker *docker, const char *id, struct err *err); /* of one that runs: success */

/* Waits for its end; *code is its exit code. *late, and success, when `seconds` are over. */
int docker_container_wait(struct docker *docker, const char *id, double seconds, int *code, bool *late,
                          struct err *err);

/* By its name: "SIGTERM". ERR_USAGE when it does not run. */
int docker_container_signal(struct docker *docker, const char *id, const char *signal, struct err *err);

/* SIGTERM, and SIGKILL after `seconds`. Of one that does not run: success. */
int docker_container_stop(struct docker *docker, const char *id, int seconds, struct err *err);

/* What it has written so far: its last `lines` lines, 0 means all. */
int docker_container_logs(struct docker *docker, const char *id, int lines, docker_take *take, void *context,
                          struct err *err);

/* Runs a further program in it, to its end: `settings` holds Cmd, and User, Env, WorkingDir where wanted. *late, and success,
 * when `seconds` are over; the program then still runs. */
struct docker_exec {
    const json_t *settings;
    double seconds;
    docker_take *take;
    void *context;
};
int docker_container_exec(struct docker *docker, const char *id, const struct docker_exec *exec, int *code, bool *late,
                          struct err *err);

int docker_network_create(struct docker *docker, char **id, const json_t *settings, struct err *err);
