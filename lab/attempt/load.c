#include "attempt/load.h"

#include <errno.h>
#include <poll.h>

#include "base/json.h"

static int load_failed(const struct attempt *attempt, const json_t *error, struct err *err) {
    const char *message = json_get_string(error, "message", "the checker cannot be loaded");
    err_set(err, ERR_COURSE, "%s", message);
    return err_help(err, "mend %s", attempt->checker_name);
}

static const json_t *function_of(const json_t *functions, const char *id) {
    size_t index;
    json_t *function;
    json_array_foreach((json_t *)(uintptr_t)functions, index, function) {
        if (!strcmp(json_get_string(function, "id", ""), id)) return function;
    }
    return NULL;
}

/* Checks and functions match one to one. */
static int match_functions(const struct attempt *attempt, const json_t *functions, struct err *err) {
    const struct exercise *exercise = attempt->options->exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        if (check->kind == CHECK_LUA && !function_of(functions, check->id))
            return course_error_at(exercise, check->at, err, "check '%s' has no function checks[\"%s\"] in checker.lua",
                                   check->id, check->id);
    }
    size_t index;
    json_t *function;
    json_array_foreach((json_t *)(uintptr_t)functions, index, function) {
        const char *id = json_get_string(function, "id", "");
        const struct check *check = exercise_check(exercise, id);
        if (check && check->kind == CHECK_LUA) continue;
        return err_set(err, ERR_COURSE, "%s:%lld: checks[\"%s\"] is %s", attempt->checker_name,
                       json_get_integer(function, "line", 0), id,
                       check ? "a question, which has no function" : "no check of exercise.yaml");
    }
    return 0;
}

static int judge_load(const struct attempt *attempt, const json_t *outcome, struct err *err) {
    const json_t *error = json_object_get(outcome, "error");
    const json_t *functions = json_object_get(outcome, "functions");
    if (json_is_object(error)) return load_failed(attempt, error, err);
    if (json_is_array(functions)) return match_functions(attempt, functions, err);
    return err_set(err, ERR_COURSE, "%s: %s", attempt->checker_name,
                   json_get_string(outcome, "message", "the checker's process ended while loading"));
}

int load_begin(struct runner *loader, const struct attempt *attempt, struct err *err) {
    const struct runner_task task = {0};
    return runner_start(loader, attempt, &task, err);
}

int load_end(struct runner *loader, const struct attempt *attempt, struct err *err) {
    if (loader->pid <= 0) return 0; /* there is none */
    struct pollfd fds[] = {{.fd = loader->channel, .events = POLLIN},
                           {.fd = attempt->options->interrupt, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR) {}
    if (fds[1].revents) {
        runners_end(attempt, &loader, 1);
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    scoped(frame) frame = {.descriptor = -1};
    bool received = runner_next(loader, &frame);
    int status = judge_load(attempt, received ? json_object_get(frame.json, "outcome") : NULL, err);
    runner_reap(loader);
    return status;
}
