#include "author/mutants.h"
#include "base/json.h"
#include "commands/author_test.h"

enum { MUTANTS = 60 };

static void print_json(const struct proof *proof, const struct mutants *mutants) {
    for (size_t i = 0; i < mutants->list.count; i++) {
        const struct mutant *mutant = &mutants->list.items[i];
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("mutant"));
        json_put(object, "exercise", json_string(proof->exercise->id));
        json_put(object, "file", json_string(mutant->file));
        json_put(object, "line", json_integer(mutant->line));
        json_put(object, "column", json_integer(mutant->column));
        json_put(object, "change", json_text(mutant->what, strlen(mutant->what)));
        json_put(object, "noticed", json_boolean(mutant->noticed));
        json_print_line(object);
    }
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("mutation_done"));
    json_put(object, "exercise", json_string(proof->exercise->id));
    json_put(object, "mutants", json_integer((json_int_t)mutants->list.count));
    json_put(object, "noticed", json_integer((json_int_t)mutants_noticed(mutants)));
    json_put(object, "possible", json_integer((json_int_t)mutants->possible));
    json_print_line(object);
}

static void print_survivor(const struct proof *proof, const struct mutant *mutant, const struct term *term) {
    enum { INDENT = 6 };
    scoped(str) clean = STR_INIT;
    scoped(str) wrapped = STR_INIT;
    autofree char *text = str_format("%s/%s:%d:%d: %s", proof->variants.items[0].folder, mutant->file, mutant->line,
                                     mutant->column, mutant->what);
    term_escape(&clean, text, strlen(text), false);
    term_wrap(&wrapped, clean.data, term->width, INDENT);
    printf("    %s\n", wrapped.data);
}

static void print(const struct proof *proof, const struct mutants *mutants, const struct term *term) {
    size_t count = mutants->list.count, noticed = mutants_noticed(mutants);
    if (!count) {
        printf("  %s: no Python in its solution that could be changed\n", proof->exercise->id);
        return;
    }
    printf("  %s: %zu of %zu changes noticed, %zu %%", proof->exercise->id, noticed, count, noticed * 100 / count);
    if (mutants->possible > count) printf(" (of %zu possible ones)", mutants->possible);
    puts(noticed < count ? "; no check notices" : "");
    for (size_t i = 0; i < count; i++)
        if (!mutants->list.items[i].noticed) print_survivor(proof, &mutants->list.items[i], term);
    fflush(stdout);
}

struct attempts {
    struct run *run;
    size_t done, total;
};

static void tried(void *context, size_t index) {
    struct attempts *attempts = context;
    (void)index;
    author_show_progress(attempts->run, "mutants", ++attempts->done, attempts->total, NULL);
}

static int try(struct run *run, struct mutants *mutants, size_t index, int interrupt, struct err *err) {
    const struct proof_options options = author_proof_options(run, index);
    struct attempts attempts = {.run = run, .total = mutants->list.count};
    struct pool pool = author_pool(run, interrupt);
    pool.done = tried;
    pool.context = &attempts;
    int status = mutants_try(mutants, &run->proofs.items[index], &options, &pool, err);
    term_progress_end(&run->progress);
    return status;
}

static int mutate(struct run *run, size_t index, int interrupt, struct err *err) {
    const struct proof *proof = &run->proofs.items[index];
    const struct proof_options options = author_proof_options(run, index);
    size_t most = run->values->mutants.given ? (size_t)run->values->mutants.value : MUTANTS;
    scoped(mutants) mutants = {.possible = 0};
    if (mutants_make(&mutants, proof, &options, most, interrupt, err) || try(run, &mutants, index, interrupt, err))
        return err_wrap(err, "%s", proof->exercise->id);
    if (run->context->json)
        print_json(proof, &mutants);
    else
        print(proof, &mutants, &run->context->out);
    return 0;
}

int author_mutate(struct run *run, int interrupt, struct err *err) {
    for (size_t i = 0; i < run->proofs.count; i++) {
        if (proof_holds(&run->proofs.items[i])) {
            if (mutate(run, i, interrupt, err)) return -1;
        } else if (!run->context->json) {
            printf("  %s: not proved, so its solution is not changed\n", run->proofs.items[i].exercise->id);
        }
    }
    return 0;
}
