#include "attempt/material.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/path.h"
#include "workspace/python.h"

enum { SOURCE_MOST = 64 << 20 };
static const double GENERATOR_SECONDS = 60;
static const double WAIT_SECONDS = 120; /* for another check that makes the same */
static const struct beneath_budget COPY_BUDGET = {.bytes = 256u << 20, .entries = 20000};

/* One request, looked up: where the generator or file lies, what it is to write. */
struct order {
    char *source;       /* absolute path */
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
    order->source = strcmp(kind, "shared")
                        ? str_format("%s/private/%s", attempt->options->exercise->directory, order->name)
                        : str_format("%s/exercises/shared/%s", attempt->options->course->directory, order->name);
    if (!fs_exists(order->source)) return err_set(err, ERR_USAGE, "%s: there is no %s", kind, order->source);
    return 0;
}

/* What makes material equal: the same program, output name, arguments and program text. */
static int make_key(struct order *order, struct err *err) {
    scoped(str) text = STR_INIT;
    if (fs_read(&text, order->source, SOURCE_MOST, err)) return -1;
    autofree char *arguments = order->arguments ? json_dumps(order->arguments, JSON_COMPACT) : NULL;
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    hash_init(&hash);
    hash_add_string(&hash, order->source);
    hash_add_string(&hash, order->output ? order->output : "");
    hash_add_string(&hash, arguments ? arguments : "");
    hash_add(&hash, text.data, text.len);
    hash_finish(&hash, hex);
    memcpy(order->key, hex, 16);
    order->key[16] = '\0';
    return 0;
}

/* The last line that says something: of a Python traceback, the error itself. */
static struct sv last_words(const struct box_capture *capture) {
    struct sv rest = sv_str(capture->tail.len ? &capture->tail : &capture->head), line, last = SV("nothing said");
    while (sv_next_line(&rest, &line))
        if (line.len) last = line;
    return last;
}

static int generator_failed(const struct order *order, const struct box_result *result, struct err *err) {
    if (result->not_found) return err_set(err, ERR_INTERNAL, "%s cannot be run: %s", order->name, result->why);
    if (result->limit)
        return err_set(err, ERR_INTERNAL, "%s was ended: beyond its %s", order->name, box_limit_name(result->limit));
    struct sv said = last_words(&result->err);
    return err_set(err, ERR_INTERNAL, "%s failed with exit status %d: %.*s", order->name, result->code,
                   (int)(said.len < 400 ? said.len : 400), said.data);
}

/* Runs the generator so that it writes to `target`. */
static int run_generator(struct material *material, const struct order *order, const char *target, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    const struct attempt *attempt = material->attempt;
    array(const char *) argv = {0};
    *array_push(&argv) = "python";
    *array_push(&argv) = "-s";
    *array_push(&argv) = order->source;
    size_t index;
    json_t *word;
    json_array_foreach(order->arguments, index, word) * array_push(&argv) = json_string_value(word);
    *array_push(&argv) = "--out";
    *array_push(&argv) = target;
    *array_push(&argv) = NULL;
    autofree char *folder = path_parent(target);
    const char **base = python_run_environment(&arena, attempt->options->environment, folder, folder);
    array(const char *) env = {0};
    for (; *base; base++) *array_push(&env) = *base;
    *array_push(&env) = arena_printf(&arena, "PYTHONPATH=%s/exercises/shared", attempt->options->course->directory);
    *array_push(&env) = NULL;
    struct box_program program = {.argv = argv.items, .env = env.items, .cwd = folder, .wall = GENERATOR_SECONDS};
    struct box_result result = {0};
    int status = box_run(material->box, &program, &result, err);
    array_free(&argv);
    array_free(&env);
    if (!status && (result.code || result.limit || result.not_found)) status = generator_failed(order, &result, err);
    if (!status && !fs_exists(target))
        status = err_set(err, ERR_INTERNAL, "%s ended well but wrote no --out %s", order->name, order->output);
    box_result_release(&result);
    return status;
}

/* Makes the material for all checks, unless another check has: built beside its place, then renamed there. */
static int make_once(struct material *material, const struct order *order, const char *place, struct err *err) {
    autofree char *lock_path = str_format("%s.lock", place);
    autoclose int lock = fs_lock(lock_path, WAIT_SECONDS, err);
    if (lock < 0) return err_wrap(err, "waiting for %s", order->name);
    if (fs_exists(place)) return 0;
    autofree char *building = str_format("%s.building", place);
    autofree char *target = path_join(building, order->output);
    if (fs_make_directories(building, err) || run_generator(material, order, target, err)) return -1;
    return rename(building, place) ? err_errno(err, ERR_INTERNAL, "cannot place the material of %s", order->name) : 0;
}

static int copy_file(const char *from, int folder, const char *name, struct err *err) {
    scoped(str) text = STR_INIT;
    if (fs_read(&text, from, SOURCE_MOST, err)) return -1;
    if (beneath_write(folder, name, text.data, text.len, 0444))
        return err_errno(err, ERR_INTERNAL, "cannot hand in %s", name);
    return 0;
}

static int copy_out(const char *from, int folder, const char *name, struct err *err) {
    if (!fs_is_directory(from)) return copy_file(from, folder, name, err);
    if (beneath_make_directories(folder, name)) return err_errno(err, ERR_INTERNAL, "cannot hand in %s", name);
    autoclose int source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
    *path = path_join(material->folder, leaf);
    return 0;
}

int material_get(struct material *material, const json_t *request, char **path, struct err *err) {
    scoped(order) order = {0};
    if (read_order(material->attempt, request, &order, err) || make_key(&order, err)) return -1;
    const char *handed = json_get_string(material->handed, order.key, NULL);
    if (handed) {
        *path = mem_copy_string(handed);
        return 0;
    }
    if (hand_out(material, &order, path, err)) return -1;
    json_put(material->handed, order.key, json_string(*path));
    return 0;
}
