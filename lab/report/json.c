#include "base/json.h"
#include "report/report.h"

/* The events as docs/events.md describes them. */

enum { EVENTS_VERSION = 1 };

static json_t *attempt_started(const struct event *event) {
    const struct attempt_facts *facts = event->attempt;
    json_t *object = json_object(), *checks = json_array(), *isolation = json_array();
    for (size_t i = 0; i < facts->exercise->check_count; i++)
        if (facts->selected[i]) json_array_append_new(checks, json_string(facts->exercise->checks[i].id));
    for (const char *const *layer = facts->isolation; layer && *layer; layer++)
        json_array_append_new(isolation, json_string(*layer));
    json_put(object, "version", json_integer(EVENTS_VERSION));
    json_put(object, "exercise", json_string(facts->exercise->id));
    json_put(object, "workspace", json_text_or_null(facts->workspace));
    json_put(object, "attempt", json_integer(facts->number));
    json_put(object, "tree", json_string(facts->tree));
    json_put(object, "seed", json_integer((json_int_t)facts->seed));
    json_put(object, "untried", json_boolean(facts->untried));
    json_put(object, "checks", checks);
    json_put(object, "isolation", isolation);
    json_put(object, "notes", json_text_or_null(facts->notes));
    return object;
}

static json_t *service(const struct event *event) {
    const struct service_news *news = event->service;
    json_t *object = json_object();
    json_put(object, "name", json_text_or_null(news->name));
    json_put(object, "state", json_string(service_state_name(news->state)));
    json_put(object, "seconds", news->state == SERVICE_READY ? json_real(news->seconds) : json_null());
    json_put(object, "message", json_text_or_null(news->message));
    return object;
}

static json_t *check_started(const struct event *event) {
    json_t *object = json_object();
    json_put(object, "id", json_string(event->check->id));
    return object;
}

static json_t *output(const struct event *event) {
    json_t *object = json_object();
    json_put(object, "id", json_string(event->output->check->id));
    json_put(object, "run", json_deep_copy(event->output->run));
    return object;
}

static json_t *of_first(const json_t *failures, const char *key) {
    json_t *value = json_object_get(json_array_get(failures, 0), key);
    return value ? json_incref(value) : json_null();
}

static json_t *check_done(const struct event *event) {
    const struct check_result *result = event->result;
    json_t *object = json_object();
    json_put(object, "id", json_string(result->check->id));
    json_put(object, "title", json_string(result->check->title));
    json_put(object, "verdict", json_string(verdict_name(result->verdict)));
    json_put(object, "points", json_integer(result->points));
    json_put(object, "possible", json_integer(result->check->points));
    json_put(object, "score", json_real(result->score));
    json_put(object, "hidden", json_boolean(result->check->hidden));
    json_put(object, "bonus", json_boolean(result->check->bonus));
    json_put(object, "seconds", json_real(result->seconds));
    json_put(object, "message", json_text_or_null(result->message));
    json_put(object, "reason", json_text_or_null(result->reason));
    json_put(object, "blocked_by", json_text_or_null(result->blocked_by));
    json_put(object, "expected", of_first(result->failures, "expected"));
    json_put(object, "actual", of_first(result->failures, "actual"));
    json_put(object, "evidence", result->failures ? json_deep_copy(result->failures) : json_array());
    json_put(object, "kept", json_text_or_null(result->kept));
    return object;
}

static json_t *attempt_done(const struct event *event) {
    const struct attempt_summary *summary = event->summary;
    json_t *object = json_object();
    json_put(object, "exercise", json_string(event->attempt->exercise->id));
    json_put(object, "verdict", json_string(attempt_verdict_name(summary->verdict)));
    json_put(object, "points", json_integer(summary->points));
    json_put(object, "possible", json_integer(summary->possible));
    json_put(object, "passed", json_integer((json_int_t)summary->passed));
    json_put(object, "failed", json_integer((json_int_t)summary->failed));
    json_put(object, "blocked", json_integer((json_int_t)summary->blocked));
    json_put(object, "broken", json_integer((json_int_t)summary->broken));
    json_put(object, "seconds", json_real(summary->seconds));
    return object;
}

json_t *report_json_event(const struct event *event) {
    static const struct {
        const char *name;
        json_t *(*make)(const struct event *event);
    } kinds[] = {
        [EVENT_ATTEMPT_STARTED] = {"attempt_started", attempt_started},
        [EVENT_SERVICE] = {"service", service},
        [EVENT_CHECK_STARTED] = {"check_started", check_started},
        [EVENT_OUTPUT] = {"output", output},
        [EVENT_CHECK_DONE] = {"check_done", check_done},
        [EVENT_ATTEMPT_DONE] = {"attempt_done", attempt_done},
    };
    json_t *line = json_object();
    autojson json_t *fields = kinds[event->kind].make(event);
    json_put(line, "event", json_string(kinds[event->kind].name));
    json_object_update(line, fields);
    return line;
}

static void take(struct sink *sink, const struct event *event) {
    (void)sink;
    autojson json_t *line = report_json_event(event);
    json_print_line(line);
    fflush(stdout);
}

struct sink *report_json_sink(void) {
    static struct sink sink = {take};
    return &sink;
}
