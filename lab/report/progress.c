/* The sink that stores an attempt. */

#include <stdlib.h>

#include "report/report.h"

struct report_progress {
    struct sink sink; /* first, so that a sink is its report */
    struct progress *progress;
    char *course;
    int64_t id;                    /* of the attempt; 0: not begun */
    struct progress_check *checks; /* one for each check of the exercise; without an id: not done */
    size_t count;
    struct err err; /* the first */
};

static void forget_checks(struct report_progress *report) {
    for (size_t i = 0; i < report->count; i++) {
        mem_free_pointer(&report->checks[i].id);
        mem_free_pointer(&report->checks[i].reason);
    }
    mem_free_pointer(&report->checks);
    report->checks = NULL;
    report->count = 0;
}

/* Where the next error goes: nowhere when there is one already. */
static struct err *first_error(struct report_progress *report) { return report->err.code ? NULL : &report->err; }

static void begin(struct report_progress *report, const struct attempt_facts *facts) {
    forget_checks(report);
    report->count = facts->exercise->check_count;
    report->checks = mem_alloc(report->count * sizeof *report->checks);
    report->id = 0;
    char fingerprint[HASH_HEX_SIZE];
    bool known = !exercise_fingerprint(facts->exercise, fingerprint, NULL);
    const struct progress_attempt attempt = {
        .course = report->course,
        .exercise = facts->exercise->key,
        .workspace = facts->workspace,
        .tree = facts->tree,
        .number = facts->number,
        .seed = facts->seed,
        .fingerprint = known ? fingerprint : NULL,
        .whole = exercise_covers(facts->exercise, facts->selected),
    };
    progress_begin(report->progress, &attempt, &report->id, first_error(report));
}

static void note_check(struct report_progress *report, const struct exercise *exercise,
                       const struct check_result *result) {
    struct progress_check *check = &report->checks[exercise_check_index(exercise, result->check)];
    if (check->id) return;
    *check = (struct progress_check){
        .id = mem_copy_string(result->check->id),
        .verdict = result->verdict,
        .points = result->points,
        .points_possible = result->check->points,
        .reason = mem_copy_string(result->reason),
        .seconds = result->seconds,
    };
}

/* Closes up the checks that ran, in the author's order, and stores them. */
static void finish(struct report_progress *report, const struct attempt_summary *summary) {
    if (!report->id) return;
    autofree struct progress_check *ran = mem_alloc(report->count * sizeof *ran + 1);
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        if (report->checks[i].id) ran[count++] = report->checks[i];
    progress_finish(report->progress, report->id, attempt_verdict_name(summary->verdict), ran, count, summary->seconds,
                    first_error(report));
    report->id = 0;
}

static void take(struct sink *sink, const struct event *event) {
    struct report_progress *report = (struct report_progress *)sink;
    switch (event->kind) {
    case EVENT_ATTEMPT_STARTED: begin(report, event->attempt); break;
    case EVENT_CHECK_DONE: note_check(report, event->attempt->exercise, event->result); break;
    case EVENT_ATTEMPT_DONE: finish(report, event->summary); break;
    case EVENT_SERVICE:
    case EVENT_CHECK_STARTED:
    case EVENT_OUTPUT: break;
    }
}

struct report_progress *report_progress_new(struct progress *progress, const char *course) {
    struct report_progress *report = mem_alloc(sizeof *report);
    report->sink.take = take;
    report->progress = progress;
    report->course = mem_copy_string(course);
    return report;
}

struct sink *report_progress_sink(struct report_progress *report) {
    return &report->sink;
}

const struct err *report_progress_error(const struct report_progress *report) {
    return report->err.code ? &report->err : NULL;
}

void report_progress_free(struct report_progress *report) {
    if (!report) return;
    forget_checks(report);
    free(report->course);
    free(report);
}
