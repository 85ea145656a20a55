#include "author/proof.h"

#include <stdlib.h>

#include "author/judge.h"
#include "author/results.h"
#include "base/json.h"

enum { FIRST_SEED = 1 };

/* The conditions of every second repeat: all together; which one matters is found out when one fails. */
static const unsigned every_condition = (1u << TRIAL_CONDITIONS) - 1;

/* ---- faults ---- */

void faults_add(struct faults *faults, const char *format, ...) {
    scoped(str) text = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&text, format, args);
    va_end(args);
    *array_push(&faults->list) = str_steal(&text);
}

void faults_release(struct faults *faults) {
    for (size_t i = 0; i < faults->list.count; i++) free(faults->list.items[i]);
    array_free(&faults->list);
}

void proof_release(struct proof *proof) {
    for (size_t i = 0; i < proof->cases.count; i++) {
        json_decref(proof->cases.items[i].task.result);
        faults_release(&proof->cases.items[i].faults);
    }
    array_free(&proof->cases);
    faults_release(&proof->faults);
    arena_release(&proof->arena);
}

/* ---- the plan ---- */

static void add_case(struct proof *proof, const struct proof_options *options, enum case_kind kind, const char *name,
                     struct trial trial) {
    trial.course = options->course;
    trial.exercise = proof->exercise;
    trial.variants = &proof->variants;
    trial.environment = options->environment;
    trial.cache = options->cache;
    trial.jobs = 1;
    *array_push(&proof->cases) =
        (struct proof_case){.kind = kind, .name = name, .task = {.trial = trial, .killed = kind == CASE_KILLED}};
}

static void add_repeats(struct proof *proof, const struct proof_options *options, const struct variant *solution) {
    for (unsigned i = 0; i < options->repeats; i++) {
        struct trial trial = {.variant = solution, .seed = i ? FIRST_SEED + i : 0};
        if (i % 2) trial.conditions = every_condition;
        const char *name =
            i ? arena_printf(&proof->arena, "solution, seed %u%s", FIRST_SEED + i, i % 2 ? ", other conditions" : "")
              : "solution, its own seed";
        add_case(proof, options, CASE_REPEAT, name, trial);
    }
}

static void add_cases(struct proof *proof, const struct proof_options *options) {
    const struct variant *solution = variants_solution(&proof->variants);
    add_case(proof, options, CASE_START, "start", (struct trial){.seed = FIRST_SEED});
    for (size_t i = 0; i < proof->variants.count; i++) {
        const struct variant *variant = &proof->variants.items[i];
        add_case(proof, options, variant->kind == VARIANT_WRONG ? CASE_WRONG : CASE_SOLUTION, variant->name,
                 (struct trial){.variant = variant, .seed = FIRST_SEED});
    }
    if (!solution) return;
    add_repeats(proof, options, solution);
    add_case(proof, options, CASE_KILLED, "killed", (struct trial){.variant = solution, .seed = FIRST_SEED});
}

/* Names everything that the case's result depends on. */
static void make_key(struct proof_case *one, const struct fingerprint *fingerprint, const char *exercise,
                     const struct proof_options *options) {
    struct hash hash;
    hash_init(&hash);
    hash_add_string(&hash, options->program);
    hash_add_string(&hash, exercise);
    autofree char *facts = str_format("%s %d %llu %u", one->name, (int)one->kind,
                                      (unsigned long long)one->task.trial.seed, one->task.trial.conditions);
    hash_add_string(&hash, facts);
    if (one->kind == CASE_WRONG) fingerprint_add_folder(fingerprint, one->name, &hash);
    hash_finish(&hash, one->key);
}

int proof_plan(struct proof *proof, const struct exercise *exercise, const struct fingerprint *fingerprint,
               const struct proof_options *options, struct err *err) {
    char common[HASH_HEX_SIZE];
    proof->exercise = exercise;
    if (variants_list(&proof->variants, options->course, exercise, &proof->arena, err)) return -1;
    fingerprint_proof(fingerprint, proof->fingerprint);
    fingerprint_exercise(fingerprint, common);
    add_cases(proof, options);
    for (size_t i = 0; i < proof->cases.count; i++) {
        struct proof_case *one = &proof->cases.items[i];
        make_key(one, fingerprint, common, options);
        one->task.result = options->fresh ? NULL : results_find(options->cache, one->key);
        one->cached = one->task.result != NULL;
    }
    return 0;
}

/* ---- the judgement ---- */

void proof_judge(struct proof *proof, struct proof_case *one, const char *cache) {
    judge_case(proof, one);
    if (!one->cached && !one->faults.list.count) results_keep(cache, one->key, one->task.result);
}

void proof_conclude(struct proof *proof) {
    judge_coverage(proof);
    judge_hints(proof);
    judge_time(proof);
}

bool proof_holds(const struct proof *proof) {
    size_t count = proof->faults.list.count;
    for (size_t i = 0; i < proof->cases.count; i++) count += proof->cases.items[i].faults.list.count;
    return !count;
}

static double sum_of(const struct proof *proof, const char *key) {
    double sum = 0;
    for (size_t i = 0; i < proof->cases.count; i++) sum += json_get_number(proof->cases.items[i].task.result, key, 0);
    return sum;
}

double proof_seconds(const struct proof *proof) { return sum_of(proof, "seconds"); }
double proof_processor(const struct proof *proof) { return sum_of(proof, "processor"); }
