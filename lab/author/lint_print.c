/* Findings as people and programs read them. */

#include "author/lint.h"
#include "base/beneath.h"
#include "base/json.h"
#include "base/str.h"
#include "course/source.h"

enum { SOURCE_MOST = 1 << 20 };

static const char *const severity_names[] = {
    [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"};
static const enum style severity_styles[] = {
    [SEVERITY_ERROR] = STYLE_BAD, [SEVERITY_WARNING] = STYLE_WARN, [SEVERITY_NOTE] = STYLE_FAINT};

struct lint_counts lint_count(const struct findings *findings, size_t exercises) {
    return (struct lint_counts){
        .exercises = exercises,
        .errors = findings_count(findings, SEVERITY_ERROR),
        .warnings = findings_count(findings, SEVERITY_WARNING),
        .notes = findings_count(findings, SEVERITY_NOTE),
    };
}

/* ---- for people ---- */

struct printing {
    const struct course *course;
    const struct term *term;
    bool brief;
    const char *file; /* whose text is at hand */
    struct str text;
};

static void printing_release(struct printing *p) { str_release(&p->text); }

static void put_escaped(const char *text, size_t len) {
    scoped(str) shown = STR_INIT;
    term_escape(&shown, text, len, true);
    fwrite(shown.data, 1, shown.len, stdout);
}

/* The line and the caret, from what source_describe says behind its first line. */
static void print_source(struct printing *p, const struct finding *finding) {
    if (!p->file || strcmp(p->file, finding->file) != 0) {
        str_clear(&p->text);
        p->file = finding->file;
        if (beneath_read(p->course->folder, finding->file, &p->text, SOURCE_MOST)) str_clear(&p->text);
    }
    if (!p->text.len) return;
    scoped(str) shown = STR_INIT;
    struct source source = source_of(finding->file, p->text.data, p->text.len);
    source_describe(&shown, &source, finding->at, "");
    const char *lines = strstr(shown.data + strlen(finding->file), "\n");
    if (!lines) return;
    put_escaped(lines + 1, strlen(lines + 1));
    putchar('\n');
}

static void print_place(const struct finding *finding) {
    put_escaped(finding->file, strlen(finding->file));
    if (finding->at.line) printf(":%d:%d", finding->at.line, finding->at.column);
    fputs(": ", stdout);
}

static void print_finding(struct printing *p, const struct finding *finding) {
    enum severity severity = finding_severity(finding);
    print_place(finding);
    printf("%s%s %s%s: ", term_on(p->term, severity_styles[severity]), severity_names[severity], finding->code->code,
           term_off(p->term));
    put_escaped(finding->message, strlen(finding->message));
    putchar('\n');
    if (p->brief) return;
    if (finding->at.line) print_source(p, finding);
    printf("  help: %s\n", finding->code->help);
}

static void print_count(size_t count, const char *what, const char *behind) {
    printf("%zu %s%s%s", count, what, count == 1 ? "" : "s", behind);
}

void lint_print(const struct findings *findings, const struct course *course, const struct lint_counts *counts,
                bool brief, const struct term *term) {
    scoped(printing) p = {.course = course, .term = term, .brief = brief, .text = STR_INIT};
    for (size_t i = 0; i < findings->list.count; i++)
        if (!brief || finding_severity(&findings->list.items[i]) != SEVERITY_NOTE)
            print_finding(&p, &findings->list.items[i]);
    print_count(counts->exercises, "exercise", ": ");
    print_count(counts->errors, "error", ", ");
    print_count(counts->warnings, "warning", ", ");
    print_count(counts->notes, "note", "\n");
}

/* ---- for programs ---- */

static void print_finding_json(const struct finding *finding) {
    autojson json_t *event = json_object();
    json_put(event, "event", json_string("finding"));
    json_put(event, "code", json_string(finding->code->code));
    json_put(event, "name", json_string(finding->code->name));
    json_put(event, "severity", json_string(severity_names[finding_severity(finding)]));
    json_put(event, "exercise", json_text_or_null(finding->exercise));
    json_put(event, "file", json_text(finding->file, strlen(finding->file)));
    json_put(event, "line", finding->at.line ? json_integer(finding->at.line) : json_null());
    json_put(event, "column", finding->at.line ? json_integer(finding->at.column) : json_null());
    json_put(event, "message", json_text(finding->message, strlen(finding->message)));
    json_put(event, "help", json_string(finding->code->help));
    json_print_line(event);
}

void lint_print_json(const struct findings *findings, const struct lint_counts *counts) {
    for (size_t i = 0; i < findings->list.count; i++) print_finding_json(&findings->list.items[i]);
    autojson json_t *done = json_object();
    json_put(done, "event", json_string("lint_done"));
    json_put(done, "exercises", json_integer((json_int_t)counts->exercises));
    json_put(done, "errors", json_integer((json_int_t)counts->errors));
    json_put(done, "warnings", json_integer((json_int_t)counts->warnings));
    json_put(done, "notes", json_integer((json_int_t)counts->notes));
    json_print_line(done);
}
