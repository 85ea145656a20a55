#include "course/problems.h"

#include <stdlib.h>

enum {
    SHOWN_MOST = 20,
    KEPT_MOST = 1000,
    CLOSING_BYTES = 64 /* for "… and N more errors" */
};

void problem_report_release(struct problem_report *report) { str_release(&report->text); }

/* The number at p and ": " or ":" behind it; NULL when there is none. */
static const char *read_number(const char *p, const char *behind, int *number) {
    char *end;
    if (*p < '0' || *p > '9') return NULL;
    *number = (int)strtol(p, &end, 10);
    return string_starts_with(end, behind) ? end + strlen(behind) : NULL;
}

/* Takes "file:line:col: message" apart, and leaves out the lines that follow it. */
static void hear_text(const struct course_listener *listener, const char *text) {
    struct yaml_position at = {0, 0};
    const char *message = NULL, *colon = text;
    while (!message && (colon = strchr(colon, ':'))) {
        const char *second = read_number(++colon, ":", &at.line);
        message = second ? read_number(second, ": ", &at.column) : NULL;
    }
    autofree char *file = mem_copy(text, message ? (size_t)(colon - 1 - text) : 0);
    if (!message) at = (struct yaml_position){0, 0};
    const char *words = message ? message : text;
    autofree char *line = mem_copy(words, strcspn(words, "\n"));
    listener->hear(listener->context, file, at, line);
}

void problem_report_add(struct problem_report *report, const char *text) {
    if (report->listener) {
        hear_text(report->listener, text);
        return;
    }
    size_t room = sizeof((struct err *)0)->message - CLOSING_BYTES;
    if (report->more || report->shown == SHOWN_MOST || report->text.len + strlen(text) + 1 > room) {
        report->more++;
        return;
    }
    if (report->shown++) str_append_char(&report->text, '\n');
    str_append(&report->text, text);
}

int problem_report_finish(const struct problem_report *report, struct err *err) {
    if (!report->shown && !report->more) return 0;
    if (report->more)
        err_set(err, ERR_COURSE, "%s\n… and %zu more error%s", report->text.data, report->more,
                report->more == 1 ? "" : "s");
    else
        err_set(err, ERR_COURSE, "%s", report->text.data);
    return err_help(err, PROBLEM_HELP);
}

void problems_release(struct problems *problems) {
    for (size_t i = 0; i < problems->list.count; i++) free(problems->list.items[i].message);
    array_free(&problems->list);
}

void problems_add(struct problems *problems, struct yaml_position at, const char *format, ...) {
    if (problems->list.count == KEPT_MOST) {
        problems->dropped++;
        return;
    }
    struct str message = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    *array_push(&problems->list) = (struct problem){at, str_steal(&message)};
}

const char *problems_nearest(const struct problems *problems, const char *word, const char *const *candidates,
                             size_t count) {
    return problems->list.count > SHOWN_MOST ? NULL : string_nearest(word, candidates, count);
}

static int by_place(const void *a, const void *b) {
    const struct problem *left = a, *right = b;
    if (left->at.line != right->at.line) return left->at.line < right->at.line ? -1 : 1;
    if (left->at.column != right->at.column) return left->at.column < right->at.column ? -1 : 1;
    return strcmp(left->message, right->message);
}

void problems_report(struct problems *problems, struct problem_report *report) {
    if (!problems->list.count) return;
    qsort(problems->list.items, problems->list.count, sizeof *problems->list.items, by_place);
    for (size_t i = 0; i < problems->list.count; i++) {
        const struct problem *problem = &problems->list.items[i];
        if (report->listener) {
            report->listener->hear(report->listener->context, problems->source.file, problem->at, problem->message);
            continue;
        }
        scoped(str) text = STR_INIT;
        source_describe(&text, &problems->source, problem->at, problem->message);
        problem_report_add(report, text.data);
    }
    report->more += problems->dropped;
}
