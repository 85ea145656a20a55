#include "author/mutants.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/errand.h"
#include "author/mutate_program.h"
#include "author/results.h"
#include "base/beneath.h"
#include "base/draw.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "workspace/python.h"

enum { DEPTH_MOST = 64, PROGRAMS_MOST = 200, FILE_MOST = 1 << 20, SECONDS = 60, OUTPUT_MOST = 64 << 20 };

void mutants_release(struct mutants *mutants) {
    array_free(&mutants->list);
    arena_release(&mutants->arena);
}

size_t mutants_noticed(const struct mutants *mutants) {
    size_t count = 0;
    for (size_t i = 0; i < mutants->list.count; i++) count += mutants->list.items[i].noticed;
    return count;
}

/* ---- making them ---- */

/* The box in which mutate.py reads what a stranger may have written. */
struct mutation {
    struct errand errand;
    struct arena arena;
    const char *path; /* of the solution, laid out */
    int folder;       /* the same */
    array(const char *) words;
};

static void mutation_release(struct mutation *mutation) {
    mem_close_descriptor(&mutation->folder);
    array_free(&mutation->words);
    errand_release(&mutation->errand);
    arena_release(&mutation->arena);
}

static int collect_program(void *context, int parent, const char *name, const struct stat *info) {
    struct mutation *mutation = context;
    (void)parent;
    if (S_ISREG(info->st_mode) && string_ends_with(name, ".py") && mutation->words.count < PROGRAMS_MOST)
        *array_push(&mutation->words) = arena_string(&mutation->arena, name);
    return S_ISDIR(info->st_mode);
}

static int lay_out(struct mutation *mutation, const struct proof *proof, const struct proof_options *options,
                   struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (errand_open(&mutation->errand, options->cache, 0, options->environment, err)) return -1;
    const char *path = mutation->path = arena_printf(&mutation->arena, "%s/work", mutation->errand.scratch.directory);
    if (mkdir(path, 0755)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", path);
    mutation->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mutation->folder < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", path);
    if (variant_lay_out(&proof->variants.items[0], &proof->variants, options->course, mutation->folder, err)) return -1;
    static const char *const first[] = {"python", "-I", "-"};
    for (size_t i = 0; i < LENGTH(first); i++) *array_push(&mutation->words) = first[i];
    if (beneath_walk(mutation->folder, ".", DEPTH_MOST, collect_program, mutation))
        return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", path);
    *array_push(&mutation->words) = NULL;
    return 0;
}

static int run_program(struct mutation *mutation, const struct proof_options *options, int interrupt,
                       struct box_result *result, struct err *err) {
    const struct walls *walls = &mutation->errand.walls;
    const char **bases = python_base_folders(&mutation->arena, options->environment);
    struct box_folder folders[3 + PYTHON_BASE_MOST + 1] = {{mutation->path, "/lab/work", BOX_READ},
                                                           {options->environment, "/lab/python", BOX_READ},
                                                           {options->environment, NULL, BOX_READ}};
    for (size_t i = 0; bases[i]; i++) folders[3 + i] = (struct box_folder){bases[i], NULL, BOX_READ};
    const struct box_config config = {
        .folders = folders,
        .limits = {.wall = SECONDS, .memory = 1 << 30, .processes = 16, .output = OUTPUT_MOST},
        .network = BOX_NETWORK_NONE,
        .walls = walls,
        .user = mutation->errand.user,
        .interrupt = interrupt,
    };
    const char *python = box_inside(walls, &folders[1]), *work = box_inside(walls, &folders[0]);
    const struct box_program program = {
        .argv = mutation->words.items,
        .env = python_run_environment(&mutation->arena, python, work, work),
        .cwd = work,
        .input = {mutate_program, (size_t)(mutate_program_end - mutate_program)},
    };
    return box_run_alone(&config, &program, result, err);
}

/* One line of what mutate.py printed. Its numbers are of a program that read a stranger's text: each is looked at. */
static void take_line(struct mutants *mutants, struct sv line) {
    autojson json_t *object = json_loadb(line.data, line.len, 0, NULL);
    long long begin = json_get_integer(object, "begin", -1), end = json_get_integer(object, "end", -1);
    const char *file = json_get_string(object, "file", NULL), *with = json_get_string(object, "with", NULL);
    if (!file || !with || !path_is_inside(file) || begin < 0 || end < begin || end > FILE_MOST) return;
    *array_push(&mutants->list) = (struct mutant){
        .file = arena_string(&mutants->arena, file),
        .line = (int)json_get_integer(object, "line", 0),
        .column = (int)json_get_integer(object, "column", 0),
        .begin = (size_t)begin,
        .end = (size_t)end,
        .with = arena_string(&mutants->arena, with),
        .what = arena_string(&mutants->arena, json_get_string(object, "what", "")),
    };
}

/* Keeps `most` of them: drawn from one fixed beginning, in their order. */
static void choose(struct mutants *mutants, size_t most) {
    size_t kept = 0, left = mutants->list.count, wanted = most;
    uint64_t number = 1;
    for (size_t i = 0; i < mutants->list.count; i++, left--) {
        size_t drawn = draw_below(&number, left);
        if (left > wanted && drawn >= wanted) continue;
        if (!wanted) break;
        mutants->list.items[kept++] = mutants->list.items[i];
        wanted--;
    }
    mutants->list.count = kept;
}

static int take_output(struct mutants *mutants, const struct box_result *result, struct err *err) {
    if (box_result_failed(result) || result->out.dropped) {
        struct sv said = sv_str(&result->err.tail);
        return err_set(err, ERR_INTERNAL, "mutants cannot be made: %.*s", (int)(said.len < 400 ? said.len : 400),
                       result->not_found ? result->why : said.data);
    }
    scoped(str) all = STR_INIT;
    str_append_bytes(&all, result->out.head.data, result->out.head.len);
    str_append_bytes(&all, result->out.tail.data, result->out.tail.len);
    struct sv rest = sv_str(&all), line;
    while (sv_next_line(&rest, &line)) take_line(mutants, line);
    mutants->possible = mutants->list.count;
    return 0;
}

int mutants_make(struct mutants *mutants, const struct proof *proof, const struct proof_options *options, size_t most,
                 int interrupt, struct err *err) {
    enum { FIXED_WORDS = 4 };
    scoped(mutation) mutation = {.errand = ERRAND_INIT, .folder = -1};
    if (!variants_solution(&proof->variants)) return 0;
    if (lay_out(&mutation, proof, options, err)) return -1;
    if (mutation.words.count == FIXED_WORDS) return 0;
    struct box_result result = {0};
    int status = run_program(&mutation, options, interrupt, &result, err);
    if (!status) status = take_output(mutants, &result, err);
    box_result_release(&result);
    choose(mutants, most);
    return status;
}

/* ---- trying them ---- */

/* The mutant's file, whole, and the name of its result in the cache. */
static int make_file(const struct mutant *mutant, const struct proof *proof, const struct proof_options *options,
                     struct str *text, char key[HASH_HEX_SIZE], struct err *err) {
    scoped(str) original = STR_INIT;
    autofree char *path = path_join(proof->variants.items[0].folder, mutant->file);
    if (beneath_read(options->course->folder, path, &original, FILE_MOST) || mutant->end > original.len)
        return err_set(err, ERR_COURSE, "%s cannot be read, or changed meanwhile", path);
    str_append_bytes(text, original.data, mutant->begin);
    str_append(text, mutant->with);
    str_append_bytes(text, original.data + mutant->end, original.len - mutant->end);
    struct hash hash;
    hash_init(&hash);
    hash_add_string(&hash, "mutant");
    hash_add_string(&hash, options->program);
    hash_add_string(&hash, proof->fingerprint);
    hash_add_string(&hash, mutant->file);
    hash_add(&hash, text->data, text->len);
    hash_finish(&hash, key);
    return 0;
}

struct trying {
    struct pool pool;
    const struct pool *wanted; /* by the caller */
    const char *cache;
    struct str *texts;
    char (*keys)[HASH_HEX_SIZE];
    size_t count;
};

static void trying_release(struct trying *trying) {
    for (size_t i = 0; i < trying->count; i++) {
        str_release(&trying->texts[i]);
        json_decref(trying->pool.tasks[i].result);
    }
    free(trying->texts);
    free(trying->keys);
    free(trying->pool.tasks);
}

static int plan(struct trying *trying, const struct mutants *mutants, const struct proof *proof,
                const struct proof_options *options, struct err *err) {
    for (; trying->count < mutants->list.count; trying->count++) {
        size_t i = trying->count;
        const struct mutant *mutant = &mutants->list.items[i];
        trying->texts[i] = (struct str)STR_INIT;
        if (make_file(mutant, proof, options, &trying->texts[i], trying->keys[i], err)) return -1;
        struct pool_task *task = &trying->pool.tasks[i];
        task->trial = proof->cases.items[0].task.trial; /* the start: course, exercise, environment, seed */
        task->trial.variants = &proof->variants;
        task->trial.variant = &proof->variants.items[0];
        task->trial.patch_path = mutant->file;
        task->trial.patch_text = sv_str(&trying->texts[i]);
        task->trial.one_failure_ends = true;
        task->result = options->fresh ? NULL : results_find(options->cache, trying->keys[i]);
    }
    return 0;
}

static void tell(const struct trying *trying, size_t index) {
    if (trying->wanted->done) trying->wanted->done(trying->wanted->context, index);
}

/* Keeps what came of one at once: the others may be interrupted. */
static void landed(void *context, size_t index) {
    const struct trying *trying = context;
    const char *verdict = json_get_string(trying->pool.tasks[index].result, "verdict", NULL);
    if (verdict) {
        autojson json_t *kept = json_object();
        json_put(kept, "verdict", json_string(verdict));
        results_keep(trying->cache, trying->keys[index], kept);
    }
    tell(trying, index);
}

static int judge(struct mutant *mutant, const json_t *result, struct err *err) {
    const char *verdict = json_get_string(result, "verdict", NULL);
    if (!verdict) {
        err_set(err, ERR_INTERNAL, "%s", json_get_string(result, "error", "a trial gave no verdict"));
        return err_wrap(err, "%s:%d", mutant->file, mutant->line);
    }
    mutant->noticed = strcmp(verdict, "pass") != 0;
    return 0;
}

int mutants_try(struct mutants *mutants, const struct proof *proof, const struct proof_options *options,
                const struct pool *pool, struct err *err) {
    size_t count = mutants->list.count;
    scoped(trying) trying = {.pool = *pool,
                             .wanted = pool,
                             .cache = options->cache,
                             .texts = mem_alloc(count * sizeof *trying.texts + 1),
                             .keys = mem_alloc(count * sizeof *trying.keys + 1)};
    trying.pool.tasks = mem_alloc(count * sizeof *trying.pool.tasks + 1);
    trying.pool.count = count;
    trying.pool.done = landed;
    trying.pool.context = &trying;
    if (plan(&trying, mutants, proof, options, err)) return -1;
    for (size_t i = 0; i < count; i++)
        if (trying.pool.tasks[i].result) tell(&trying, i);
    if (pool_run(&trying.pool, err)) return -1;
    for (size_t i = 0; i < count; i++)
        if (judge(&mutants->list.items[i], trying.pool.tasks[i].result, err)) return -1;
    return 0;
}
