#include "author/recording.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "author/recorder.h"
#include "author/trial.h"
#include "base/beneath.h"
#include "base/path.h"

enum { TRANSCRIPT_WIDTH = 80 };

/* ---- a trial whose result is needed ---- */

/* What became of the checks: of the first that did not pass, why; of the last, what it returned. */
struct listener {
    struct sink sink;
    enum verdict verdict;
    char *message;
    json_t *value;
};

static void listener_release(struct listener *listener) {
    free(listener->message);
    json_decref(listener->value);
}

static void listen(struct sink *sink, const struct event *event) {
    struct listener *listener = (struct listener *)(void *)sink;
    if (event->kind != EVENT_CHECK_DONE) return;
    const struct check_result *result = event->result;
    json_decref(listener->value);
    listener->value = result->value ? json_deep_copy(result->value) : NULL;
    if (result->verdict == VERDICT_PASS || listener->verdict != VERDICT_PASS) return;
    listener->verdict = result->verdict;
    listener->message = mem_copy_string(result->message ? result->message : verdict_name(result->verdict));
}

static int judge(const struct listener *listener, const json_t *result, struct err *err) {
    const char *fault = json_get_string(result, "error", NULL);
    if (fault) return err_set(err, (enum err_code)json_get_integer(result, "code", ERR_INTERNAL), "%s", fault);
    if (!strcmp(json_get_string(result, "verdict", ""), attempt_verdict_name(ATTEMPT_INTERRUPTED)))
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (listener->verdict == VERDICT_PASS) return 0;
    enum err_code code = listener->verdict == VERDICT_BLOCKED  ? ERR_ENVIRONMENT
                         : listener->verdict == VERDICT_BROKEN ? ERR_INTERNAL
                                                               : ERR_COURSE;
    return err_set(err, code, "%s", listener->message);
}

static int run(const struct recording *record, const char *name, struct sv checker, const struct check *checks,
               size_t count, const char *const *only, struct listener *listener, struct err *err) {
    struct exercise exercise = *record->work->exercise;
    exercise.checks = (struct check *)(uintptr_t)checks;
    exercise.check_count = count;
    autofree char *folder = path_join(record->folder, name);
    if (mkdir(folder, 0711)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", folder);
    struct trial trial = {
        .course = record->work->course,
        .exercise = &exercise,
        .variants = &record->work->variants,
        .variant = record->work->variant,
        .environment = record->environment,
        .cache = record->cache,
        .only = only,
        .checker = checker,
        .also = &listener->sink,
    };
    autojson json_t *result = trial_run(&trial, folder, TRANSCRIPT_WIDTH, record->interrupt);
    return judge(listener, result, err);
}

/* ---- the draft ---- */

/* A text in Lua, whatever is in it. */
static void lua_text(struct str *out, const char *text) {
    str_append_char(out, '"');
    for (const char *at = text; *at; at++) str_printf(out, "\\%03u", (unsigned)(unsigned char)*at);
    str_append_char(out, '"');
}

static void recorder_text(const json_t *asked, struct str *out) {
    char *json = json_dumps(asked, JSON_COMPACT);
    str_append(out, "local asked = json.decode(");
    lua_text(out, json ? json : "null");
    str_append(out, ")\n");
    str_append_bytes(out, recorder, (size_t)(recorder_end - recorder));
    free(json);
}

int recording_draft(const struct recording *record, struct str *draft, struct err *err) {
    static const char *first[] = {"first"}, *both[] = {"first", "second"};
    static const struct check checks[] = {
        {.id = "first", .title = "The first run"},
        {.id = "second", .title = "The second run", .needs = {first, LENGTH(first)}},
        {.id = "draft", .title = "The draft", .needs = {both, LENGTH(both)}},
    };
    scoped(listener) listener = {.sink = {listen}, .verdict = VERDICT_PASS};
    scoped(str) checker = STR_INIT;
    recorder_text(record->asked, &checker);
    if (run(record, "record", sv_str(&checker), checks, LENGTH(checks), NULL, &listener, err)) return -1;
    const char *text = json_get_string(listener.value, "text", NULL);
    if (!text) return err_set(err, ERR_INTERNAL, "the recorder made no draft");
    str_append(draft, text);
    return 0;
}

int recording_prove(const struct recording *record, struct sv checker, const struct check *checks, size_t count,
                    struct err *err) {
    scoped(listener) listener = {.sink = {listen}, .verdict = VERDICT_PASS};
    const char *only[] = {record->id, NULL};
    if (!run(record, "prove", checker, checks, count, only, &listener, err)) return 0;
    return err_wrap(err, "the solution does not pass what was drafted");
}
