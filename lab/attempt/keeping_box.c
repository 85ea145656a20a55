#include <string.h>

#include "attempt/keeping.h"
#include "base/fs.h"
#include "workspace/python.h"

enum { DISK_MOST = 1 << 30, FILES_MOST = 100000, LOG_MOST = 64 << 10 };

/* ---- the box ---- */

static void add_folder(struct keeping *k, size_t *count, const char *path, const char *inside, enum box_use use) {
    k->folders[(*count)++] = (struct box_folder){path, inside, use};
}

static void add_environment(struct keeping *k, size_t *count, const char *environment) {
    add_folder(k, count, environment, NULL, BOX_READ); /* its scripts name it by the path that it was built at */
    for (const char **path = python_base_folders(&k->arena, environment); *path; path++)
        add_folder(k, count, *path, NULL, BOX_READ);
}

static const char *own_folder(struct keeping *k, const char *leaf) {
    return arena_printf(&k->arena, "%s/services/.%s", k->attempt->scratch.directory, leaf);
}

static int plan_folders(struct keeping *k, struct err *err) {
    const struct attempt *attempt = k->attempt;
    size_t count = 0;
    k->folders = arena_alloc(&k->arena, (4 + attempt->instance_count * (PYTHON_BASE_MOST + 2)) * sizeof *k->folders);
    add_folder(k, &count, own_folder(k, "home"), "/lab/home", BOX_WRITE);
    add_folder(k, &count, own_folder(k, "tmp"), NULL, BOX_TEMPORARY);
    for (size_t i = 0; i < attempt->instance_count; i++)
        add_folder(k, &count, attempt->instances[i].data,
                   arena_printf(&k->arena, "/lab/services/%s", attempt->instances[i].service->name), BOX_WRITE);
    for (size_t i = 0; i < count; i++)
        if (fs_make_directories(k->folders[i].path, err)) return -1;
    k->home = box_inside(&attempt->walls, &k->folders[0]);
    k->tmp = box_inside(&attempt->walls, &k->folders[1]);
    const struct box_folder shared = {
        arena_printf(&k->arena, "%s/exercises/shared", attempt->options->course->directory), "/lab/shared", BOX_READ};
    k->shared = box_inside(&attempt->walls, &shared);
    if (fs_exists(shared.path)) k->folders[count++] = shared;
    for (size_t i = 0; i < attempt->instance_count; i++) add_environment(k, &count, attempt->instances[i].environment);
    return 0;
}

int keeping_open_box(struct keeping *k, struct err *err) {
    if (plan_folders(k, err)) return -1;
    uint64_t memory = 0;
    for (size_t i = 0; i < k->attempt->instance_count; i++)
        memory += (uint64_t)k->attempt->instances[i].service->memory;
    const struct box_config config = {
        .folders = k->folders,
        .covered = k->attempt->covered,
        .limits = {.memory = memory,
                   .processes = 256,
                   .disk = DISK_MOST,
                   .files = FILES_MOST,
                   .file_size = DISK_MOST,
                   .output = LOG_MOST},
        .network = BOX_NETWORK_LOOPBACK,
        .walls = &k->attempt->walls,
        .user = k->user,
        .interrupt = k->interrupt,
    };
    return box_open(&k->box, &config, err);
}

/* ---- programs ---- */

static const char **environment_of(struct keeping *k, const struct instance *instance,
                                   const struct service_place *place) {
    const char **base = python_run_environment(&k->arena, instance->environment, k->home, k->tmp);
    const char **own = service_words(&k->arena, &instance->service->env, place);
    size_t fixed = 0, extra = 0, given = 0;
    while (base[fixed]) fixed++;
    while (own[extra]) extra++;
    while (k->attempt->given[given]) given++;
    const char **all = arena_alloc(&k->arena, (fixed + extra + given + 1) * sizeof *all);
    memcpy(all, base, fixed * sizeof *all);
    memcpy(all + fixed, own, extra * sizeof *all);
    memcpy(all + fixed + extra, k->attempt->given, given * sizeof *all);
    return all;
}

struct box_program keeping_program(struct keeping *k, const struct instance *instance, const struct strings *words) {
    const struct service_place place = {.port = instance->port, .data = instance->inside, .shared = k->shared};
    return (struct box_program){.argv = service_words(&k->arena, words, &place),
                                .env = environment_of(k, instance, &place),
                                .cwd = instance->inside};
}

int keeping_run(struct keeping *k, const struct instance *instance, const struct strings *words, double wall,
                struct box_result *result, struct err *err) {
    struct box_program program = keeping_program(k, instance, words);
    program.wall = wall;
    return box_run(k->box, &program, result, err);
}
