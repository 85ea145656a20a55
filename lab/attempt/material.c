#include "attempt/material.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "attempt/apart.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/path.h"
#include "workspace/python.h"

enum { SOURCE_MOST = 64 << 20 };
enum { GENERATOR_MEMORY = 1 << 30 };
static const double GENERATOR_SECONDS = 60;
static const double WAIT_SECONDS = 120; /* for another check that makes the same */
static const struct beneath_budget COPY_BUDGET = {.bytes = 256u << 20, .entries = 20000};

/* One request, looked up: where the generator or file lies, what it is to write. */
struct order {
    char *source;       /* absolute path */
    bool shared;        /* it lies in exercises/shared/ */
    const char *name;   /* as the checker wrote it */
    const char *output; /* file name; NULL: the source itself is the material */
    const json_t *arguments;
    char key[17];
};

static void order_release(struct order *order) { free(order->source); }

static int read_order(const struct attempt *attempt, const json_t *request, struct order *order, struct err *err) {
    const char *kind = json_get_string(request, "source", "private");
    order->name = json_get_string(request, "name", "");
    order->output = json_get_string(request, "output", NULL);
    order->arguments = json_object_get(request, "arguments");
    if (!path_is_inside(order->name)) return err_set(err, ERR_USAGE, "%s: '%s' leaves its folder", kind, order->name);
    if (order->output && (!path_is_inside(order->output) || strchr(order->output, '/')))
        return err_set(err, ERR_USAGE, "%s: '%s' is no file name", kind, order->output);
    order->shared = !strcmp(kind, "shared");
    order->source = !order->shared
                        ? str_format("%s/private/%s", attempt->options->exercise->directory, order->name)
                        : str_format("%s/exercises/shared/%s", attempt->options->course->directory, order->name);
    if (!fs_exists(order->source)) return err_set(err, ERR_USAGE, "%s: there is no %s", kind, order->source);
    return 0;
}

/* An argument may name material that this check got before: what that was counts, not where it lies in this check. */
static void add_handed(const struct material *material, const json_t *argument, struct hash *hash) {
    const char *key;
    json_t *path;
    json_object_foreach(material->handed, key, path) {
        if (string_starts_with(json_string_value(argument), json_string_value(path))) hash_add_string(hash, key);
    }
}

/* What makes material equal: the same program, output name, arguments and program text; not where the course lies, since the
 * key is in names that learners see. */
static int make_key(const struct material *material, struct order *order, struct err *err) {
    scoped(str) text = STR_INIT;
    if (fs_read(&text, order->source, SOURCE_MOST, err)) return -1;
    autofree char *arguments = order->arguments ? json_dumps(order->arguments, JSON_COMPACT) : NULL;
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    hash_init(&hash);
    hash_add_string(&hash, order->shared ? "shared" : "private");
    hash_add_string(&hash, order->name);
    hash_add_string(&hash, order->output ? order->output : "");
    hash_add_string(&hash, arguments ? arguments : "");
    json_t *argument;
    size_t index;
    json_array_foreach(order->arguments, index, argument) add_handed(material, argument, &hash);
    hash_add(&hash, text.data, text.len);
    hash_finish(&hash, hex);
    memcpy(order->key, hex, 16);
    order->key[16] = '\0';
    return 0;
}

static int generator_failed(const struct order *order, const struct box_result *result, struct err *err) {
    if (result->not_found) return err_set(err, ERR_INTERNAL, "%s cannot be run: %s", order->name, result->why);
    if (result->limit)
        return err_set(err, ERR_INTERNAL, "%s was ended: beyond its %s", order->name, box_limit_name(result->limit));
    struct sv said = box_last_line(&result->err);
    if (!said.len) said = SV("nothing said");
    return err_set(err, ERR_INTERNAL, "%s failed with exit status %d: %.*s", order->name, result->code,
                   (int)(said.len < 400 ? said.len : 400), said.data);
}

/* ---- the generator, in a box of its own ---- */

enum generator_place {
    GENERATOR_MATERIAL,
    GENERATOR_PRIVATE,
    GENERATOR_SHARED,
    GENERATOR_OUT,
    GENERATOR_TMP,
    GENERATOR_PYTHON,
    GENERATOR_PLACES
};

struct generation {
    const struct material *material;
    const struct order *order;
    struct box_folder folders[GENERATOR_PLACES + PYTHON_BASE_MOST + 2];
    const char *inside[GENERATOR_PLACES];
    uid_t user;
    struct arena *arena;
};

/* A folder of the course may be missing; the box then shows less. */
static void plan_folders(struct generation *generation, const char *building) {
    const struct attempt *attempt = generation->material->attempt;
    const struct box_folder rows[GENERATOR_PLACES] = {
        [GENERATOR_MATERIAL] = {generation->material->folder, "/lab/material", BOX_READ},
        [GENERATOR_PRIVATE] = {arena_printf(generation->arena, "%s/private", attempt->options->exercise->directory),
                               "/lab/private", BOX_READ},
        [GENERATOR_SHARED] = {arena_printf(generation->arena, "%s/exercises/shared",
                                           attempt->options->course->directory),
                              "/lab/shared", BOX_READ},
        [GENERATOR_OUT] = {building, "/lab/out", BOX_WRITE},
        [GENERATOR_TMP] = {building, NULL, BOX_TEMPORARY},
        [GENERATOR_PYTHON] = {attempt->options->environment, "/lab/python", BOX_READ},
    };
    size_t count = 0;
    for (int i = 0; i < GENERATOR_PLACES; i++) {
        generation->inside[i] = box_inside(&attempt->walls, &rows[i]);
        if (fs_exists(rows[i].path)) generation->folders[count++] = rows[i];
    }
    generation->folders[count++] = (struct box_folder){attempt->options->environment, NULL, BOX_READ};
    for (const char *const *path = attempt->interpreter; *path; path++)
        generation->folders[count++] = (struct box_folder){*path, NULL, BOX_READ};
}

static const char **generator_words(const struct generation *generation) {
    const struct order *order = generation->order;
    size_t count = json_array_size(order->arguments), used = 0, index;
    const char **argv = arena_alloc(generation->arena, (count + 6) * sizeof *argv);
    argv[used++] = "python";
    argv[used++] = "-s";
    argv[used++] = arena_printf(generation->arena, "%s/%s",
                                generation->inside[order->shared ? GENERATOR_SHARED : GENERATOR_PRIVATE], order->name);
    json_t *word;
    json_array_foreach(order->arguments, index, word) argv[used++] = json_string_value(word);
    argv[used++] = "--out";
    argv[used++] = arena_printf(generation->arena, "%s/%s", generation->inside[GENERATOR_OUT], order->output);
    return argv;
}

static const char **generator_environment(const struct generation *generation) {
    const char *const *inside = generation->inside;
    const char **base = python_run_environment(generation->arena, inside[GENERATOR_PYTHON], inside[GENERATOR_OUT],
                                               inside[GENERATOR_TMP]);
    size_t count = 0;
    while (base[count]) count++;
    const char **env = arena_alloc(generation->arena, (count + 2) * sizeof *env);
    memcpy(env, base, count * sizeof *env);
    env[count] = arena_printf(generation->arena, "PYTHONPATH=%s", inside[GENERATOR_SHARED]);
    return env;
}

static int generate(void *context, struct err *err) {
    const struct generation *generation = context;
    const struct attempt *attempt = generation->material->attempt;
    const struct box_config config = {
        .folders = generation->folders,
        .covered = attempt->covered,
        .limits = {.wall = GENERATOR_SECONDS, .memory = GENERATOR_MEMORY, .disk = SOURCE_MOST * 4u, .output = 65536},
        .walls = &attempt->walls,
        .user = generation->user,
        .interrupt = generation->material->interrupt,
    };
    const struct box_program program = {.argv = generator_words(generation),
                                        .env = generator_environment(generation),
                                        .cwd = generation->inside[GENERATOR_OUT]};
    struct box_result result = {0};
    int status = box_run_alone(&config, &program, &result, err);
    if (!status && box_result_failed(&result)) status = generator_failed(generation->order, &result, err);
    box_result_release(&result);
    return status;
}

/* Runs the generator so that it writes its output into the folder `building`. */
static int run_generator(struct material *material, const struct order *order, const char *building, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    autoclose int lock = -1;
    struct generation generation = {.material = material, .order = order, .arena = &arena};
    if (walls_user(&material->attempt->walls, &generation.user, &lock, err)) return -1;
    plan_folders(&generation, building);
    if (apart_run(generate, &generation, material->box, err)) return -1;
    autoclose int folder = open(building, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat info;
    if (!beneath_stat(folder, order->output, &info)) return 0;
    return err_set(err, ERR_INTERNAL, "%s ended well but wrote no --out %s", order->name, order->output);
}

/* Waits for another check that makes the same, while the box is attended to. */
static int await_lock(struct material *material, const char *place, struct err *err) {
    static const double pause = 0.02;
    autofree char *path = str_format("%s.lock", place);
    double deadline = clock_monotonic() + WAIT_SECONDS;
    for (;;) {
        int lock = fs_lock(path, 0, err);
        if (lock >= 0 || clock_monotonic() > deadline) return lock;
        if (box_wait(material->box, -1, clock_monotonic() + pause, err) < 0) return -1;
    }
}

/* Makes the material for all checks, unless another check has: built beside its place, then renamed there. */
static int make_once(struct material *material, const struct order *order, const char *place, struct err *err) {
    autoclose int lock = await_lock(material, place, err);
    if (lock < 0) return err_wrap(err, "waiting for %s", order->name);
    if (fs_exists(place)) return 0;
    autofree char *building = str_format("%s.building", place);
    if (fs_make_directories(building, err) || run_generator(material, order, building, err)) return -1;
    return rename(building, place) ? err_errno(err, ERR_INTERNAL, "cannot place the material of %s", order->name) : 0;
}

/* Copies a file or folder that a generator made, which may be anything: links are not followed. */
static int copy_out(const char *from, int folder, const char *name, struct err *err) {
    autofree char *above = path_parent(from);
    autoclose int origin = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped(str) text = STR_INIT;
    if (!beneath_read(origin, path_base(from), &text, SOURCE_MOST)) {
        if (!beneath_write(folder, name, text.data, text.len, 0444)) return 0;
        return err_errno(err, ERR_INTERNAL, "cannot hand in %s", name);
    }
    if (errno != EISDIR) return err_errno(err, ERR_INTERNAL, "cannot read the material %s", name);
    if (beneath_make_directories(folder, name)) return err_errno(err, ERR_INTERNAL, "cannot hand in %s", name);
    autoclose int source = beneath_open(origin, path_base(from), O_RDONLY | O_DIRECTORY, 0);
    autoclose int target = beneath_open(folder, name, O_RDONLY | O_DIRECTORY, 0);
    return beneath_copy(source, target, COPY_BUDGET, err);
}

static int stamp_entry(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    if (S_ISREG(info->st_mode))
        str_printf(context, "%s %llu %lld %lld.%09ld\n", path, (unsigned long long)info->st_ino,
                   (long long)info->st_size, (long long)info->st_ctim.tv_sec, info->st_ctim.tv_nsec);
    return S_ISDIR(info->st_mode);
}

/* What the copies look like: inode, size and change time, which no program can set back. */
static int take_stamps(const char *folder, struct str *stamps) {
    autoclose int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : beneath_walk(fd, ".", 64, stamp_entry, stamps);
}

bool material_untouched(struct material *material) {
    scoped(str) now = STR_INIT;
    if (material->stamps.len && (take_stamps(material->folder, &now) || strcmp(now.data, material->stamps.data)))
        material->changed = true;
    return !material->changed;
}

/* Copies the material into the check's own folder, under its name, or under key and name when that is taken. */
static int hand_out(struct material *material, const struct order *order, char **path, struct err *err) {
    autofree char *place =
        order->output ? str_format("%s/material/%s", material->attempt->scratch.directory, order->key) : NULL;
    if (place && !fs_exists(place) && make_once(material, order, place, err)) return -1;
    const char *name = order->output ? order->output : path_base(order->name);
    autofree char *from = place ? path_join(place, name) : mem_copy_string(order->source);
    autofree char *plain = path_join(material->folder, name);
    autofree char *leaf = fs_exists(plain) ? str_format("%.6s-%s", order->key, name) : mem_copy_string(name);
    autoclose int folder = open(material->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return err_errno(err, ERR_INTERNAL, "cannot open %s", material->folder);
    material_untouched(material); /* the stamps that follow must not forgive what was changed before */
    if (copy_out(from, folder, leaf, err)) return -1;
    str_clear(&material->stamps);
    if (take_stamps(material->folder, &material->stamps))
        return err_errno(err, ERR_INTERNAL, "cannot read %s", material->folder);
    *path = path_join(material->inside, leaf);
    return 0;
}

int material_get(struct material *material, const json_t *request, char **path, struct err *err) {
    scoped(order) order = {0};
    if (read_order(material->attempt, request, &order, err) || make_key(material, &order, err)) return -1;
    const char *handed = json_get_string(material->handed, order.key, NULL);
    if (handed) {
        *path = mem_copy_string(handed);
        return 0;
    }
    if (hand_out(material, &order, path, err)) return -1;
    json_put(material->handed, order.key, json_string(*path));
    return 0;
}
