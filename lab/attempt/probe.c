/* Loading a checker alone, to see whether it can be loaded, and what it defines. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/internal.h"
#include "attempt/worker.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "box/users.h"
#include "checker/channel.h"

/* The engine ends a checker after 1 s of processor time, and says where; these are for what it cannot end. Nothing
 * that it may do here waits, so the wall time is only a backstop, and long: a busy machine is not its fault. */
enum { PROCESSOR_SECONDS = 2, WALL_SECONDS = 60, REQUESTS_MOST = 1000, MESSAGE_MOST = 1000 };

/* A probe under way. */
struct probing {
    struct attempt attempt; /* only what the worker looks at */
    struct attempt_options options;
    struct probe *probe;
    struct arena *arena;
    pid_t worker;
    int channel, user_lock;
};

static void probing_release(struct probing *probing) {
    if (probing->worker > 0) {
        kill(probing->worker, SIGKILL);
        while (waitpid(probing->worker, NULL, 0) < 0 && errno == EINTR) {}
    }
    if (probing->channel >= 0) close(probing->channel);
    if (probing->user_lock >= 0) close(probing->user_lock);
    checker_free(probing->attempt.checker);
    str_release(&probing->attempt.checker_text);
    free(probing->attempt.checker_name);
    json_decref(probing->attempt.exercise);
}

static int prepare(struct probing *probing, struct err *err) {
    const struct exercise *exercise = probing->options.exercise;
    struct attempt *attempt = &probing->attempt;
    attempt->options = &probing->options;
    attempt->checker_name = str_format("exercises/%s/checker.lua", exercise->id);
    if (beneath_read(probing->options.course->folder, attempt->checker_name, &attempt->checker_text, CHECKER_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", attempt->checker_name);
    attempt->facts.seed = attempt_seed(exercise->id, "");
    attempt->exercise = attempt_facts_of(attempt, probing->options.course, exercise);
    return checker_new(&attempt->checker, 0, err);
}

static int start(struct probing *probing, struct err *err) {
    static const struct places nowhere = {
        .folders = {[PLACE_WORK] = {.path = ""}, [PLACE_MATERIAL] = {.path = ""}},
        .inside = {[PLACE_WORK] = "/lab/work", [PLACE_MATERIAL] = "/lab/material"},
    };
    struct worker_task task = {.attempt = &probing->attempt, .places = &nowhere, .processor = PROCESSOR_SECONDS};
    if (!geteuid()) probing->user_lock = users_take(&task.user, NULL); /* as an attempt: without one, as this user */
    fflush(NULL);
    return worker_start(&task, &probing->worker, &probing->channel, err);
}

/* ---- requests ---- */

/* Where the material of a request comes from, from the course's folder. Allocated. */
static char *source_of_material(const struct probing *probing, const json_t *request, const char *name) {
    if (!strcmp(json_get_string(request, "source", ""), "shared")) return path_join("exercises/shared", name);
    return str_format("exercises/%s/private/%s", probing->options.exercise->id, name);
}

/* Answers with the place where an attempt would lay the material; nothing is made. */
static void answer_material(struct probing *probing, const json_t *request, json_t *answer) {
    const char *name = json_get_string(request, "name", "");
    autofree char *source = source_of_material(probing, request, name);
    bool found = path_is_inside(name) && beneath_is_file(probing->options.course->folder, source);
    probing->probe->asks_material |= found;
    const char *leaf = json_get_string(request, "output", path_base(name));
    autofree char *text = found ? str_format("/lab/material/%s", leaf) : str_format("there is no %s", source);
    json_put(answer, "ok", json_boolean(found));
    json_put(answer, found ? "path" : "error", json_text(text, strlen(text)));
    if (!found) json_put(answer, "kind", json_string("misuse"));
}

static int serve(struct probing *probing, const json_t *request) {
    autojson json_t *answer = json_object();
    if (!strcmp(json_get_string(request, "op", ""), "material")) {
        answer_material(probing, request, answer);
    } else {
        probing->probe->asks_material |= !strcmp(json_get_string(request, "op", ""), "git");
        json_put(answer, "ok", json_false());
        json_put(answer, "error", json_string("programs run inside a check, not while the checker is loaded"));
        json_put(answer, "kind", json_string("misuse"));
    }
    return channel_send(probing->channel, answer, NULL, 0, NULL);
}

/* ---- what came of it ---- */

/* Takes "checker.lua:LINE: " off the message; the place is told apart from it. */
static void note_error(struct probing *probing, const char *message, long long line) {
    const char *name = path_base(probing->attempt.checker_name);
    if (string_starts_with(message, name)) message += strlen(name);
    if (*message == ':') {
        char *end;
        long found = strtol(message + 1, &end, 10);
        if (end > message + 1 && *end == ':' && found > 0) {
            line = found;
            message = end;
        }
        message += strspn(message, ": ");
    }
    size_t len = strcspn(message, "\n");
    probing->probe->error = arena_copy(probing->arena, message, len < MESSAGE_MOST ? len : MESSAGE_MOST);
    probing->probe->line = line > 0 && line <= CHECKER_MOST ? (int)line : 0;
}

static void note_functions(struct probing *probing, const json_t *functions) {
    struct probe *probe = probing->probe;
    probe->functions = arena_alloc(probing->arena, (json_array_size(functions) + 1) * sizeof *probe->functions);
    size_t index;
    json_t *function;
    json_array_foreach((json_t *)(uintptr_t)functions, index, function) {
        probe->functions[probe->function_count++] = (struct probe_function){
            .id = arena_string(probing->arena, json_get_string(function, "id", "")),
            .line = (int)json_get_integer(function, "line", 0),
        };
    }
}

static void note_outcome(struct probing *probing, const json_t *outcome) {
    const json_t *error = json_object_get(outcome, "error"), *functions = json_object_get(outcome, "functions");
    if (json_is_array(functions))
        note_functions(probing, functions);
    else if (json_is_object(error))
        note_error(probing, json_get_string(error, "message", "it cannot be loaded"),
                   json_get_integer(error, "line", 0));
    else
        note_error(probing, json_get_string(outcome, "message", "its process ended without a word"), 0);
}

static void note_end(struct probing *probing, double deadline) {
    int status = 0;
    kill(probing->worker, SIGKILL);
    while (waitpid(probing->worker, &status, 0) < 0 && errno == EINTR) {}
    probing->worker = 0;
    bool by_limit = WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || clock_monotonic() < deadline);
    note_error(probing,
               by_limit ? "the checker used up its processor time while it was loaded, in one call that nothing can end"
                        : "the checker waited for ever while it was loaded",
               0);
}

static void see_through(struct probing *probing) {
    double deadline = clock_monotonic() + WALL_SECONDS;
    for (int requests = 0; requests < REQUESTS_MOST; requests++) {
        scoped(frame) frame = {.descriptor = -1};
        if (channel_receive_until(probing->channel, deadline, &frame, NULL)) break;
        if (!strcmp(json_get_string(frame.json, "op", ""), "outcome")) {
            note_outcome(probing, frame.json);
            return;
        }
        if (serve(probing, frame.json)) break;
    }
    note_end(probing, deadline);
}

int attempt_probe(struct probe *probe, const struct course *course, const struct exercise *exercise,
                  struct arena *arena, struct err *err) {
    *probe = (struct probe){0};
    scoped(probing) probing = {.options = {.course = course, .exercise = exercise, .interrupt = -1},
                               .attempt = {.checker_text = STR_INIT},
                               .probe = probe,
                               .arena = arena,
                               .channel = -1,
                               .user_lock = -1};
    if (prepare(&probing, err) || start(&probing, err)) return -1;
    see_through(&probing);
    return 0;
}
