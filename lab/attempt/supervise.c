#include "attempt/supervise.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "attempt/supervisor.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/machine.h"

enum {
    JOBS_USUAL = 4,     /* checks at once, at most, when nobody says */
    STOPPED_LOOK = 1000 /* milliseconds of silence before a look for stopped runners */
};

void supervisor_tell(const struct supervisor *s, struct event event) {
    event.attempt = &s->attempt->facts;
    for (size_t i = 0; i < s->sink_count; i++) s->sinks[i]->take(s->sinks[i], &event);
}

/* ---- starting ---- */

/* What the machine lacks of the tools that the check needs, or NULL. */
static const struct lack *lack_of(struct supervisor *s, size_t index) {
    const struct attempt_options *options = s->attempt->options;
    return lacks_find(&s->lacks, &options->exercise->checks[index], options->environment, options->interrupt);
}

/* While nothing may be told, it waits as one that runs. */
static void skip_lacking(struct supervisor *s, size_t index, const struct lack *lack) {
    schedule_begin(&s->schedule, index);
    if (!s->silent) settle_lacking(s, index, lack);
}

/* While nothing may be told, it waits as one that runs. */
static void start_question(struct supervisor *s, size_t index) {
    schedule_begin(&s->schedule, index);
    if (s->silent) return;
    supervisor_tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = &s->schedule.exercise->checks[index]});
    settle_question(s, index);
}

static json_t *values_of_needs(const struct supervisor *s, const struct check *check) {
    json_t *values = json_object();
    for (size_t i = 0; i < check->needs.count; i++) {
        const struct check *need = exercise_check(s->schedule.exercise, check->needs.items[i]);
        json_t *value = s->slots[exercise_check_index(s->schedule.exercise, need)].value;
        json_put(values, need->id, value ? json_incref(value) : json_null());
    }
    return values;
}

static int start_check(struct supervisor *s, size_t index, struct err *err) {
    const struct check *check = &s->schedule.exercise->checks[index];
    schedule_begin(&s->schedule, index);
    if (!s->silent) supervisor_tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = check});
    autojson json_t *needs = values_of_needs(s, check);
    struct runner_task task = {.check = check,
                               .needs = needs,
                               .from = check->from,
                               .leave_work = schedule_work_is_needed(&s->schedule, index)};
    if (runner_start(&s->slots[index].runner, s->attempt, &task, err)) return -1;
    s->running++;
    return 0;
}

/* A check that cannot be started is broken; -1 with err when that may not be told yet. */
static int start_what_may(struct supervisor *s, struct err *err) {
    size_t index;
    const char *blocked_by;
    while (schedule_next(&s->schedule, &index, &blocked_by)) {
        struct err fault = ERR_INIT;
        if (blocked_by) {
            settle_blocked(s, index, blocked_by);
            continue;
        }
        if (s->schedule.exercise->checks[index].kind != CHECK_LUA) {
            start_question(s, index);
            continue;
        }
        const struct lack *lack = lack_of(s, index);
        if (lack) {
            skip_lacking(s, index, lack);
            continue;
        }
        if (s->services == SERVICES_FAILED) {
            settle_lacking(s, index, &(struct lack){.message = s->services_fault});
            continue;
        }
        if (s->running >= s->jobs || s->services == SERVICES_STARTING) break;
        if (!start_check(s, index, &fault)) continue;
        if (s->silent) {
            if (err) *err = fault;
            return -1;
        }
        settle_broken(s, index, fault.message);
    }
    return 0;
}

/* ---- hearing ---- */

/* A frame of the check's runner, or its end: without "done" before it, the check is broken. */
static void hear(struct supervisor *s, size_t index) {
    struct slot *slot = &s->slots[index];
    const struct check *check = &s->schedule.exercise->checks[index];
    scoped(frame) frame = {.descriptor = -1};
    if (!runner_next(&slot->runner, &frame)) {
        if (s->schedule.stages[index] == STAGE_RUNNING) {
            s->running--;
            s->strays = true;
            settle_broken(s, index, "lab's own process for this check ended early");
        }
        runner_reap(&slot->runner);
    } else if (!strcmp(json_get_string(frame.json, "event", ""), "output")) {
        struct program_output output = {check, json_object_get(frame.json, "run")};
        if (!check->hidden) supervisor_tell(s, (struct event){.kind = EVENT_OUTPUT, .output = &output});
    } else if (s->schedule.stages[index] == STAGE_RUNNING) {
        s->running--;
        settle_outcome(s, index, frame.json);
    }
}

/* A program of the same user can stop a runner, which owns the clock of its check: such a runner is ended. */
static void end_stopped(struct supervisor *s) {
    for (size_t i = 0; i < s->schedule.exercise->check_count; i++) {
        siginfo_t info = {0};
        pid_t pid = s->slots[i].runner.pid;
        if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) || !info.si_pid) continue;
        kill(pid, SIGKILL);
    }
}

/* Waits for any runner, the keeper or the interrupt. False when no runner lives and none is to come. */
static bool wait_and_hear(struct supervisor *s) {
    size_t count = s->schedule.exercise->check_count, used = 0;
    struct pollfd *fds = mem_alloc((count + 2) * sizeof *fds);
    size_t *indexes = mem_alloc((count + 1) * sizeof *indexes);
    for (size_t i = 0; i < count; i++) {
        if (s->slots[i].runner.pid <= 0) continue;
        indexes[used] = i;
        fds[used++] = (struct pollfd){.fd = s->slots[i].runner.channel, .events = POLLIN};
    }
    bool waits = used > 0 || s->services == SERVICES_STARTING;
    if (waits) {
        bool kept = s->keeper->pid > 0 && s->services != SERVICES_FAILED;
        fds[used] = (struct pollfd){.fd = s->attempt->options->interrupt, .events = POLLIN};
        fds[used + 1] = (struct pollfd){.fd = kept ? s->keeper->channel : -1, .events = POLLIN};
        if (!poll(fds, (nfds_t)used + 2, STOPPED_LOOK)) end_stopped(s);
        s->interrupted |= fds[used].revents != 0;
        if (fds[used + 1].revents && !s->interrupted) hear_keeper(s);
        for (size_t i = 0; i < used && !s->interrupted; i++)
            if (fds[i].revents) hear(s, indexes[i]);
    }
    free(fds);
    free(indexes);
    return waits;
}

/* ---- the whole ---- */

static void end_all(struct supervisor *s) {
    size_t count = s->schedule.exercise->check_count;
    struct runner **runners = mem_alloc(count * sizeof *runners);
    for (size_t i = 0; i < count; i++) runners[i] = &s->slots[i].runner;
    runners_end(s->attempt, runners, count);
    free(runners);
}

static enum attempt_verdict overall(const struct supervisor *s) {
    const struct attempt_summary *summary = &s->summary;
    if (s->interrupted) return ATTEMPT_INTERRUPTED;
    if (summary->broken) return ATTEMPT_BROKEN;
    if (summary->failed) return s->attempt->facts.untried ? ATTEMPT_UNTRIED : ATTEMPT_FAIL;
    return summary->blocked ? ATTEMPT_BLOCKED : ATTEMPT_PASS;
}

static void supervisor_release(struct supervisor *s) {
    for (size_t i = 0; s->slots && i < s->schedule.exercise->check_count; i++) json_decref(s->slots[i].value);
    lacks_release(&s->lacks);
    free(s->slots);
    free(s->services_fault);
    schedule_release(&s->schedule);
}

static const bool *selected_checks(const struct supervisor *s) {
    size_t count = s->schedule.exercise->check_count;
    bool *selected = arena_alloc(&s->attempt->arena, count * sizeof *selected);
    for (size_t i = 0; i < count; i++) selected[i] = s->schedule.stages[i] != STAGE_SKIPPED;
    return selected;
}

/* The first checks begin while the checker is still being loaded; what they do is told once it is known to be sound. */
static int begin_silently(struct supervisor *s, struct runner *loader, struct err *err) {
    struct err load = ERR_INIT;
    s->silent = true;
    bool started = !start_what_may(s, err);
    s->interrupted = load_end(loader, s->attempt, &load) && load.code == ERR_INTERRUPTED;
    if (started && (!load.code || s->interrupted)) return 0;
    end_all(s);
    if (started && err) *err = load;
    return -1;
}

static void tell_beginning(struct supervisor *s) {
    s->silent = false;
    supervisor_tell(s, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    const struct exercise *exercise = s->schedule.exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        if (s->schedule.stages[i] != STAGE_RUNNING) continue;
        const struct lack *lack = lack_of(s, i);
        if (lack) {
            settle_lacking(s, i, lack);
            continue;
        }
        supervisor_tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = &exercise->checks[i]});
        if (exercise->checks[i].kind != CHECK_LUA) settle_question(s, i);
    }
}

int supervise(struct attempt *attempt, struct runner *loader, struct keeper *keeper, struct sink *const *sinks,
              size_t sink_count, double begin, struct attempt_summary *summary, struct err *err) {
    const struct attempt_options *options = attempt->options;
    scoped(supervisor) s = {.attempt = attempt,
                            .keeper = keeper,
                            .services = keeper->pid > 0 ? SERVICES_STARTING : SERVICES_READY,
                            .sinks = sinks,
                            .sink_count = sink_count};
    if (schedule_init(&s.schedule, options->exercise, options->only, err)) {
        runners_end(attempt, &loader, 1);
        return -1;
    }
    if (options->order) schedule_shuffle(&s.schedule, options->order);
    s.slots = mem_alloc(options->exercise->check_count * sizeof *s.slots);
    lacks_init(&s.lacks, &options->exercise->tools);
    s.jobs = options->jobs ? options->jobs : machine_cores(JOBS_USUAL);
    attempt->facts.selected = selected_checks(&s);
    if (begin_silently(&s, loader, err)) return -1;
    tell_beginning(&s);
    while (!s.interrupted) {
        (void)start_what_may(&s, err);
        if (!wait_and_hear(&s)) break;
    }
    if (s.interrupted)
        end_all(&s);
    else if (s.strays)
        runners_sweep(attempt);
    s.summary.verdict = overall(&s);
    s.summary.seconds = clock_monotonic() - begin;
    supervisor_tell(&s, (struct event){.kind = EVENT_ATTEMPT_DONE, .summary = &s.summary});
    *summary = s.summary;
    return 0;
}
