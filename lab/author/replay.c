#include "author/replay.h"

#include "base/json.h"

void replay_init(struct replay *replay, const struct exercise *exercise, struct sink *sink) {
    *replay = (struct replay){.exercise = exercise, .sink = sink, .arena = ARENA_INIT};
}

void replay_release(struct replay *replay) { arena_release(&replay->arena); }

static void tell(struct replay *replay, struct event event) {
    event.attempt = &replay->facts;
    replay->sink->take(replay->sink, &event);
}

static const struct check *check_of(const struct replay *replay, const json_t *line) {
    return exercise_check(replay->exercise, json_get_string(line, "id", ""));
}

/* The texts of a list, NULL-terminated. */
static const char *const *texts(struct replay *replay, const json_t *list) {
    size_t count = json_array_size(list);
    const char **items = arena_alloc(&replay->arena, (count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        items[i] = arena_string(&replay->arena, text ? text : "");
    }
    return items;
}

static void attempt_started(struct replay *replay, const json_t *line) {
    size_t count = replay->exercise->check_count;
    bool *selected = arena_alloc(&replay->arena, (count + 1) * sizeof *selected);
    for (const char *const *id = texts(replay, json_object_get(line, "checks")); *id; id++) {
        const struct check *check = exercise_check(replay->exercise, *id);
        if (check) selected[exercise_check_index(replay->exercise, check)] = true;
    }
    replay->facts = (struct attempt_facts){
        .exercise = replay->exercise,
        .workspace = arena_string(&replay->arena, json_get_string(line, "workspace", "")),
        .tree = arena_string(&replay->arena, json_get_string(line, "tree", "")),
        .number = (int)json_get_integer(line, "attempt", 0),
        .seed = (uint64_t)json_get_integer(line, "seed", 0),
        .untried = json_get_boolean(line, "untried", false),
        .selected = selected,
        .isolation = texts(replay, json_object_get(line, "isolation")),
        .notes = arena_string(&replay->arena, json_get_string(line, "notes", "")),
    };
    replay->begun = true;
    tell(replay, (struct event){.kind = EVENT_ATTEMPT_STARTED});
}

static void check_started(struct replay *replay, const json_t *line) {
    const struct check *check = check_of(replay, line);
    if (check) tell(replay, (struct event){.kind = EVENT_CHECK_STARTED, .check = check});
}

static void check_done(struct replay *replay, const json_t *line) {
    struct check_result result = {
        .check = check_of(replay, line),
        .score = json_get_number(line, "score", 0),
        .points = (int)json_get_integer(line, "points", 0),
        .seconds = json_get_number(line, "seconds", 0),
        .message = json_get_string(line, "message", NULL),
        .reason = json_get_string(line, "reason", NULL),
        .blocked_by = json_get_string(line, "blocked_by", NULL),
        .failures = json_object_get(line, "evidence"),
        .kept = json_get_string(line, "kept", NULL),
    };
    if (!result.check || !verdict_parse(json_get_string(line, "verdict", ""), &result.verdict)) return;
    tell(replay, (struct event){.kind = EVENT_CHECK_DONE, .result = &result});
}

static void output(struct replay *replay, const json_t *line) {
    struct program_output output = {check_of(replay, line), json_object_get(line, "run")};
    if (output.check && output.run) tell(replay, (struct event){.kind = EVENT_OUTPUT, .output = &output});
}

static enum attempt_verdict verdict_of(const json_t *line) {
    const char *name = json_get_string(line, "verdict", "");
    for (int verdict = ATTEMPT_PASS; verdict < ATTEMPT_INTERRUPTED; verdict++)
        if (!strcmp(name, attempt_verdict_name((enum attempt_verdict)verdict))) return (enum attempt_verdict)verdict;
    return ATTEMPT_INTERRUPTED;
}

static void attempt_done(struct replay *replay, const json_t *line) {
    struct attempt_summary summary = {
        .verdict = verdict_of(line),
        .points = (int)json_get_integer(line, "points", 0),
        .possible = (int)json_get_integer(line, "possible", 0),
        .passed = (size_t)json_get_integer(line, "passed", 0),
        .failed = (size_t)json_get_integer(line, "failed", 0),
        .blocked = (size_t)json_get_integer(line, "blocked", 0),
        .broken = (size_t)json_get_integer(line, "broken", 0),
        .seconds = json_get_number(line, "seconds", 0),
    };
    tell(replay, (struct event){.kind = EVENT_ATTEMPT_DONE, .summary = &summary});
}

void replay_event(struct replay *replay, const json_t *line) {
    static const struct {
        const char *name;
        void (*tell)(struct replay *replay, const json_t *line);
    } kinds[] = {
        {"attempt_started", attempt_started}, {"check_started", check_started}, {"output", output},
        {"check_done", check_done},           {"attempt_done", attempt_done},
    };
    const char *name = json_get_string(line, "event", "");
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if (!strcmp(name, kinds[i].name) && (replay->begun || i == 0)) kinds[i].tell(replay, line);
}
