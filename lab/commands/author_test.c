/* lab author test [EX…]: proves that right work passes and wrong work fails. */

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "attempt/tool.h"
#include "author/flakes.h"
#include "author/proof_report.h"
#include "author/results.h"
#include "author/times.h"
#include "base/json.h"
#include "base/machine.h"
#include "commands/author_test.h"
#include "commands/environment.h"

enum { REPEATS = 6, JOBS_MOST = 64 };

#define AT(field) offsetof(struct test_values, field)
static const struct option items[] = {
    {"all", 0, OPTION_FLAG, AT(all), NULL, "every exercise of the course", 0, 0},
    {"changed", 0, OPTION_FLAG, AT(changed), NULL, "those whose proof in tests/proved.lock is missing or stale", 0, 0},
    {"sample", 0, OPTION_NUMBER, AT(sample), "SECONDS",
     "with --changed: also others, in turn from day to day, as many as that much processor time allows", 0, 86400},
    {"jobs", 'j', OPTION_NUMBER, AT(jobs), "N", "trials at once (default: the cores)", 1, JOBS_MOST},
    {"repeat", 0, OPTION_NUMBER, AT(repeat), "N", "more trials of the solution, with other seeds (default: 6)", 0,
     1000},
    {"fresh", 0, OPTION_FLAG, AT(fresh), NULL, "try everything again, whatever is known from before", 0, 0},
    {"mutate", 0, OPTION_FLAG, AT(mutate), NULL,
     "change the solution's Python a little, in many ways, and list what no check notices", 0, 0},
    {"mutants", 0, OPTION_NUMBER, AT(mutants), "N", "with --mutate: at most so many changes (default: 60)", 1, 100000},
    {"junit", 0, OPTION_TEXT, AT(junit), "FILE", "write what came of it as JUnit XML", 0, 0},
    {"update-golden", 0, OPTION_FLAG, AT(update_golden), NULL,
     "show how transcripts differ from tests/golden/, then write them there", 0, 0},
    {"update-lock", 0, OPTION_FLAG, AT(update_lock), NULL, "note what is proved in tests/proved.lock", 0, 0},
    {"yes", 'y', OPTION_FLAG, AT(yes), NULL, "do not ask before transcripts are written", 0, 0},
};
const struct options author_test_options = {items, LENGTH(items), sizeof(struct test_values)};

static void run_release(struct run *run) {
    for (size_t i = 0; i < run->proofs.count; i++) proof_release(&run->proofs.items[i]);
    for (size_t i = 0; run->fingerprints && i < run->course->exercise_ids.count; i++)
        fingerprint_release(&run->fingerprints[i]);
    for (size_t i = 0; i < run->environments.count; i++) free(run->environments.items[i]);
    array_free(&run->proofs);
    array_free(&run->environments);
    golden_changes_release(&run->changes);
    lock_release(&run->lock);
    free(run->fingerprints);
    free(run->chosen);
    free(run->stale);
    course_free(run->course);
}

/* ---- which exercises ---- */

static size_t index_of(const struct run *run, const char *id) {
    size_t i = 0;
    while (strcmp(run->course->exercise_ids.items[i], id) != 0) i++;
    return i;
}

/* Of the exercise with this index among the course's; read once. */
static const struct fingerprint *fingerprint_of(struct run *run, size_t index, struct err *err) {
    struct fingerprint *fingerprint = &run->fingerprints[index];
    if (fingerprint->files.count) return fingerprint;
    const struct exercise *exercise = course_exercise(run->course, run->course->exercise_ids.items[index], err);
    return exercise && !fingerprint_read(fingerprint, run->course, exercise, err) ? fingerprint : NULL;
}

/* Those that the lock does not vouch for, and whose turn it is. */
static int choose_changed(struct run *run, struct err *err) {
    size_t count = run->course->exercise_ids.count;
    autofree bool *fresh = mem_alloc(count * sizeof *fresh + 1);
    for (size_t i = 0; i < count; i++) {
        char hex[HASH_HEX_SIZE];
        const struct fingerprint *fingerprint = fingerprint_of(run, i, err);
        if (!fingerprint) return -1;
        fingerprint_proof(fingerprint, hex);
        const struct lock_entry *entry = lock_find(&run->lock, run->course->exercise_ids.items[i]);
        fresh[i] = entry && !strcmp(entry->fingerprint, hex);
        run->stale[i] = entry && !fresh[i];
        run->chosen[i] |= !fresh[i];
    }
    if (run->values->sample.given && count)
        lock_sample(&run->lock, run->course, fresh, (double)run->values->sample.value, (long)(time(NULL) / 86400),
                    run->chosen);
    return 0;
}

static int choose(struct run *run, int argc, char **argv, struct err *err) {
    size_t count = run->course->exercise_ids.count;
    run->fingerprints = mem_alloc(count * sizeof *run->fingerprints + 1);
    run->chosen = mem_alloc(count * sizeof *run->chosen + 1);
    run->stale = mem_alloc(count * sizeof *run->stale + 1);
    if (!argc && !run->values->all && !run->values->changed) {
        err_set(err, ERR_USAGE, "name an exercise, or say --all or --changed");
        return err_help(err, "lab author test --all");
    }
    for (int i = 0; i < argc; i++) {
        const struct exercise *exercise = course_exercise(run->course, argv[i], err);
        if (!exercise) return -1;
        run->chosen[index_of(run, exercise->id)] = true;
    }
    for (size_t i = 0; run->values->all && i < count; i++) run->chosen[i] = true;
    return run->values->changed ? choose_changed(run, err) : 0;
}

/* ---- planning ---- */

struct proof_options author_proof_options(const struct run *run, size_t index) {
    return (struct proof_options){
        .course = run->course,
        .environment = run->environments.items[index],
        .cache = run->places->cache,
        .program = run->program,
        .repeats = run->values->repeat.given ? (unsigned)run->values->repeat.value : REPEATS,
        .fresh = run->values->fresh,
    };
}

/* Whether the machine lacks what a check needs: then nothing can be proved, and that is said aloud. */
static bool lacks_tool(struct run *run, const struct exercise *exercise, const char *environment) {
    struct err why = ERR_INIT;
    if (!exercise_lacks(exercise, environment, &why)) return false;
    err_join(&why);
    fprintf(stderr, "lab: %s is skipped, and not proved: %s\n", exercise->id, why.message);
    run->skipped++;
    return true;
}

static int plan(struct run *run, size_t index, struct err *err) {
    const struct exercise *exercise = course_exercise(run->course, run->course->exercise_ids.items[index], err);
    const struct fingerprint *fingerprint = exercise ? fingerprint_of(run, index, err) : NULL;
    if (!fingerprint) return -1;
    scoped(python) python = {0};
    struct target target = {.course = run->course, .exercise = exercise};
    if (command_environment(run->context, &target, &python, err)) return -1;
    if (lacks_tool(run, exercise, python.directory)) return 0;
    *array_push(&run->environments) = mem_copy_string(python.directory);
    struct proof_options options = author_proof_options(run, run->environments.count - 1);
    struct proof *proof = array_push(&run->proofs);
    if (proof_plan(proof, exercise, fingerprint, &options, err)) return err_wrap(err, "%s", exercise->id);
    run->cases += proof->cases.count;
    return 0;
}

static int plan_all(struct run *run, struct err *err) {
    for (size_t i = 0; i < run->course->exercise_ids.count; i++) {
        if (!run->chosen[i]) continue;
        if (plan(run, i, err)) return -1;
    }
    return 0;
}

/* ---- trying ---- */

void author_show_progress(struct run *run, const char *label, size_t done, size_t total, const char *note) {
    if (!run->context->quiet) term_progress_show(&run->progress, label, done, total, note);
}

/* Where a pool's tasks came from. */
struct flight {
    struct run *run;
    struct pool_task *tasks;
    struct turns turns;       /* parallel to tasks */
    size_t at_fault;          /* cases that have landed so */
    const struct turn *first; /* of them */
};

static void flight_release(struct flight *flight) {
    free(flight->tasks);
    turns_release(&flight->turns);
}

static void landed(void *context, size_t index) {
    struct flight *flight = context;
    const struct turn *turn = &flight->turns.list.items[index];
    turn->one->task.result = flight->tasks[index].result;
    proof_judge(turn->proof, turn->one, flight->run->places->cache); /* kept, whatever comes */
    if (turn->one->faults.list.count && !flight->at_fault++) flight->first = turn;
    flight->run->done++;
    char note[160] = "";
    if (flight->first)
        snprintf(note, sizeof note, "%zu at fault, first %s %s", flight->at_fault, flight->first->proof->exercise->id,
                 flight->first->one->name);
    author_show_progress(flight->run, turn->proof->exercise->id, flight->run->done, flight->run->cases,
                         *note ? note : NULL);
}

struct pool author_pool(const struct run *run, int interrupt) {
    return (struct pool){
        .jobs = run->values->jobs.given ? (unsigned)run->values->jobs.value : machine_cores(JOBS_MOST),
        .cache = run->places->cache,
        .interrupt = interrupt,
    };
}

/* What is known already is judged; the rest, in what order it is tried. */
static void queue(struct flight *flight) {
    struct run *run = flight->run;
    for (size_t i = 0; i < run->proofs.count; i++) {
        struct proof *proof = &run->proofs.items[i];
        for (size_t j = 0; j < proof->cases.count; j++) {
            struct proof_case *one = &proof->cases.items[j];
            one->task.trial.variants = &proof->variants; /* which moved when the list of proofs grew */
            if (one->cached) proof_judge(proof, one, run->places->cache);
            run->done += one->cached;
        }
        turns_add(&flight->turns, proof, run->places->cache);
    }
    turns_sort(&flight->turns);
    flight->tasks = mem_alloc((flight->turns.list.count + 1) * sizeof *flight->tasks);
    for (size_t i = 0; i < flight->turns.list.count; i++) flight->tasks[i] = flight->turns.list.items[i].one->task;
}

static int try_all(struct run *run, int interrupt, struct err *err) {
    scoped(flight) flight = {.run = run};
    struct pool pool = author_pool(run, interrupt);
    queue(&flight);
    if (!flight.turns.list.count) return 0;
    pool.tasks = flight.tasks;
    pool.count = flight.turns.list.count;
    pool.done = landed;
    pool.context = &flight;
    author_show_progress(run, "trials", run->done, run->cases, NULL);
    int status = pool_run(&pool, err);
    term_progress_end(&run->progress);
    for (size_t i = 0; i < run->proofs.count; i++) times_keep(&run->proofs.items[i], run->places->cache);
    return status;
}

static int judge_all(struct run *run, int interrupt, struct str *diffs, struct err *err) {
    struct pool pool = author_pool(run, interrupt);
    for (size_t i = 0; i < run->proofs.count; i++) {
        struct proof *proof = &run->proofs.items[i];
        proof_conclude(proof);
        if (flakes_explain(proof, &pool, err) ||
            golden_compare(proof, run->course, run->values->update_golden, &run->changes, diffs, err))
            return -1;
    }
    return 0;
}

/* ---- telling ---- */

static size_t tell(struct run *run) {
    size_t proved = 0;
    for (size_t i = 0; i < run->proofs.count; i++) {
        const struct proof *proof = &run->proofs.items[i];
        proved += proof_holds(proof);
        if (run->context->json)
            proof_print_json(proof);
        else if (!run->context->quiet || !proof_holds(proof))
            proof_print(proof, stdout, &run->context->out, run->context->verbose);
    }
    return proved;
}

static void tell_end(const struct run *run, size_t proved, size_t stale) {
    size_t count = run->proofs.count;
    if (!run->context->json) {
        if (count != 1 && !run->context->quiet) printf("%zu of %zu exercises proved\n", proved, count);
        if (run->skipped && !run->context->quiet) printf("%zu skipped\n", run->skipped);
        return;
    }
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("test_done"));
    json_put(object, "exercises", json_integer((json_int_t)count));
    json_put(object, "proved", json_integer((json_int_t)proved));
    json_put(object, "stale", json_integer((json_int_t)stale));
    json_print_line(object);
}

/* Differences are shown before they are written; on a terminal the author is asked. */
static int update_golden(struct run *run, const struct str *diffs, struct err *err) {
    if (!run->changes.list.count) return 0;
    scoped(str) clean = STR_INIT;
    term_escape(&clean, diffs->data, diffs->len, true);
    fputs(clean.data, run->context->json ? stderr : stdout);
    if (!run->values->yes && !command_confirm("write these transcripts?", true)) return 0;
    if (golden_write(&run->changes, run->course, err)) return -1;
    if (!run->context->json) printf("%zu transcripts written\n", run->changes.list.count);
    return 0;
}

/* What the lock says falsely is an error even when the proof holds: it would be believed elsewhere. */
static size_t tell_stale(const struct run *run) {
    size_t count = 0;
    for (size_t i = 0; run->values->changed && !run->values->update_lock && i < run->course->exercise_ids.count; i++) {
        if (!run->stale[i]) continue;
        count++;
        fprintf(stderr, "lab: tests/proved.lock is stale for %s\n  try: lab author test %s --update-lock\n",
                run->course->exercise_ids.items[i], run->course->exercise_ids.items[i]);
    }
    return count;
}

int cmd_author_test(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    scoped(run) run = {.context = context, .values = values, .progress = {.stream = stderr, .term = context->err}};
    scoped(str) diffs = STR_INIT;
    run.places = path_places(err);
    if (!run.places || command_course(context, &run.course, err) || fingerprint_program(run.program, err) ||
        lock_read(&run.lock, run.course, err) || choose(&run, argc, argv, err) || plan_all(&run, err))
        return -1;
    autoclose int interrupt = command_interrupts(err);
    if (interrupt < 0 || try_all(&run, interrupt, err) || judge_all(&run, interrupt, &diffs, err)) return -1;
    results_tidy(run.places->cache);
    size_t proved = tell(&run), stale = tell_stale(&run);
    if (run.values->junit && proof_write_junit(run.proofs.items, run.proofs.count, run.values->junit, err)) return -1;
    if (run.values->update_golden && update_golden(&run, &diffs, err)) return -1;
    if (run.values->update_lock && lock_update(run.course, run.proofs.items, run.proofs.count, err)) return -1;
    tell_end(&run, proved, stale);
    if (run.values->mutate && author_mutate(&run, interrupt, err)) return -1;
    return proved == run.proofs.count && !stale ? 0 : 1;
}
