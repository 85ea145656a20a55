#pragma once
/* What runs of ours in the container engine, found by the labels that compose gives. Inside services/ only. */

#include "docker/docker.h"
#include "services/home.h"

/* The name of compose's project for a workspace: "lab-", the digits of the folders of lab, a dash, and 12 digits of its own, which lie in
 * .lab/services/.project. So it stays the same where the workspace moves; a copy, whose folder is another, has none of it, nor has a
 * workspace that is made in its place. */
#define ENGINE_PREFIX "lab-"
enum { PROJECT_SIZE = PLAY_ID_SIZE + 8 };

/* One that has none, as no container was started there, gets the name of one that does not exist. */
void engine_project(char project[PROJECT_SIZE], const struct play *play);

/* Gives it one where it has none. */
int engine_make_project(const struct play *play, struct err *err);

/* DOCKER_HOST=…, in arena: what compose and docker know the engine by. */
const char *engine_variable(struct arena *arena, const struct docker *docker);

/* The container of the service in the project: its id, allocated, and whether it runs. NULL in *id when there is none. */
int engine_find(struct docker *docker, const char *project, const char *service, char **id, bool *runs,
                struct err *err);

/* Writes the container's last lines to fd, as they are. */
int engine_copy_log(struct docker *docker, const char *id, int lines, int fd, struct err *err);

/* Appends the container's last lines, each on a line of its own and indented, made printable. */
void engine_last_lines(struct docker *docker, const char *id, int lines, struct str *out);

/* Stops all containers of projects of this home, and removes them and their networks; with `data`, their volumes too. Counts what ran and
 * what was removed of data, and adds what stays, and the volumes that are kept. */
int engine_end(struct docker *docker, const struct home *home, bool data, struct play_down *down, struct err *err);
