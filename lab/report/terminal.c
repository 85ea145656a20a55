#include <stdlib.h>

#include "base/json.h"
#include "report/report.h"

/*
 * Results come as checks end; they are shown in the author's order, each as soon as all before it are final. On a terminal, a
 * last line says what is running.
 */

enum { DETAIL_INDENT = 6, LABEL_WIDTH = 10, EVIDENCE_LINES = 12, FAILURES_SHOWN = 3 };

/* A result, kept until it is its turn. */
struct held {
    bool final, started;
    enum verdict verdict;
    int points;
    char *message, *kept;
    size_t hints; /* rungs of its ladder */
    json_t *failures, *runs;
};

struct report_terminal {
    struct sink sink;
    FILE *stream;
    struct term term;
    bool verbose, quiet, status_shown;
    struct str starting; /* the service that was begun last, until it is ready */
    const struct exercise *exercise;
    const bool *selected;
    struct held *held; /* parallel to the exercise's checks */
    size_t next;       /* the first that is not shown yet */
    bool first_failure_shown;
    const char *said_below; /* why a check waits, where that took lines of its own; held's */
    int id_width;
};

/* ---- pieces of lines ---- */

struct mark {
    const char *sign, *word; /* with and without unicode */
    enum style style;
};

static const struct mark marks[VERDICT_COUNT] = {
    [VERDICT_PASS] = {"✓", "ok  ", STYLE_GOOD},   [VERDICT_FAIL] = {"✗", "FAIL", STYLE_BAD},
    [VERDICT_TIMEOUT] = {"✗", "TIME", STYLE_BAD}, [VERDICT_BLOCKED] = {"·", "wait", STYLE_FAINT},
    [VERDICT_BROKEN] = {"!", "BRKN", STYLE_WARN}, [VERDICT_UNTRIED] = {"·", "----", STYLE_FAINT},
};

static void styled(const struct report_terminal *r, enum style style, const char *text) {
    fprintf(r->stream, "%s%s%s", term_on(&r->term, style), text, term_off(&r->term));
}

/* One labelled line, or several: text is escaped, cut to the width, and later lines line up with the first. */
static void detail(const struct report_terminal *r, int indent, const char *label, const char *text) {
    scoped(str) clean = STR_INIT;
    term_escape(&clean, text, strlen(text), true);
    struct sv rest = sv_str(&clean), line;
    int room = r->term.width - indent - LABEL_WIDTH, shown = 0;
    for (bool first = true; sv_next_line(&rest, &line); first = false) {
        if (shown++ == EVIDENCE_LINES) {
            fprintf(r->stream, "%*s…\n", indent + LABEL_WIDTH, "");
            return;
        }
        autofree char *copy = mem_copy(line.data, line.len);
        scoped(str) cut = STR_INIT;
        term_cut(&cut, &r->term, copy, room > 20 ? room : 20);
        fprintf(r->stream, "%*s%s%-*s%s%s\n", indent, "", term_on(&r->term, STYLE_FAINT), LABEL_WIDTH,
                first ? label : "", term_off(&r->term), cut.data);
    }
}

/* A command is never cut: it is there to be copied. */
static void command(const struct report_terminal *r, const char *label, const char *text) {
    scoped(str) clean = STR_INIT;
    term_escape(&clean, text, strlen(text), false);
    fprintf(r->stream, "%*s%s%-*s%s%s\n", DETAIL_INDENT, "", term_on(&r->term, STYLE_FAINT), LABEL_WIDTH, label,
            term_off(&r->term), clean.data);
}

static void paragraph(const struct report_terminal *r, int indent, const char *text) {
    scoped(str) clean = STR_INIT;
    scoped(str) wrapped = STR_INIT;
    term_escape(&clean, text, strlen(text), true);
    term_wrap(&wrapped, clean.data, r->term.width - indent, indent);
    fprintf(r->stream, "%*s%s\n", indent, "", wrapped.data);
}

/* ---- a check ---- */

/* Columns of a check's line for its title. */
static int title_room(const struct report_terminal *r) {
    int room = r->term.width - (2 + (r->term.unicode ? 1 : 4) + 1 + r->id_width + 2 + 8) - 1;
    return room > 8 ? room : 8;
}

/* Why a check waits stands in its line if there is room, else below. What was said below once is not said there again. */
static bool waits_below(const struct report_terminal *r, const struct held *held) {
    if (held->verdict != VERDICT_BLOCKED || !held->message) return false;
    if (term_columns(held->message, strlen(held->message)) <= title_room(r)) return false;
    return !r->said_below || strcmp(r->said_below, held->message) != 0;
}

static void check_line(const struct report_terminal *r, const struct check *check, const struct held *held,
                       bool why_below) {
    const struct mark *mark = &marks[held->verdict];
    bool tells_why = held->verdict == VERDICT_BLOCKED && held->message && !why_below;
    scoped(str) id = STR_INIT;
    scoped(str) title = STR_INIT;
    char points[32] = "";
    if (check->bonus)
        snprintf(points, sizeof points, "bonus");
    else if (held->verdict != VERDICT_BLOCKED)
        snprintf(points, sizeof points, "%d/%d", held->points, check->points);
    term_pad(&id, &r->term, check->id, r->id_width);
    term_pad(&title, &r->term, tells_why ? held->message : check->title, title_room(r));
    fputs("  ", r->stream);
    styled(r, mark->style, r->term.unicode ? mark->sign : mark->word);
    fprintf(r->stream, " %s  %s%8s\n", id.data, title.data, points);
}

static void show_where(const struct report_terminal *r, const json_t *where) {
    const char *file = json_get_string(where, "file", NULL);
    if (!file) return;
    long long line = json_get_integer(where, "line", 0);
    autofree char *place = line > 0 ? str_format("%s:%lld", file, line) : mem_copy_string(file);
    detail(r, DETAIL_INDENT + 2, "where", place);
}

static void show_failure(const struct report_terminal *r, const json_t *failure) {
    static const struct {
        const char *key, *label;
    } parts[] = {{"expected", "expected"}, {"actual", "actual"}, {"difference", "differs"}, {"evidence", "it said"}};
    paragraph(r, DETAIL_INDENT, json_get_string(failure, "what", "the check"));
    for (size_t i = 0; i < LENGTH(parts); i++) {
        const char *text = json_get_string(failure, parts[i].key, NULL);
        if (text) detail(r, DETAIL_INDENT + 2, parts[i].label, text);
    }
    show_where(r, json_object_get(failure, "where"));
    const char *again = json_get_string(failure, "try", NULL);
    if (again) command(r, "try", again);
}

static void show_hint_line(struct report_terminal *r, const struct held *held) {
    if (r->first_failure_shown) return;
    r->first_failure_shown = true;
    if (!held->hints) return;
    autofree char *text = str_format("lab hint        (%zu for this check)", held->hints);
    command(r, "hint", text);
}

static void show_failures(struct report_terminal *r, const struct held *held) {
    size_t count = json_array_size(held->failures);
    if (!count && held->message) paragraph(r, DETAIL_INDENT, held->message);
    for (size_t i = 0; i < count && i < FAILURES_SHOWN; i++) show_failure(r, json_array_get(held->failures, i));
    if (count > FAILURES_SHOWN)
        fprintf(r->stream, "%*s… and %zu more of this check\n", DETAIL_INDENT, "", count - FAILURES_SHOWN);
}

static void show_runs(const struct report_terminal *r, const struct held *held) {
    size_t index;
    json_t *run;
    json_array_foreach(held->runs, index, run) {
        char seconds[TERM_AMOUNT_SIZE];
        autofree char *end = json_is_integer(json_object_get(run, "code"))
                                 ? str_format("exit %lld", json_get_integer(run, "code", 0))
                                 : mem_copy_string(json_get_string(run, "signal", "not started"));
        autofree char *line = str_format("%s   (%s, %s)", json_get_string(run, "command", ""), end,
                                         term_seconds(seconds, json_get_number(run, "seconds", 0)));
        command(r, "ran", line);
        const char *said = json_get_string(run, "stderr", "");
        if (*said) detail(r, DETAIL_INDENT + 2, "stderr", said);
    }
}

static void show_check(struct report_terminal *r, size_t index) {
    const struct check *check = &r->exercise->checks[index];
    const struct held *held = &r->held[index];
    bool faulty = verdict_is_failure(held->verdict) || held->verdict == VERDICT_BROKEN;
    if (r->quiet && !faulty) return;
    bool why_below = waits_below(r, held);
    check_line(r, check, held, why_below);
    if (why_below) paragraph(r, DETAIL_INDENT, r->said_below = held->message);
    if (held->verdict == VERDICT_BROKEN) paragraph(r, DETAIL_INDENT, "the checker is at fault, not your work:");
    if (faulty && (!check->hidden || held->verdict == VERDICT_BROKEN)) show_failures(r, held);
    if (verdict_is_failure(held->verdict)) show_hint_line(r, held);
    if (held->kept) command(r, "kept", held->kept);
    if (r->verbose) show_runs(r, held);
}

/* ---- the line that says what is running ---- */

static void clear_status(struct report_terminal *r) {
    if (!r->status_shown) return;
    fputs("\r\033[K", r->stream);
    r->status_shown = false;
}

static void show_status(struct report_terminal *r) {
    scoped(str) names = STR_INIT;
    for (size_t i = 0; i < r->exercise->check_count; i++) {
        if (!r->held[i].started || r->held[i].final) continue;
        str_printf(&names, "%s%s", names.len ? ", " : "", r->exercise->checks[i].id);
    }
    if (!r->term.tty || r->quiet || (!names.len && !r->starting.len)) return;
    scoped(str) line = STR_INIT;
    scoped(str) cut = STR_INIT;
    if (r->starting.len) str_printf(&line, "starting %s%s", r->starting.data, names.len ? ", " : "");
    if (names.len) str_printf(&line, "running %s", names.data);
    term_cut(&cut, &r->term, line.data, r->term.width - 3);
    fputs("  ", r->stream);
    styled(r, STYLE_FAINT, cut.data);
    r->status_shown = true;
}

/* ---- events ---- */

static bool is_sandboxed(const struct attempt_facts *facts) {
    for (const char *const *layer = facts->isolation; layer && *layer; layer++)
        if (!strcmp(*layer, "mount")) return true;
    return false;
}

static void attempt_started(struct report_terminal *r, const struct event *event) {
    const struct attempt_facts *facts = event->attempt;
    r->exercise = facts->exercise;
    r->selected = facts->selected;
    r->held = mem_alloc(r->exercise->check_count * sizeof *r->held);
    for (size_t i = 0; i < r->exercise->check_count; i++) {
        int columns = term_columns(r->exercise->checks[i].id, strlen(r->exercise->checks[i].id));
        if (columns > r->id_width) r->id_width = columns;
    }
    int most = r->term.width / 3;
    if (r->id_width > most) r->id_width = most;
    if (r->quiet) return;
    fprintf(r->stream, "%s%s%s  %s\n", term_on(&r->term, STYLE_STRONG), r->exercise->id, term_off(&r->term),
            r->exercise->title);
    if (!is_sandboxed(facts)) paragraph(r, 2, "no sandbox here: programs can reach your files; lab doctor says why");
    if (facts->notes && *facts->notes) paragraph(r, 2, facts->notes);
    fputc('\n', r->stream);
}

static void check_done(struct report_terminal *r, const struct check_result *result) {
    struct held *held = &r->held[exercise_check_index(r->exercise, result->check)];
    *held = (struct held){
        .final = true,
        .verdict = result->verdict,
        .points = result->points,
        .message = mem_copy_string(result->message),
        .kept = mem_copy_string(result->kept),
        .hints = exercise_ladder(r->exercise, result->check, result->reason, NULL, 0),
        .failures = result->failures ? json_deep_copy(result->failures) : NULL,
        .runs = held->runs,
    };
    for (; r->next < r->exercise->check_count; r->next++) {
        if (!r->selected[r->next]) continue;
        if (!r->held[r->next].final) break;
        show_check(r, r->next);
    }
}

static void output(struct report_terminal *r, const struct program_output *output) {
    struct held *held = &r->held[exercise_check_index(r->exercise, output->check)];
    if (!r->verbose) return;
    if (!held->runs) held->runs = json_array();
    json_array_append_new(held->runs, json_deep_copy(output->run));
}

/* How many checks count; bonus checks do not. */
static size_t selected_count(const struct report_terminal *r) {
    size_t count = 0;
    for (size_t i = 0; i < r->exercise->check_count; i++) count += r->selected[i] && !r->exercise->checks[i].bonus;
    return count;
}

static void hidden_line(const struct report_terminal *r) {
    size_t hidden = 0, bad = 0;
    for (size_t i = 0; i < r->exercise->check_count; i++) {
        if (!r->selected[i] || !r->exercise->checks[i].hidden || !r->held[i].final) continue;
        hidden++;
        bad += r->held[i].verdict != VERDICT_PASS;
    }
    if (!hidden) return;
    fprintf(r->stream, "  %zu hidden check%s: ", hidden, hidden == 1 ? "" : "s");
    if (bad)
        fprintf(r->stream, "%zu without a pass\n", bad);
    else
        fprintf(r->stream, "%s\n", hidden == 1 ? "it passes" : "all pass");
}

/* The last line: what to do now. */
static void next_step(const struct report_terminal *r, const struct attempt_summary *summary) {
    bool whole = exercise_covers(r->exercise, r->selected);
    static const char *const steps[] = {
        [ATTEMPT_PASS] = "next: lab next",
        [ATTEMPT_FAIL] = "next: mend the first failure, then lab check (lab hint helps)",
        [ATTEMPT_BLOCKED] = "next: lab doctor says what this machine lacks",
        [ATTEMPT_BROKEN] = "next: tell the course's author; your work is recorded and not judged by this",
        [ATTEMPT_UNTRIED] = "this is the start as it was given: failing is expected. Read README.md, change the work, "
                            "then lab check",
        [ATTEMPT_INTERRUPTED] = "interrupted; your work is recorded. Again: lab check",
    };
    if (summary->verdict == ATTEMPT_PASS && !whole)
        paragraph(r, 2, "next: lab check runs all checks");
    else
        paragraph(r, 2, steps[summary->verdict]);
}

static void attempt_done(struct report_terminal *r, const struct event *event) {
    const struct attempt_summary *summary = event->summary;
    size_t count = selected_count(r);
    char seconds[TERM_AMOUNT_SIZE];
    for (; r->next < r->exercise->check_count; r->next++)
        if (r->selected[r->next] && r->held[r->next].final) show_check(r, r->next);
    if (!r->quiet) fputc('\n', r->stream);
    hidden_line(r);
    bool passed = summary->verdict == ATTEMPT_PASS;
    autofree char *checks = passed && exercise_covers(r->exercise, r->selected)
                                ? str_format("all %zu checks pass", count)
                                : str_format("%zu of %zu checks pass", summary->passed, count);
    fputs("  ", r->stream);
    styled(r, passed ? STYLE_GOOD : STYLE_STRONG, checks);
    fprintf(r->stream, ", %d of %d points, %s; attempt %d\n", summary->points, summary->possible,
            term_seconds(seconds, summary->seconds), event->attempt->number);
    if (!r->quiet) next_step(r, summary);
}

static void service(struct report_terminal *r, const struct service_news *news) {
    char seconds[TERM_AMOUNT_SIZE];
    str_clear(&r->starting);
    if (news->state == SERVICE_STARTING)
        str_append(&r->starting, news->name);
    else if (news->state == SERVICE_READY && !r->quiet)
        fprintf(r->stream, "  starting %s %s\n", news->name, term_seconds(seconds, news->seconds));
    else if (news->state == SERVICE_FAILED)
        paragraph(r, 2, news->message);
}

static void take(struct sink *sink, const struct event *event) {
    struct report_terminal *r = (struct report_terminal *)(void *)sink;
    clear_status(r);
    switch (event->kind) {
    case EVENT_ATTEMPT_STARTED: attempt_started(r, event); break;
    case EVENT_SERVICE: service(r, event->service); break;
    case EVENT_CHECK_STARTED: r->held[exercise_check_index(r->exercise, event->check)].started = true; break;
    case EVENT_OUTPUT: output(r, event->output); break;
    case EVENT_CHECK_DONE: check_done(r, event->result); break;
    case EVENT_ATTEMPT_DONE: attempt_done(r, event); break;
    }
    if (event->kind != EVENT_ATTEMPT_DONE) show_status(r);
    fflush(r->stream);
}

struct report_terminal *report_terminal_new(FILE *stream, struct term term, bool verbose, bool quiet) {
    struct report_terminal *r = mem_alloc(sizeof *r);
    *r = (struct report_terminal){
        .sink = {take}, .stream = stream, .term = term, .verbose = verbose, .quiet = quiet, .starting = STR_INIT};
    return r;
}

struct sink *report_terminal_sink(struct report_terminal *report) {
    return &report->sink;
}

void report_terminal_free(struct report_terminal *r) {
    if (!r) return;
    for (size_t i = 0; r->held && i < r->exercise->check_count; i++) {
        struct held *held = &r->held[i];
        free(held->message);
        free(held->kept);
        json_decref(held->failures);
        json_decref(held->runs);
    }
    str_release(&r->starting);
    free(r->held);
    free(r);
}
