/* box_run: one program from start to result. */

#include <math.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "box/internal.h"

void result_begin(struct box_result *result) {
    *result = (struct box_result){
        .out = {STR_INIT, STR_INIT, 0},
        .err = {STR_INIT, STR_INIT, 0},
    };
}

void box_result_release(struct box_result *result) {
    struct box_capture *captures[] = {&result->out, &result->err};
    for (size_t i = 0; i < LENGTH(captures); i++) {
        str_release(&captures[i]->head);
        str_release(&captures[i]->tail);
    }
}

struct sv box_last_line(const struct box_capture *capture) {
    struct sv rest = sv_str(capture->tail.len ? &capture->tail : &capture->head), line, last = {0};
    while (sv_next_line(&rest, &line))
        if (line.len) last = line;
    return last;
}

bool box_result_failed(const struct box_result *result) { return result->code || result->limit || result->not_found; }

/* Limits that the kernel keeps show in the signal; the second second of RLIMIT_CPU ends in SIGKILL. */
static enum box_limit limit_of_signal(const struct box *box, const struct unit *unit, double cpu, int signal) {
    if (signal == SIGXFSZ) return box->config.limits.file_size ? BOX_LIMIT_FILE_SIZE : BOX_LIMIT_DISK;
    bool beyond = unit->cpu_most > 0 && cpu >= unit->cpu_most;
    if (beyond && (signal == SIGXCPU || signal == SIGKILL)) return BOX_LIMIT_CPU;
    bool failed = !WIFEXITED(unit->status) || WEXITSTATUS(unit->status);
    return failed ? walled_struck(box, unit, signal) : BOX_LIMIT_NONE;
}

static double limit_value(const struct box *box, const struct unit *unit, enum box_limit limit) {
    const struct box_limits *limits = &box->config.limits;
    switch (limit) {
    case BOX_LIMIT_NONE: return 0;
    case BOX_LIMIT_WALL: return unit->deadline - unit->started;
    case BOX_LIMIT_CPU: return unit->cpu_most;
    case BOX_LIMIT_MEMORY: return (double)(unit->memory_most ? unit->memory_most : limits->memory);
    case BOX_LIMIT_PROCESSES: return (double)limits->processes;
    case BOX_LIMIT_DISK: return (double)limits->disk;
    case BOX_LIMIT_FILES: return (double)limits->files;
    case BOX_LIMIT_FILE_SIZE: return (double)limits->file_size;
    }
    return 0;
}

void unit_result(struct box *box, struct unit *unit, struct box_result *result) {
    bool signalled = WIFSIGNALED(unit->status);
    result->not_found = unit->not_found;
    result->no_folder = unit->no_folder;
    result->too_long = unit->too_long;
    memcpy(result->why, unit->why, sizeof result->why);
    result->code = signalled ? -1 : WEXITSTATUS(unit->status);
    result->signal = signalled ? WTERMSIG(unit->status) : 0;
    result->seconds = unit->seconds;
    result->cpu = unit->cpu + unit->cpu_reaped;
    result->max_rss = unit->max_rss;
    result->left_behind = unit->left_behind;
    result->limit = unit->limit ? unit->limit : limit_of_signal(box, unit, result->cpu, result->signal);
    result->limit_value = limit_value(box, unit, result->limit);
    result->out = capture_take(&unit->captures[0]);
    result->err = capture_take(&unit->captures[1]);
    unit_release(unit);
}

/* Waits until the program is over or beyond a limit. */
static int attend_run(struct box *box, struct unit *run, struct err *err) {
    while (!run->over && !run->limit) {
        if (loop_turn(box, run->deadline, -1, 0) == TURN_INTERRUPTED)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (run->over || run->limit || run->deadline <= 0 || clock_monotonic() < run->deadline) continue;
        run->limit = BOX_LIMIT_WALL;
        return unit_end_gently(box, run, err);
    }
    return 0;
}

int unit_lost(const struct unit *unit, struct err *err) {
    return unit->lost ? err_set(err, ERR_ENVIRONMENT, "%s", unit->why) : 0;
}

static double smaller_wall(double a, double b) { return a <= 0 || (b > 0 && b < a) ? b : a; }

int box_run(struct box *box, const struct box_program *program, struct box_result *result, struct err *err) {
    result_begin(result);
    struct unit *run = &box->units[UNIT_RUN];
    if (launch(box, run, program, err)) return -1;
    double wall = smaller_wall(box->config.limits.wall, program->wall);
    if (wall > 0) run->deadline = run->started + wall;
    watch_begin(box);
    int fault = attend_run(box, run, err);
    unit_finish(box, run);
    if (!fault) fault = unit_lost(run, err);
    bool ran = !run->not_found;
    unit_result(box, run, result);
    if (!fault && ran && !result->limit) {
        result->limit = watch_remains(box, result->code != 0, &result->unroutable);
        result->limit_value = limit_value(box, run, result->limit);
    }
    if (!fault) return 0;
    box_result_release(result);
    result_begin(result);
    return -1;
}

int box_run_alone(const struct box_config *config, const struct box_program *program, struct box_result *result,
                  struct err *err) {
    struct box *box = NULL;
    if (box_open(&box, config, err)) return -1;
    int status = box_run(box, program, result, err);
    box_close(box);
    return status;
}
