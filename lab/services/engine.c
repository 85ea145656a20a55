#include "services/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "docker/containers.h"

#define PROJECT "com.docker.compose.project"
#define SERVICE "com.docker.compose.service"

#define PROJECT_FILE ".project"

enum { STOP_SECONDS = 5, PROJECT_MOST = 80 };

/* ---- its name ---- */

/* The folder to which the file belongs: a copy has another. The number of its device may change from boot to boot. */
static unsigned long long folder_number(const struct play *play) {
    struct stat info;
    return play->folder >= 0 && !fstat(play->folder, &info) ? info.st_ino : 0;
}

/* ".project" holds the number of the folder, a blank, and the id. */
static bool read_id(char id[PLAY_ID_SIZE], const struct play *play) {
    scoped(str) text = STR_INIT;
    unsigned long long folder = folder_number(play);
    if (!folder || beneath_read(play->folder, PROJECT_FILE, &text, PROJECT_MOST)) return false;
    char *at;
    if (strtoull(text.data, &at, 10) != folder || *at++ != ' ' || !play_is_id(at)) return false;
    memcpy(id, at, strlen(at) + 1);
    return true;
}

void engine_project(char project[PROJECT_SIZE], const struct play *play) {
    char id[PLAY_ID_SIZE];
    snprintf(project, PROJECT_SIZE, ENGINE_PREFIX "%s", read_id(id, play) ? id : play->id);
}

const char *engine_variable(struct arena *arena, const struct docker *docker) {
    return arena_printf(arena, "DOCKER_HOST=unix://%s", docker_socket(docker));
}

int engine_make_project(const struct play *play, struct err *err) {
    char id[PLAY_ID_SIZE], hex[HASH_HEX_SIZE];
    unsigned char bytes[16];
    if (read_id(id, play)) return 0;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_errno(err, ERR_ENVIRONMENT, "the machine gives no random bytes");
    if (play_home_id(id, err)) return -1;
    hash_hex(bytes, sizeof bytes, hex);
    autofree char *text = str_format("%llu %s%.12s", folder_number(play), id, hex);
    if (beneath_write(play->folder, PROJECT_FILE, text, strlen(text), 0600))
        return err_errno(err, ERR_ENVIRONMENT, "cannot write %s/.lab/services/" PROJECT_FILE, play->workspace);
    return 0;
}

/* ---- its containers ---- */

static const char *label_of(const json_t *thing, const char *label) {
    return json_get_string(json_object_get(thing, "Labels"), label, "");
}

static bool is_running(const json_t *container) {
    const char *state = json_get_string(container, "State", "");
    return !strcmp(state, "running") || !strcmp(state, "restarting");
}

int engine_find(struct docker *docker, const char *project, const char *service, char **id, bool *runs,
                struct err *err) {
    autofree char *label = str_format(PROJECT "=%s", project);
    autojson json_t *list = docker_list(docker, DOCKER_CONTAINERS, label, err);
    size_t i;
    json_t *container;
    *id = NULL;
    *runs = false;
    if (!list) return -1;
    json_array_foreach(list, i, container) {
        if (*id || strcmp(label_of(container, SERVICE), service) != 0) continue;
        *id = mem_copy_string(json_get_string(container, "Id", ""));
        *runs = is_running(container);
    }
    return 0;
}

/* ---- what it says ---- */

static int take_text(void *context, bool error, const char *data, size_t len) {
    (void)error;
    str_append_bytes(context, data, len);
    return 0;
}

static int write_text(void *context, bool error, const char *data, size_t len) {
    const int *fd = context;
    (void)error;
    return fs_write_all(*fd, data, len) ? 1 : 0;
}

int engine_copy_log(struct docker *docker, const char *id, int lines, int fd, struct err *err) {
    return docker_container_logs(docker, id, lines, write_text, &fd, err);
}

void engine_last_lines(struct docker *docker, const char *id, int lines, struct str *out) {
    scoped(str) text = STR_INIT;
    struct err ignored = ERR_INIT;
    if (docker_container_logs(docker, id, lines, take_text, &text, &ignored)) return;
    struct sv rest = sv_str(&text), line;
    while (sv_next_line(&rest, &line))
        if (line.len) append_log_line(out, line);
}

/* ---- ending ---- */

static const char *name_of(enum docker_kind kind, const json_t *thing) {
    return kind == DOCKER_VOLUMES ? json_get_string(thing, "Name", "") : json_get_string(thing, "Id", "");
}

static void add_left(struct play_down *down, const char *kind, const char *name, const struct err *err) {
    *array_push(&down->left.items) =
        (struct play_rest){str_format("%s %.40s", kind, name), mem_copy_string(err->message)};
}

static bool is_of_home(const struct home *home, const char *project) {
    return string_starts_with(project, ENGINE_PREFIX) && home_owns(home, project + strlen(ENGINE_PREFIX));
}

/* One kind of things of this home's projects; without `data`, volumes are noted and stay. */
static int end_kind(struct docker *docker, enum docker_kind kind, const struct home *home, bool data,
                    struct play_down *down, struct err *err) {
    static const char *const kinds[] = {[DOCKER_CONTAINERS] = "container",
                                        [DOCKER_IMAGES] = "image",
                                        [DOCKER_NETWORKS] = "network",
                                        [DOCKER_VOLUMES] = "volume"};
    autojson json_t *list = docker_list(docker, kind, PROJECT, err);
    size_t i;
    json_t *thing;
    if (!list) return -1;
    json_array_foreach(list, i, thing) {
        struct err fault = ERR_INIT;
        const char *name = name_of(kind, thing);
        if (!is_of_home(home, label_of(thing, PROJECT))) continue;
        if (kind == DOCKER_VOLUMES && !data) {
            *array_push(&down->kept_volumes) = mem_copy_string(name);
            continue;
        }
        bool ran = kind == DOCKER_CONTAINERS && is_running(thing);
        if (ran) (void)docker_container_stop(docker, name, STOP_SECONDS, &fault);
        if (docker_remove(docker, kind, name, &fault)) {
            add_left(down, kinds[kind], name, &fault);
            continue;
        }
        down->stopped += ran;
        down->volumes += kind == DOCKER_VOLUMES;
    }
    return 0;
}

int engine_end(struct docker *docker, const struct home *home, bool data, struct play_down *down, struct err *err) {
    static const enum docker_kind kinds[] = {DOCKER_CONTAINERS, DOCKER_NETWORKS, DOCKER_VOLUMES};
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if (end_kind(docker, kinds[i], home, data, down, err)) return -1;
    return 0;
}
