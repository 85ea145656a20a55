#include "attempt/operation.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "workspace/python.h"

/* ---- answers ---- */

static int refuse(struct service_desk *desk, const struct answer *answer, const struct err *why, struct err *err) {
    const char *kind = answer->excess ? "excess" : why->code == ERR_USAGE ? "misuse" : "world";
    autojson json_t *json = json_object();
    json_put(json, "ok", json_false());
    json_put(json, "error", json_text_or_null(why->message));
    json_put(json, "kind", json_string(kind));
    return channel_send(desk->worker, json, NULL, 0, err);
}

/* ---- programs ---- */

static void add_variable(struct arena *arena, const char ***env, size_t *count, const char *name, const char *value) {
    size_t len = strlen(name);
    for (size_t i = 0; i < *count; i++) {
        if (strncmp((*env)[i], name, len) || (*env)[i][len] != '=') continue;
        (*env)[i] = (*env)[--*count];
        break;
    }
    if (value) (*env)[(*count)++] = arena_printf(arena, "%s=%s", name, value);
}

/* A NULL-terminated list of "NAME=value", or NULL. */
static void add_variables(struct arena *arena, const char ***env, size_t *count, const char *const *list) {
    for (; list && *list; list++) {
        size_t len = strcspn(*list, "=");
        add_variable(arena, env, count, arena_copy(arena, *list, len), *list + len + 1);
    }
}

/* The fixed environment, what services give, and what the check grants or takes away. */
static const char **program_environment(const struct service_desk *desk, struct arena *arena, const json_t *granted) {
    const char **base = python_run_environment(arena, desk->places->inside[PLACE_PYTHON],
                                               desk->places->inside[PLACE_HOME], desk->places->inside[PLACE_TMP]);
    const char *const *varied = desk->attempt->options->variables;
    const char *const *given = desk->attempt->given;
    size_t count = 0, more = json_object_size(granted);
    while (base[count]) count++;
    for (const char *const *at = given; at && *at; at++) more++;
    for (const char *const *at = varied; at && *at; at++) more++;
    const char **env = arena_alloc(arena, (count + more + 1) * sizeof *env);
    memcpy(env, base, count * sizeof *env);
    add_variables(arena, &env, &count, given);
    add_variables(arena, &env, &count, varied);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)granted, name, value)
        add_variable(arena, &env, &count, name, json_string_value(value));
    return env;
}

static int read_program(struct service_desk *desk, const struct frame *request, struct arena *arena,
                        struct box_program *program, struct err *err) {
    const json_t *words = json_object_get(request->json, "argv");
    const char *cwd = json_get_string(request->json, "cwd", ".");
    size_t count = json_array_size(words);
    if (!count) return err_set(err, ERR_USAGE, "argv is empty");
    if (strcmp(cwd, ".") && !path_is_inside(cwd)) return err_set(err, ERR_USAGE, "cwd '%s' leaves the work tree", cwd);
    const char **argv = arena_alloc(arena, (count + 1) * sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        argv[i] = json_string_value(json_array_get(words, i));
        if (!argv[i]) return err_set(err, ERR_USAGE, "argv[%zu] is no text", i + 1);
    }
    *program = (struct box_program){
        .argv = argv,
        .env = program_environment(desk, arena, json_object_get(request->json, "env")),
        .cwd = arena_printf(arena, "%s/%s", desk->places->inside[PLACE_WORK], cwd),
        .wall = json_get_number(request->json, "timeout", 0),
        .memory = (uint64_t)json_get_integer(request->json, "memory", 0),
        .offline = json_is_true(json_object_get(request->json, "offline")),
        .talks = json_is_true(json_object_get(request->json, "talks")),
    };
    if (request->blob_count) program->input = sv_str(&request->blobs[0]);
    return 0;
}

/* Notes the "try" line of the next run; its number is the count afterwards. */
static const char *note_command(struct service_desk *desk, const struct frame *request, struct err *err) {
    scoped(str) command = STR_INIT;
    autofree char *input = NULL;
    if (request->blob_count) {
        input = str_format("stdin-%zu", json_array_size(desk->commands) + 1);
        autofree char *path = path_join(desk->places->input, input);
        if (fs_write(path, request->blobs[0].data, request->blobs[0].len, err)) return NULL;
    }
    reproduce_command(&desk->reproduction, request->json, input, &command);
    json_array_append_new(desk->commands, json_text(command.data, command.len));
    return json_string_value(json_array_get(desk->commands, json_array_size(desk->commands) - 1));
}

const char *signal_text(char text[SIGNAL_TEXT_SIZE], int number) {
    const char *name = sigabbrev_np(number);
    if (name)
        snprintf(text, SIGNAL_TEXT_SIZE, "SIG%s", name);
    else
        snprintf(text, SIGNAL_TEXT_SIZE, "signal %d", number);
    return text;
}

void answer_put_result(json_t *json, const struct box_result *result) {
    char signal[SIGNAL_TEXT_SIZE];
    json_put(json, "code", result->signal || result->code < 0 ? json_null() : json_integer(result->code));
    json_put(json, "signal", result->signal ? json_string(signal_text(signal, result->signal)) : json_null());
    json_put(json, "limit", result->limit ? json_string(box_limit_name(result->limit)) : json_null());
    json_put(json, "limit_value", result->limit ? json_real(result->limit_value) : json_null());
    json_put(json, "not_found", json_text_or_null(result->not_found ? result->why : NULL));
    json_put(json, "no_folder", json_boolean(result->no_folder));
    json_put(json, "too_long", json_boolean(result->too_long));
    json_put(json, "seconds", json_real(result->seconds));
    json_put(json, "cpu", json_real(result->cpu));
    json_put(json, "max_rss", json_integer((json_int_t)result->max_rss));
    json_put(json, "left_behind", json_integer(result->left_behind));
    json_put(json, "unroutable", json_boolean(result->unroutable));
}

void answer_put_captures(struct answer *answer, const struct box_capture *out, const struct box_capture *err) {
    json_put(answer->json, "dropped_out", json_integer((json_int_t)out->dropped));
    json_put(answer->json, "dropped_err", json_integer((json_int_t)err->dropped));
    answer->blobs[0] = sv_str(&out->head);
    answer->blobs[1] = sv_str(&out->tail);
    answer->blobs[2] = sv_str(&err->head);
    answer->blobs[3] = sv_str(&err->tail);
    answer->blob_count = 4;
}

/* What an output event shows of a stream: its beginning, its end, and how much is missing between. */
static json_t *excerpt(const struct box_capture *capture) {
    enum { MOST = 4096 };
    scoped(str) all = STR_INIT;
    str_append_bytes(&all, capture->head.data, capture->head.len);
    if (capture->dropped) str_printf(&all, "\n[… %llu bytes …]\n", (unsigned long long)capture->dropped);
    str_append_bytes(&all, capture->tail.data, capture->tail.len);
    if (all.len <= 2 * MOST) return json_text(all.data, all.len);
    scoped(str) cut = STR_INIT;
    str_append_bytes(&cut, all.data, MOST);
    str_printf(&cut, "\n[… %zu bytes …]\n", all.len - 2 * (size_t)MOST);
    str_append_bytes(&cut, all.data + all.len - MOST, MOST);
    return json_text(cut.data, cut.len);
}

int answer_tell_output(struct service_desk *desk, json_t *argv, const char *command, const struct box_result *result,
                       struct err *err) {
    autojson json_t *event = json_object();
    json_t *run = json_object();
    json_put(event, "event", json_string("output"));
    json_put(event, "run", run);
    json_put(run, "argv", json_incref(argv));
    json_put(run, "command", json_text_or_null(command));
    answer_put_result(run, result);
    json_put(run, "stdout", excerpt(&result->out));
    json_put(run, "stderr", excerpt(&result->err));
    return channel_send(desk->supervisor, event, NULL, 0, err);
}

/* How much is answered about an image or a repository is up to the learner: what is too much is refused. */
static int send_answer(struct service_desk *desk, struct answer *answer, struct err *err) {
    struct err fault = ERR_INIT;
    json_put(answer->json, "ok", json_true());
    int status = answer->descriptor < 0
                     ? channel_send(desk->worker, answer->json, answer->blobs, answer->blob_count, &fault)
                     : channel_send_descriptor(desk->worker, answer->json, answer->descriptor, &fault);
    if (!status) return 0;
    if (fault.code != ERR_USAGE) {
        if (err) *err = fault;
        return -1;
    }
    answer->excess = true;
    err_set(&fault, ERR_USAGE, "an answer of more than %d MiB", CHANNEL_JSON_MOST >> 20);
    return refuse(desk, answer, &fault, err);
}

/* ---- the operations ---- */

static int serve_run(struct service_desk *desk, const struct frame *request, struct arena *arena,
                     struct box_result *result, struct answer *answer, struct err *err) {
    struct box_program program;
    if (read_program(desk, request, arena, &program, err)) return -1;
    const char *command = note_command(desk, request, err);
    if (!command || box_run(desk->box, &program, result, err)) return -1;
    answer_put_result(answer->json, result);
    answer_put_captures(answer, &result->out, &result->err);
    json_put(answer->json, "command", json_string(command));
    json_put(answer->json, "run", json_integer((json_int_t)json_array_size(desk->commands)));
    return answer_tell_output(desk, json_object_get(request->json, "argv"), command, result, err);
}

static int serve_service_start(struct service_desk *desk, const struct frame *request, struct arena *arena,
                               struct box_result *result, struct answer *answer, struct err *err) {
    (void)result;
    struct box_program program;
    int service;
    if (read_program(desk, request, arena, &program, err)) return -1;
    const char *command = note_command(desk, request, err);
    if (!command || box_service_start(desk->box, &program, &service, err)) return -1;
    json_put(answer->json, "service", json_integer(service));
    json_put(answer->json, "command", json_string(command));
    json_put(answer->json, "run", json_integer((json_int_t)json_array_size(desk->commands)));
    return 0;
}

static int find_service(const struct service_desk *desk, const struct frame *request, int *service, struct err *err) {
    long long id = json_get_integer(request->json, "service", -1);
    *service = id >= 0 && id <= INT_MAX ? (int)id : -1;
    if (*service >= 0 && box_service_known(desk->box, *service)) return 0;
    return err_set(err, ERR_USAGE, "there is no service %lld, or it was stopped already", id);
}

static int serve_service_end(struct service_desk *desk, const struct frame *request, struct arena *arena,
                             struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    int service;
    if (find_service(desk, request, &service, err)) return -1;
    bool output = !strcmp(json_get_string(request->json, "end", "input"), "output");
    answer->descriptor = box_service_end(desk->box, service, output, err);
    return answer->descriptor < 0 ? -1 : 0;
}

static int serve_service_alive(struct service_desk *desk, const struct frame *request, struct arena *arena,
                               struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    int service;
    if (find_service(desk, request, &service, err)) return -1;
    json_put(answer->json, "alive", json_boolean(box_service_alive(desk->box, service)));
    return 0;
}

static int serve_service_signal(struct service_desk *desk, const struct frame *request, struct arena *arena,
                                struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result, (void)answer;
    int service;
    if (find_service(desk, request, &service, err)) return -1;
    const char *name = json_get_string(request->json, "signal", "SIGTERM");
    if (string_starts_with(name, "SIG")) name += 3;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        if (known && !strcmp(known, name)) return box_service_signal(desk->box, service, number, err);
    }
    return err_set(err, ERR_USAGE, "there is no signal '%s'", name);
}

static int serve_service_logs(struct service_desk *desk, const struct frame *request, struct arena *arena,
                              struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    int service;
    if (find_service(desk, request, &service, err)) return -1;
    const struct box_capture *out = box_service_output(desk->box, service, false);
    answer_put_captures(answer, out, box_service_output(desk->box, service, true));
    return 0;
}

static int serve_service_stop(struct service_desk *desk, const struct frame *request, struct arena *arena,
                              struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena;
    int service;
    if (find_service(desk, request, &service, err) || box_service_stop(desk->box, service, result, err)) return -1;
    answer_put_result(answer->json, result);
    answer_put_captures(answer, &result->out, &result->err);
    return 0;
}

static int serve_connect(struct service_desk *desk, const struct frame *request, struct arena *arena,
                         struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    long long port = json_get_integer(request->json, "port", 0);
    if (port < 1 || port > 65535) return err_set(err, ERR_USAGE, "%lld is no port", port);
    answer->descriptor = dock_publishes(&desk->dock, (unsigned)port) ? dock_connect((unsigned)port, err)
                                                                     : box_connect(desk->box, (uint16_t)port, err);
    return answer->descriptor < 0 ? -1 : 0;
}

static int serve_material(struct service_desk *desk, const struct frame *request, struct arena *arena,
                          struct box_result *result, struct answer *answer, struct err *err) {
    (void)arena, (void)result;
    autofree char *path = NULL;
    if (material_get(&desk->material, request->json, &path, err)) return -1;
    json_put(answer->json, "path", json_string(path));
    return 0;
}

static int serve_wrote(struct service_desk *desk, const struct frame *request, struct arena *arena,
                       struct box_result *result, struct answer *answer, struct err *err) {
    (void)request, (void)arena, (void)result, (void)answer, (void)err;
    desk->reproduction.changed_tree = true;
    return 0;
}

/* Text goes as bytes beside the answer: as JSON it could be several times as long. */
static int serve_git(struct service_desk *desk, const struct frame *request, struct arena *arena,
                     struct box_result *result, struct answer *answer, struct err *err) {
    (void)result;
    json_t *value = workspace_git(desk->attempt->options->workspace, json_get_string(request->json, "what", ""),
                                  json_object_get(request->json, "arguments"), err);
    answer->excess = !value && err->code == ERR_USAGE;
    if (!value) return -1;
    if (json_is_string(value)) {
        answer->blobs[0].data = arena_copy(arena, json_string_value(value), json_string_length(value));
        answer->blobs[0].len = json_string_length(value);
        answer->blob_count = 1;
        json_decref(value);
    } else {
        json_put(answer->json, "value", value);
    }
    return 0;
}

static const struct {
    const char *name;
    operation *serve;
    bool while_loading; /* may stand at the top of a checker */
} operations[] = {
    {"run", serve_run, false},
    {"service_start", serve_service_start, false},
    {"service_end", serve_service_end, false},
    {"service_alive", serve_service_alive, false},
    {"service_signal", serve_service_signal, false},
    {"service_logs", serve_service_logs, false},
    {"service_stop", serve_service_stop, false},
    {"connect", serve_connect, false},
    {"material", serve_material, true},
    {"wrote", serve_wrote, false},
    {"git", serve_git, true},
    {"docker_build", serve_docker_build, false},
    {"docker_inspect", serve_docker_inspect, false},
    {"docker_history", serve_docker_history, false},
    {"docker_run", serve_docker_run, false},
    {"container_start", serve_container_start, false},
    {"container_alive", serve_container_alive, false},
    {"container_signal", serve_container_signal, false},
    {"container_logs", serve_container_logs, false},
    {"container_stop", serve_container_stop, false},
    {"container_exec", serve_container_exec, false},
};

static int dispatch(struct service_desk *desk, const struct frame *request, struct arena *arena,
                    struct box_result *result, struct answer *answer, struct err *err) {
    const char *name = json_get_string(request->json, "op", "");
    for (size_t i = 0; i < LENGTH(operations); i++) {
        if (strcmp(operations[i].name, name)) continue;
        if (!desk->check && !operations[i].while_loading)
            return err_set(err, ERR_USAGE, "programs run inside a check, not while the checker is loaded");
        return operations[i].serve(desk, request, arena, result, answer, err);
    }
    return err_set(err, ERR_INTERNAL, "unknown request '%s'", name);
}

int serve_request(struct service_desk *desk, const struct frame *request, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct box_result result = {0};
    struct answer answer = {.json = json_object(), .descriptor = -1};
    struct err refusal = ERR_INIT;
    int status = dispatch(desk, request, &arena, &result, &answer, &refusal);
    if (!status)
        status = send_answer(desk, &answer, err);
    else if (refusal.code == ERR_INTERRUPTED)
        *err = refusal;
    else
        status = refuse(desk, &answer, &refusal, err);
    json_decref(answer.json);
    if (answer.descriptor >= 0) close(answer.descriptor);
    box_result_release(&result);
    return status;
}
