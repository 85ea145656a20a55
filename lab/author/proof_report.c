#include "author/proof_report.h"

#include "base/fs.h"
#include "base/json.h"

static const char *const what_is_proved[] = {
    [CASE_START] = "earns little, and passes nothing decisive",
    [CASE_SOLUTION] = "passes every check",
    [CASE_REPEAT] = "passes every check",
    [CASE_WRONG] = "fails what it names, and nothing else",
    [CASE_KILLED] = "leaves nothing",
};

static size_t count_at_fault(const struct proof *proof) {
    size_t count = 0;
    for (size_t i = 0; i < proof->cases.count; i++) count += proof->cases.items[i].faults.list.count != 0;
    return count;
}

static double seconds_of(const struct proof_case *one) { return json_get_number(one->task.result, "seconds", 0); }

/* ---- for people ---- */

static void print_mark(FILE *stream, const struct term *term, bool good) {
    const char *sign = term->unicode ? good ? "✓" : "✗" : good ? "ok  " : "FAIL";
    fprintf(stream, "  %s%s%s ", term_on(term, good ? STYLE_GOOD : STYLE_BAD), sign, term_off(term));
}

static void print_faults(FILE *stream, const struct term *term, const struct faults *faults) {
    enum { INDENT = 6 };
    for (size_t i = 0; i < faults->list.count; i++) {
        scoped(str) clean = STR_INIT;
        scoped(str) wrapped = STR_INIT;
        const char *text = faults->list.items[i];
        term_escape(&clean, text, strlen(text), true);
        if (strchr(text, '\n')) { /* a diff stays as it is */
            struct sv rest = sv_str(&clean), line;
            while (sv_next_line(&rest, &line)) fprintf(stream, "%*s%.*s\n", INDENT, "", (int)line.len, line.data);
            continue;
        }
        term_wrap(&wrapped, clean.data, term->width, INDENT);
        fprintf(stream, "%*s%s\n", INDENT, "", wrapped.data);
    }
}

static void print_case(const struct proof_case *one, FILE *stream, const struct term *term) {
    char amount[TERM_AMOUNT_SIZE];
    bool good = !one->faults.list.count;
    print_mark(stream, term, good);
    fprintf(stream, "%s", one->name);
    if (good) fprintf(stream, ": %s", what_is_proved[one->kind]);
    if (seconds_of(one) > 0)
        fprintf(stream, "%s  %s%s%s", term_on(term, STYLE_FAINT), term_seconds(amount, seconds_of(one)),
                one->cached ? ", kept from before" : "", term_off(term));
    fputc('\n', stream);
    print_faults(stream, term, &one->faults);
}

static size_t count_cached(const struct proof *proof) {
    size_t count = 0;
    for (size_t i = 0; i < proof->cases.count; i++) count += proof->cases.items[i].cached;
    return count;
}

static void print_sum(const struct proof *proof, FILE *stream, const struct term *term) {
    char amount[TERM_AMOUNT_SIZE];
    size_t bad = count_at_fault(proof), cached = count_cached(proof);
    print_mark(stream, term, proof_holds(proof));
    fprintf(stream, "%s%s%s: ", term_on(term, STYLE_STRONG), proof->exercise->id, term_off(term));
    if (!proof_holds(proof))
        fprintf(stream, "not proved, %zu of %zu cases at fault%s", bad, proof->cases.count,
                proof->faults.list.count ? ", and the whole" : "");
    else
        fprintf(stream, "proved by %zu cases", proof->cases.count);
    fprintf(stream, ", %s of processor time", term_seconds(amount, proof_processor(proof)));
    if (cached) fprintf(stream, " (%zu kept from before)", cached);
    fputc('\n', stream);
}

void proof_print(const struct proof *proof, FILE *stream, const struct term *term, bool verbose) {
    for (size_t i = 0; i < proof->cases.count; i++)
        if (verbose || proof->cases.items[i].faults.list.count) print_case(&proof->cases.items[i], stream, term);
    if (proof->faults.list.count) {
        print_mark(stream, term, false);
        fprintf(stream, "the exercise as a whole\n");
        print_faults(stream, term, &proof->faults);
    }
    print_sum(proof, stream, term);
    fflush(stream);
}

/* ---- JSON ---- */

static json_t *faults_json(const struct faults *faults) {
    json_t *array = json_array();
    for (size_t i = 0; i < faults->list.count; i++)
        json_array_append_new(array, json_text(faults->list.items[i], strlen(faults->list.items[i])));
    return array;
}

static json_t *conditions_json(unsigned conditions) {
    json_t *array = json_array();
    for (int i = 0; i < TRIAL_CONDITIONS; i++)
        if (conditions & 1u << i) json_array_append_new(array, json_string(trial_condition_name(1u << i)));
    return array;
}

static void print_case_json(const struct proof *proof, const struct proof_case *one) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("case_done"));
    json_put(object, "exercise", json_string(proof->exercise->id));
    json_put(object, "case", json_string(one->name));
    json_put(object, "proved", json_boolean(!one->faults.list.count));
    json_put(object, "faults", faults_json(&one->faults));
    json_put(object, "verdict", json_text_or_null(json_get_string(one->task.result, "verdict", NULL)));
    json_put(object, "points", json_integer(json_get_integer(one->task.result, "points", 0)));
    json_put(object, "seed", json_integer(json_get_integer(one->task.result, "seed", 0)));
    json_put(object, "conditions", conditions_json(one->task.trial.conditions));
    json_put(object, "seconds", json_real(seconds_of(one)));
    json_put(object, "cached", json_boolean(one->cached));
    json_print_line(object);
}

void proof_print_json(const struct proof *proof) {
    for (size_t i = 0; i < proof->cases.count; i++) print_case_json(proof, &proof->cases.items[i]);
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("proof_done"));
    json_put(object, "exercise", json_string(proof->exercise->id));
    json_put(object, "proved", json_boolean(proof_holds(proof)));
    json_put(object, "faults", faults_json(&proof->faults));
    json_put(object, "cases", json_integer((json_int_t)proof->cases.count));
    json_put(object, "at_fault", json_integer((json_int_t)count_at_fault(proof)));
    json_put(object, "seconds", json_real(proof_seconds(proof)));
    json_put(object, "processor", json_real(proof_processor(proof)));
    json_put(object, "fingerprint", json_string(proof->fingerprint));
    json_print_line(object);
}

/* ---- JUnit ---- */

/* XML 1.0 forbids most control characters, even escaped. */
static void append_xml(struct str *out, const char *text) {
    scoped(str) clean = STR_INIT;
    term_escape(&clean, text, strlen(text), true);
    for (const char *at = clean.data; *at; at++) {
        const char *entity = *at == '&'   ? "&amp;"
                             : *at == '<' ? "&lt;"
                             : *at == '>' ? "&gt;"
                             : *at == '"' ? "&quot;"
                                          : NULL;
        if (entity)
            str_append(out, entity);
        else
            str_append_char(out, *at);
    }
}

static void append_case(struct str *out, const char *exercise, const char *name, double seconds,
                        const struct faults *faults) {
    str_printf(out, "    <testcase classname=\"lab.%s\" name=\"%s\" time=\"%.3f\"", exercise, name, seconds);
    if (!faults->list.count) {
        str_append(out, "/>\n");
        return;
    }
    str_append(out, ">\n      <failure type=\"unproved\" message=\"");
    append_xml(out, faults->list.items[0]);
    str_append(out, "\">");
    for (size_t i = 0; i < faults->list.count; i++) {
        append_xml(out, faults->list.items[i]);
        str_append_char(out, '\n');
    }
    str_append(out, "</failure>\n    </testcase>\n");
}

static void append_suite(struct str *out, const struct proof *proof) {
    const char *id = proof->exercise->id;
    str_printf(
        out, "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"%.3f\">\n", id,
        proof->cases.count + 1, count_at_fault(proof) + (proof->faults.list.count > 0), proof_seconds(proof));
    for (size_t i = 0; i < proof->cases.count; i++) {
        const struct proof_case *one = &proof->cases.items[i];
        append_case(out, id, one->name, seconds_of(one), &one->faults);
    }
    append_case(out, id, "the exercise as a whole", 0, &proof->faults);
    str_append(out, "  </testsuite>\n");
}

int proof_write_junit(const struct proof *proofs, size_t count, const char *path, struct err *err) {
    scoped(str) out = STR_INIT;
    str_append(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (size_t i = 0; i < count; i++) append_suite(&out, &proofs[i]);
    str_append(&out, "</testsuites>\n");
    return fs_write(path, out.data, out.len, err);
}
