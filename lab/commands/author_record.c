/* lab author record EX -- COMMAND…: what the command does to the solution, as the draft of a check. */

#include <stdlib.h>

#include "attempt/scratch.h"
#include "author/recording.h"
#include "base/fs.h"
#include "base/path.h"
#include "commands/author.h"
#include "commands/environment.h"

enum { BODY_MOST = 1 << 20 };

struct record_values {
    struct option_texts get, post;
    const char *append;
    bool service;
};

static const struct option items[] = {
    {"append", 0, OPTION_TEXT, offsetof(struct record_values, append), "CHECK_ID",
     "add the check to exercise.yaml and checker.lua, under this id", 0, 0},
    {"service", 0, OPTION_FLAG, offsetof(struct record_values, service), NULL,
     "the command is a service; {port} in its words is the port on which it listens", 0, 0},
    {"get", 0, OPTION_LIST, offsetof(struct record_values, get), "PATH", "ask the service for this (repeatable)", 0, 0},
    {"post", 0, OPTION_LIST, offsetof(struct record_values, post), "PATH=BODY",
     "post this to the service, after all --get; @FILE is a file's text (repeatable)", 0, 0},
};
const struct options author_record_options = {items, LENGTH(items), sizeof(struct record_values)};

/* ---- what is asked ---- */

static int check_path(const char *path, struct err *err) {
    if (path[0] == '/') return 0;
    return err_set(err, ERR_USAGE, "'%s' is no path of a service: it begins with /", path);
}

static json_t *request(const char *method, const char *path, size_t len, const struct str *body) {
    json_t *object = json_object();
    json_put(object, "method", json_string(method));
    json_put(object, "path", json_text(path, len));
    if (body) json_put(object, "body", json_text(body->data, body->len));
    return object;
}

static int add_post(json_t *requests, const char *text, struct err *err) {
    const char *equals = strchr(text, '=');
    scoped(str) body = STR_INIT;
    if (check_path(text, err)) return -1;
    if (!equals) {
        err_set(err, ERR_USAGE, "--post %s: what is posted? PATH=BODY, or PATH=@FILE", text);
        return err_help(err, "lab help author record");
    }
    if (equals[1] != '@')
        str_append(&body, equals + 1);
    else if (fs_read(&body, equals + 2, BODY_MOST, err))
        return -1;
    if (!utf8_valid(body.data, body.len)) return err_set(err, ERR_USAGE, "--post %s: the body is no UTF-8", text);
    json_array_append_new(requests, request("POST", text, (size_t)(equals - text), &body));
    return 0;
}

static int add_requests(json_t *requests, const struct record_values *values, struct err *err) {
    for (size_t i = 0; i < values->get.count; i++) {
        if (check_path(values->get.items[i], err)) return -1;
        json_array_append_new(requests, request("GET", values->get.items[i], strlen(values->get.items[i]), NULL));
    }
    for (size_t i = 0; i < values->post.count; i++)
        if (add_post(requests, values->post.items[i], err)) return -1;
    return 0;
}

/* A service is told its port, and asked something; a command is neither. */
static int check_service(const struct record_values *values, int argc, char **argv, struct err *err) {
    bool has_port = false;
    for (int i = 0; i < argc; i++) has_port |= strstr(argv[i], "{port}") != NULL;
    size_t requests = values->get.count + values->post.count;
    if (!values->service && requests) err_set(err, ERR_USAGE, "--get and --post are for a service: add --service");
    if (values->service && !requests) err_set(err, ERR_USAGE, "what is the service asked? add --get or --post");
    if (values->service && requests && !has_port)
        err_set(err, ERR_USAGE, "where does the service listen? write {port} into its command");
    return values->service != (requests > 0) || (values->service && !has_port) ? err_help(err, "lab help author record")
                                                                               : 0;
}

static json_t *asked(const struct record_values *values, const char *id, int argc, char **argv, struct err *err) {
    autojson json_t *object = json_object();
    json_t *words = json_array(), *requests = json_array();
    json_put(object, "id", json_string(id));
    json_put(object, "service", json_boolean(values->service));
    json_put(object, "argv", words);
    json_put(object, "requests", requests);
    for (int i = 0; i < argc; i++) {
        if (utf8_valid(argv[i], strlen(argv[i])) && !json_array_append_new(words, json_string(argv[i]))) continue;
        err_set(err, ERR_USAGE, "word %d of the command is no UTF-8", i + 1);
        return NULL;
    }
    return add_requests(requests, values, err) ? NULL : json_incref(object);
}

/* ---- the draft ---- */

/* {"event": "draft", …}, which docs/events.md describes. */
static void print_json(const struct recording *record, const struct str *draft, bool appended) {
    autojson json_t *line = json_object();
    json_put(line, "event", json_string("draft"));
    json_put(line, "exercise", json_string(record->work->exercise->id));
    json_put(line, "id", json_string(record->id));
    json_put(line, "lua", json_text(draft->data, draft->len));
    json_put(line, "appended", json_boolean(appended));
    json_print_line(line);
}

static int print_draft(const struct context *context, const struct recording *record, const struct str *draft,
                       struct err *err) {
    const struct check check = {.id = record->id, .title = "The draft"};
    if (recording_prove(record, sv_str(draft), &check, 1, err)) return -1;
    if (context->json)
        print_json(record, draft, false);
    else
        fputs(draft->data, stdout);
    return 0;
}

/* The check among those of the exercise: the checker must hold it beside them. */
static int append_draft(const struct context *context, const struct recording *record, struct recording_files *files,
                        const struct str *draft, struct err *err) {
    const struct exercise *exercise = record->work->exercise;
    if (recording_add(files, record->work, record->id, draft->data, err)) return -1;
    size_t count = exercise->check_count;
    struct check *checks = arena_alloc(&record->work->course->arena, (count + 1) * sizeof *checks);
    memcpy(checks, exercise->checks, count * sizeof *checks);
    checks[count] = (struct check){.id = record->id, .title = "The draft", .points = 1};
    if (recording_prove(record, sv_str(&files->checker), checks, count + 1, err) ||
        recording_write(files, record->work, err))
        return -1;
    if (context->json) print_json(record, draft, true);
    if (context->quiet || context->json) return 0;
    printf("%s has the check %s, which the solution passes\n", exercise->id, record->id);
    printf(
        "next: tighten it in exercises/%s/checker.lua, give it a title and points in exercise.yaml, and a wrong/NAME "
        "that fails it; lab author test %s\n",
        exercise->id, exercise->id);
    return 0;
}

static int record_it(const struct context *context, struct recording *record, const char *append, struct err *err) {
    struct target target = {.course = record->work->course, .exercise = record->work->exercise};
    scoped(python) python = {0};
    scoped(scratch) scratch = SCRATCH_INIT;
    scoped(str) draft = STR_INIT;
    scoped(recording_files) files = RECORD_FILES_INIT;
    if (append && recording_read(&files, record->work, err)) return -1;
    if (command_environment(context, &target, &python, err) || scratch_open(&scratch, record->cache, 0, err)) return -1;
    record->environment = python.directory;
    record->folder = scratch.directory;
    if (recording_draft(record, &draft, err)) return -1;
    return append ? append_draft(context, record, &files, &draft, err) : print_draft(context, record, &draft, err);
}

static int check_id(const struct work *work, const char *id, struct err *err) {
    if (!path_is_id(id))
        return err_set(err, ERR_USAGE, "'%s' is no id: lower-case letters, digits and single dashes", id);
    if (!exercise_check(work->exercise, id)) return 0;
    err_set(err, ERR_USAGE, "%s has a check '%s' already", work->exercise->id, id);
    return err_help(err, "choose another id, or remove that check and its function");
}

int cmd_author_record(const struct context *context, const void *values_, int argc, char **argv, struct err *err) {
    const struct record_values *values = values_;
    const struct path_places *places = path_places(err);
    autofree char *directory = NULL;
    scoped(work) work = {0};
    if (context->before_dashes != 1 || argc < 2) {
        err_set(err, ERR_USAGE, "one exercise, then -- and the command: lab author record EX -- COMMAND…");
        return err_help(err, "lab help author record");
    }
    if (!places || check_service(values, argc - 1, argv + 1, err) || course_find(&directory, context->course, err) ||
        work_load(&work, directory, argv[0], "solution", err))
        return -1;
    if (values->append && check_id(&work, values->append, err)) return -1;
    const char *id = values->append ? values->append : "recorded";
    autojson json_t *question = asked(values, id, argc - 1, argv + 1, err);
    autoclose int interrupt = question ? command_interrupts(err) : -1;
    if (interrupt < 0) return -1;
    struct recording record = {
        .work = &work, .cache = places->cache, .interrupt = interrupt, .id = id, .asked = question};
    return record_it(context, &record, values->append, err);
}
