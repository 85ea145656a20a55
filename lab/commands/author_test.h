#pragma once
/* What lab author test is about, for the files that it is made of. */

#include "author/golden.h"
#include "author/lock.h"
#include "base/path.h"
#include "commands/author.h"

struct test_values {
    bool all, changed, fresh, update_lock, update_golden, yes, mutate;
    struct option_number jobs, repeat, sample, mutants;
    const char *junit;
};

/* Everything that one run is about. */
struct run {
    const struct context *context;
    const struct test_values *values;
    const struct path_places *places;
    struct course *course;
    char program[HASH_HEX_SIZE];
    struct lock lock;
    struct fingerprint *fingerprints; /* parallel to the course's exercise_ids; of those that were asked for */
    bool *chosen, *stale;             /* as parallel; stale: in the lock, by another fingerprint */
    array(char *) environments;       /* their folders, to be freed */
    array(struct proof) proofs;
    struct golden_changes changes;
    struct term_progress progress;
    size_t cases, done, skipped; /* skipped: exercises that this machine lacks a tool for */
};

/* Of the proof with this index. */
struct proof_options author_proof_options(const struct run *run, size_t index);
struct pool author_pool(const struct run *run, int interrupt);

void author_show_progress(struct run *run, const char *label, size_t done, size_t total, const char *note);

/* Makes small changes to the solutions, and tells which ones no check notices. */
int author_mutate(struct run *run, int interrupt, struct err *err);
