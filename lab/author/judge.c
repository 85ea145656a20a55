#include "author/judge.h"

#include "base/json.h"
#include "term/term.h"

enum { START_PERCENT = 40, EVIDENCE_MOST = 300 };

/* ---- reading results ---- */

static const char *id_of(const json_t *check) { return json_get_string(check, "id", ""); }

static bool has_verdict(const json_t *check, const char *verdict) {
    return !strcmp(json_get_string(check, "verdict", ""), verdict);
}

static bool is_failed(const json_t *check) { return has_verdict(check, "fail") || has_verdict(check, "timeout"); }

static const json_t *find_check(const json_t *result, const char *id) {
    size_t index;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), index, check) {
        if (!strcmp(id_of(check), id)) return check;
    }
    return NULL;
}

/* "fail: predictions of the second run: expected …, actual …", so that the fault can be understood where it is read. */
static void append_evidence(struct str *out, const json_t *check) {
    static const char *const parts[] = {"expected", "actual", "difference", "evidence"};
    const json_t *failure = json_array_get(json_object_get(check, "evidence"), 0);
    scoped(str) all = STR_INIT;
    scoped(str) clean = STR_INIT;
    str_printf(&all, "%s: %s", json_get_string(check, "verdict", ""),
               json_get_string(failure, "what", json_get_string(check, "message", "")));
    for (size_t i = 0; i < LENGTH(parts); i++) {
        const char *text = json_get_string(failure, parts[i], NULL);
        if (text) str_printf(&all, "; %s %s", parts[i], text);
    }
    term_escape(&clean, all.data, all.len, false);
    struct term plain = {.unicode = true};
    term_cut(out, &plain, clean.data, EVIDENCE_MOST);
}

static void add_fault(struct proof_case *one, const json_t *check, const char *say) {
    scoped(str) evidence = STR_INIT;
    append_evidence(&evidence, check);
    faults_add(&one->faults, "%s %s (%s)", id_of(check), say, evidence.data);
}

void judge_name_failed(struct str *out, const json_t *result) {
    size_t index, named = 0;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), index, check) {
        if (!has_verdict(check, "pass")) str_printf(out, "%s%s", named++ ? ", " : "", id_of(check));
    }
}

/* ---- the start ---- */

static void judge_start(const struct proof *proof, struct proof_case *one) {
    const json_t *result = one->task.result;
    long long points = json_get_integer(result, "points", 0), possible = json_get_integer(result, "possible", 0);
    if (points * 100 >= possible * START_PERCENT)
        faults_add(&one->faults, "the start earns %lld of %lld points, which is %d %% or more", points, possible,
                   START_PERCENT);
    size_t index;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), index, check) {
        const struct check *known = exercise_check(proof->exercise, id_of(check));
        if (known && has_verdict(check, "pass") && (known->decisive || known->hidden))
            faults_add(&one->faults, "%s passes on the start, and is %s", id_of(check),
                       known->decisive ? "decisive" : "hidden");
        if (has_verdict(check, "broken")) add_fault(one, check, "is broken by the start");
    }
    const char *verdict = json_get_string(result, "verdict", "");
    if (!strcmp(verdict, "fail"))
        faults_add(&one->faults, "the untouched start is told apart from itself: its verdict is fail, not untried");
}

/* ---- right work ---- */

/* A bonus that this machine cannot judge: nothing is shown by that, and nothing asked. */
static bool is_left_out(const struct proof *proof, const json_t *check) {
    const struct check *known = exercise_check(proof->exercise, id_of(check));
    return known && known->bonus && has_verdict(check, "blocked");
}

static void judge_right(const struct proof *proof, struct proof_case *one) {
    size_t index, count = 0;
    json_t *check;
    json_array_foreach(json_object_get(one->task.result, "checks"), index, check) {
        count++;
        if (!has_verdict(check, "pass") && !is_left_out(proof, check)) add_fault(one, check, "does not pass");
    }
    if (!count) faults_add(&one->faults, "no check ran");
}

/* ---- wrong work ---- */

static bool names(const struct strings *list, const char *word) {
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i], word)) return true;
    return false;
}

/* Whether a blocked check waits, at first or second hand, for one that failed. */
static bool waits_for_failed(const json_t *result, const json_t *check) {
    for (int hops = 0; check && hops < 100; hops++) {
        const char *need = json_get_string(check, "blocked_by", NULL);
        check = need ? find_check(result, need) : NULL;
        if (check && is_failed(check)) return true;
    }
    return false;
}

static void judge_wrong_check(struct proof_case *one, const struct wrong *wrong, const json_t *check) {
    bool named = names(&wrong->fails, id_of(check));
    if (named && has_verdict(check, "pass"))
        faults_add(&one->faults, "%s should fail, and passes", id_of(check));
    else if (named && !is_failed(check))
        add_fault(one, check, "should fail");
    else if (!named && is_failed(check))
        add_fault(one, check, "fails, and is not named in wrong.yaml");
    else if (has_verdict(check, "broken"))
        add_fault(one, check, "is broken");
    else if (has_verdict(check, "blocked") && !waits_for_failed(one->task.result, check))
        add_fault(one, check, "is blocked, but by no check that failed");
}

static bool says(const json_t *check, const char *text) {
    autofree char *evidence = json_dumps(json_object_get(check, "evidence"), JSON_ENSURE_ASCII);
    autofree char *message = json_dumps(json_object_get(check, "message"), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    autojson json_t *wanted = json_text(text, strlen(text));
    autofree char *quoted = json_dumps(wanted, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    quoted[strlen(quoted) - 1] = '\0'; /* as it stands within other text */
    return (evidence && strstr(evidence, quoted + 1)) || (message && strstr(message, quoted + 1));
}

/* The reason and the message are those of one of the checks that failed. */
static void judge_words(struct proof_case *one, const struct wrong *wrong) {
    bool reason = !wrong->reason, message = !wrong->message;
    scoped(str) given = STR_INIT;
    size_t index;
    json_t *check;
    json_array_foreach(json_object_get(one->task.result, "checks"), index, check) {
        if (!is_failed(check)) continue;
        const char *code = json_get_string(check, "reason", NULL);
        str_printf(&given, "%s%s", given.len ? ", " : "", code ? code : "none");
        reason = reason || (code && !strcmp(code, wrong->reason));
        message = message || says(check, wrong->message);
    }
    if (!given.len) return; /* nothing failed, which is said already */
    if (!reason) faults_add(&one->faults, "the reason given is %s, not %s", given.data, wrong->reason);
    if (!message) faults_add(&one->faults, "no failure says '%s'", wrong->message);
}

static void judge_wrong(const struct proof *proof, struct proof_case *one) {
    const struct wrong *wrong = one->task.trial.variant->wrong;
    size_t index;
    json_t *check;
    json_array_foreach(json_object_get(one->task.result, "checks"), index, check) {
        if (!is_left_out(proof, check)) judge_wrong_check(one, wrong, check);
    }
    judge_words(one, wrong);
}

/* ---- a case ---- */

void judge_case(const struct proof *proof, struct proof_case *one) {
    const json_t *result = one->task.result;
    const char *error = json_get_string(result, "error", NULL);
    size_t index;
    json_t *left;
    if (error) {
        faults_add(&one->faults, "%s", error);
        return;
    }
    json_array_foreach(json_object_get(result, "left"), index, left) {
        faults_add(&one->faults, "it left %s in the scratch folder", json_string_value(left));
    }
    switch (one->kind) {
    case CASE_START: judge_start(proof, one); break;
    case CASE_SOLUTION:
    case CASE_REPEAT: judge_right(proof, one); break;
    case CASE_WRONG: judge_wrong(proof, one); break;
    case CASE_KILLED: break; /* what it left was looked for */
    }
}

/* ---- the whole ---- */

static bool some_variant_fails(const struct proof *proof, const char *id) {
    for (size_t i = 0; i < proof->variants.count; i++) {
        const struct variant *variant = &proof->variants.items[i];
        if (variant->kind == VARIANT_WRONG && names(&variant->wrong->fails, id)) return true;
    }
    return false;
}

void judge_coverage(struct proof *proof) {
    const struct exercise *exercise = proof->exercise;
    if (!variants_solution(&proof->variants))
        faults_add(&proof->faults, "there is no solution/: nothing shows that the task can be done");
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!exercise->checks[i].bonus && !some_variant_fails(proof, exercise->checks[i].id))
            faults_add(&proof->faults, "%s is unproved: no wrong variant fails it", exercise->checks[i].id);
}

/* A rung that holds what a terminal must not get cannot be shown as it was written. */
static void judge_rungs(struct proof *proof, const struct hints *hints, const char *whose) {
    for (size_t i = 0; i < hints->count; i++) {
        const char *say = hints->items[i].say;
        scoped(str) shown = STR_INIT;
        term_escape(&shown, say, strlen(say), true);
        if (strcmp(shown.data, say) != 0)
            faults_add(&proof->faults, "hint %zu of %s holds characters that cannot be shown: %s", i + 1, whose,
                       shown.data);
    }
}

void judge_hints(struct proof *proof) {
    const struct exercise *exercise = proof->exercise;
    judge_rungs(proof, &exercise->hints, exercise->id);
    for (size_t i = 0; i < exercise->check_count; i++)
        judge_rungs(proof, &exercise->checks[i].hints, exercise->checks[i].id);
}

void judge_time(struct proof *proof) {
    double seconds = proof_processor(proof), most = proof->exercise->minutes * 60.0;
    if (seconds <= most) return;
    char took[TERM_AMOUNT_SIZE];
    faults_add(&proof->faults, "its trials take %s of processor time, more than the %d minutes that a learner has",
               term_seconds(took, seconds), proof->exercise->minutes);
}
