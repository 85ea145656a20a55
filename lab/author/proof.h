#pragma once
/*
 * The proof of an exercise: that right work passes and wrong work fails, and for the reason that is wrong with it. A proof is a list
 * of cases, each a trial with what is expected of it:
 *
 *     start        earns less than 40 % and passes no decisive check; the verdict is "untried"
 *     solution…    passes every check
 *     repeats      the solution passes under other seeds, every second time under other conditions as well
 *     wrong/NAME   fails exactly the checks that its wrong.yaml names, with its reason; what waits for them is blocked
 *     killed       a checker that is killed in its middle leaves nothing
 *
 * and of what is known without a trial: every check is failed by some wrong variant, every hint can be shown.
 * Results of cases in order are kept in the cache by the hash of all that they depend on; what is at fault is always tried again.
 */

#include "author/fingerprint.h"
#include "author/pool.h"
#include "base/hash.h"

enum case_kind { CASE_START, CASE_SOLUTION, CASE_REPEAT, CASE_WRONG, CASE_KILLED };

struct faults {
    array(char *) list;
};

struct proof_case {
    enum case_kind kind;
    const char *name; /* "start", "solution", "seed 4", "wrong/set-order", "killed" */
    struct pool_task task;
    char key[HASH_HEX_SIZE]; /* of its result in the cache; "" when it is never kept */
    bool cached;
    struct faults faults;
};

struct proof {
    const struct exercise *exercise;
    struct variants variants;
    array(struct proof_case) cases;
    struct faults faults; /* of no single case */
    char fingerprint[HASH_HEX_SIZE];
    struct arena arena;
};
void proof_release(struct proof *proof);

struct proof_options {
    const struct course *course;
    const char *environment; /* of the exercise */
    const char *cache;
    const char *program; /* fingerprint_program */
    unsigned repeats;    /* trials of the solution beyond the first */
    bool fresh;          /* look for no results in the cache */
};

/* The cases, those known from the cache with their results. ERR_COURSE when the exercise's works cannot be read. */
int proof_plan(struct proof *proof, const struct exercise *exercise, const struct fingerprint *fingerprint,
               const struct proof_options *options, struct err *err);

/* Judges a case that has its result: fills its faults, and keeps the result in the cache when there are none. */
void proof_judge(struct proof *proof, struct proof_case *one, const char *cache);

/* What is known of the whole once every case is judged: fills proof->faults. */
void proof_conclude(struct proof *proof);

bool proof_holds(const struct proof *proof); /* no faults at all */
/* Of all trials, cached ones as they were: on the clock, and of processor time, which does not depend on what else the machine
 * does. */
double proof_seconds(const struct proof *proof);
double proof_processor(const struct proof *proof);

void faults_add(struct faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));
void faults_release(struct faults *faults);
