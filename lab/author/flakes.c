#include "author/flakes.h"

#include <stdlib.h>

#include "author/judge.h"
#include "base/json.h"

enum { EXPLAINED_MOST = 2, AGAIN = 0, USUAL = 1, SINGLE = 2, TRIALS_MOST = SINGLE + TRIAL_CONDITIONS };

/* The further trials of one case: as it was, under usual conditions, with each condition alone. */
struct inquiry {
    struct pool_task tasks[TRIALS_MOST];
    size_t count;
};

static void inquiry_release(struct inquiry *inquiry) {
    for (size_t i = 0; i < inquiry->count; i++) json_decref(inquiry->tasks[i].result);
}

static void plan(struct inquiry *inquiry, const struct proof_case *one) {
    inquiry->tasks[AGAIN].trial = one->task.trial;
    inquiry->count = 1;
    if (!one->task.trial.conditions) return;
    inquiry->count = TRIALS_MOST;
    for (size_t i = USUAL; i < TRIALS_MOST; i++) {
        inquiry->tasks[i].trial = one->task.trial;
        inquiry->tasks[i].trial.conditions = i == USUAL ? 0 : 1u << (i - SINGLE);
    }
}

static bool passed(const struct inquiry *inquiry, size_t index) {
    return !strcmp(json_get_string(inquiry->tasks[index].result, "verdict", ""), "pass");
}

static void append_conditions(struct str *out, const struct inquiry *inquiry) {
    for (size_t i = SINGLE; i < inquiry->count; i++)
        if (!passed(inquiry, i))
            str_printf(out, "%s%s", out->len ? "; or " : "", trial_condition_name(1u << (i - SINGLE)));
}

static void conclude(struct proof_case *one, const struct inquiry *inquiry, bool usual_fails) {
    long long seed = json_get_integer(one->task.result, "seed", 0);
    scoped(str) checks = STR_INIT;
    scoped(str) conditions = STR_INIT;
    judge_name_failed(&checks, one->task.result);
    append_conditions(&conditions, inquiry);
    if (passed(inquiry, AGAIN))
        faults_add(&one->faults, "flaky: %s failed with seed %lld, and passed when it was tried again", checks.data,
                   seed);
    else if (inquiry->count == 1)
        faults_add(&one->faults, usual_fails ? "it fails each time" : "flaky: %s fails with seed %lld, each time",
                   checks.data, seed);
    else if (!passed(inquiry, USUAL))
        faults_add(&one->faults, "flaky: %s fails with seed %lld, each time, also under usual conditions", checks.data,
                   seed);
    else if (conditions.len)
        faults_add(&one->faults, "flaky: %s fails with seed %lld %s", checks.data, seed, conditions.data);
    else
        faults_add(&one->faults, "flaky: %s fails with seed %lld when all of the conditions come together", checks.data,
                   seed);
}

static int explain(struct proof_case *one, const struct pool *pool, bool usual_fails, struct err *err) {
    scoped(inquiry) inquiry = {.count = 0};
    plan(&inquiry, one);
    if (usual_fails) inquiry.count = 1;
    struct pool own = *pool;
    own.tasks = inquiry.tasks;
    own.count = inquiry.count;
    own.done = NULL;
    if (pool_run(&own, err)) return -1;
    conclude(one, &inquiry, usual_fails);
    return 0;
}

/* A trial that failed by a verdict; where there was none, trying again explains nothing. */
static bool is_explicable(const struct proof_case *one) {
    bool right = one->kind == CASE_SOLUTION || one->kind == CASE_REPEAT;
    return right && one->faults.list.count && json_object_get(one->task.result, "verdict");
}

int flakes_explain(struct proof *proof, const struct pool *pool, struct err *err) {
    bool usual_fails = false;
    unsigned explained = 0;
    for (size_t i = 0; i < proof->cases.count && explained < EXPLAINED_MOST; i++) {
        struct proof_case *one = &proof->cases.items[i];
        if (!is_explicable(one)) continue;
        usual_fails = usual_fails || one->kind == CASE_SOLUTION;
        if (explain(one, pool, usual_fails, err)) return -1;
        explained++;
    }
    return 0;
}
