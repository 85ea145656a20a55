#include "attempt/supervise.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/question.h"
#include "attempt/runner.h"
#include "attempt/schedule.h"
#include "attempt/tool.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/path.h"
#include "box/box.h"
#include "checker/channel.h"

enum {
    JOBS_USUAL = 4,     /* checks at once, at most, when nobody says */
    STOPPED_LOOK = 1000 /* milliseconds of silence before a look for stopped runners */
};

/* One check's runner and what came of it. */
struct slot {
    struct runner runner;
    json_t *value; /* what the check returned, for those that need it */
};

struct supervisor {
    struct attempt *attempt;
    struct sink *const *sinks;
    size_t sink_count;
    struct schedule schedule;
    struct slot *slots; /* parallel to the exercise's checks */
    size_t running;     /* checks without a verdict */
    unsigned jobs;
    struct keeper *keeper;
    enum { SERVICES_STARTING, SERVICES_READY, SERVICES_FAILED } services; /* ready when there are none */
    char *services_fault;                                                 /* why they failed */
    bool silent; /* checks were begun, but nothing may be told yet */
    struct lack {
        bool looked;          /* whether the tool is there */
        char *message;        /* it is not; else NULL */
        char *reason;         /* a code that names the tool, for the learner's progress; NULL: its name makes none */
    } * lacks;                /* parallel to the exercise's tools */
    bool interrupted, strays; /* strays: a runner died, what it left must be swept */
    struct attempt_summary summary;
};

static void tell(const struct supervisor *s, struct event event) {
    event.attempt = &s->attempt->facts;
    for (size_t i = 0; i < s->sink_count; i++) s->sinks[i]->take(s->sinks[i], &event);
}

/* ---- services ---- */

static void tell_service(struct supervisor *s, enum service_state state, const json_t *word) {
    struct service_news news = {.name = json_get_string(word, "name", NULL),
                                .state = state,
                                .seconds = json_get_number(word, "seconds", 0),
                                .message = json_get_string(word, "message", NULL)};
    tell(s, (struct event){.kind = EVENT_SERVICE, .service = &news});
}

/* The services are lost; NULL when the keeper said nothing. */
static void lose_services(struct supervisor *s, const json_t *word) {
    s->services = SERVICES_FAILED;
    s->services_fault =
        mem_copy_string(word ? json_get_string(word, "message", "") : "lab's own process for the services ended early");
    if (word) tell_service(s, SERVICE_FAILED, word);
}

/* A frame of the keeper, or its end. */
static void hear_keeper(struct supervisor *s) {
    scoped(frame) frame = {.descriptor = -1};
    bool came = keeper_next(s->keeper, &frame);
    const char *event = came ? json_get_string(frame.json, "event", "") : "failed";
    if (!strcmp(event, "starting")) tell_service(s, SERVICE_STARTING, frame.json);
    if (!strcmp(event, "ready")) tell_service(s, SERVICE_READY, frame.json);
    if (!strcmp(event, "all")) s->services = SERVICES_READY;
    if (!strcmp(event, "failed")) lose_services(s, came ? frame.json : NULL);
}

/* Whether a service has ended by now: whoever could not reach it may be heard sooner than the keeper sees that. */
static bool has_lost_services(struct supervisor *s) {
    autojson json_t *word = NULL;
    if (s->services != SERVICES_READY || s->keeper->pid <= 0) return s->services == SERVICES_FAILED;
    int status = keeper_look(s->keeper, s->attempt->options->interrupt, &word);
    if (status > 0) lose_services(s, word);
    s->interrupted |= status < 0;
    return status > 0;
}

/* ---- verdicts ---- */

/* A bonus counts only when its checker is at fault. */
static void count_verdict(struct attempt_summary *summary, const struct check_result *result) {
    if (result->check->bonus && result->verdict != VERDICT_BROKEN) return;
    size_t *counters[VERDICT_COUNT] = {
        [VERDICT_PASS] = &summary->passed,    [VERDICT_FAIL] = &summary->failed,
        [VERDICT_TIMEOUT] = &summary->failed, [VERDICT_BLOCKED] = &summary->blocked,
        [VERDICT_BROKEN] = &summary->broken,  [VERDICT_UNTRIED] = &summary->failed,
    };
    ++*counters[result->verdict];
    summary->points += result->points;
    summary->possible += result->check->points;
}

static void settle(struct supervisor *s, size_t index, const struct check_result *result) {
    schedule_finish(&s->schedule, index, result->verdict);
    count_verdict(&s->summary, result);
    tell(s, (struct event){.kind = EVENT_CHECK_DONE, .result = result});
}

static void settle_blocked(struct supervisor *s, size_t index, const char *blocked_by) {
    autofree char *message = str_format("waits for %s", blocked_by);
    settle(s, index,
           &(struct check_result){.check = &s->schedule.exercise->checks[index],
                                  .verdict = VERDICT_BLOCKED,
                                  .message = message,
                                  .blocked_by = blocked_by});
}

/* The machine lacks something, or the course's service does not run: never the learner's fault. */
static void settle_without_services(struct supervisor *s, size_t index) {
    settle(s, index,
           &(struct check_result){.check = &s->schedule.exercise->checks[index],
                                  .verdict = VERDICT_BLOCKED,
                                  .message = s->services_fault});
}

static void settle_broken(struct supervisor *s, size_t index, const char *message) {
    settle(s, index,
           &(struct check_result){
               .check = &s->schedule.exercise->checks[index], .verdict = VERDICT_BROKEN, .message = message});
}

/* What the worker said, as a result; anything that is not understood is broken, never a pass. */
static void settle_outcome(struct supervisor *s, size_t index, const json_t *done) {
    const json_t *outcome = json_object_get(done, "outcome");
    const struct check *check = &s->schedule.exercise->checks[index];
    struct check_result result = {
        .check = check,
        .score = json_get_number(outcome, "score", 0),
        .seconds = json_get_number(done, "seconds", 0),
        .kept = json_get_string(done, "kept", NULL),
        .value = json_object_get(outcome, "value"),
    };
    if (!verdict_parse(json_get_string(outcome, "verdict", ""), &result.verdict) || result.verdict == VERDICT_UNTRIED) {
        settle_broken(s, index, "the checker's process gave no verdict");
        return;
    }
    if (verdict_is_failure(result.verdict) && has_lost_services(s)) {
        settle_broken(s, index, s->services_fault);
        return;
    }
    if (s->interrupted) return; /* what the look would have shown is not known */
    if (result.verdict == VERDICT_PASS) result.score = 1;
    if (result.verdict != VERDICT_PASS && result.verdict != VERDICT_FAIL) result.score = 0;
    if (!(result.score >= 0 && result.score <= 1)) result.score = 0;
    result.points = (int)floor(check->points * result.score + 1e-9);
    if (!check->hidden || result.verdict == VERDICT_BROKEN) {
        result.message = json_get_string(outcome, "message", NULL);
        result.reason = json_get_string(outcome, "reason", NULL);
        result.failures = json_object_get(outcome, "failures");
    }
    s->slots[index].value = json_incref(json_object_get(outcome, "value"));
    settle(s, index, &result);
}

/* ---- tools ---- */

static void look(struct lack *lack, const struct tool_need *tool, const struct attempt_options *options) {
    struct err why = ERR_INIT;
    lack->looked = true;
    if (!tool_look(tool, options->environment, options->interrupt, &why)) return;
    err_join(&why);
    lack->message = mem_copy_string(why.message);
    lack->reason = path_is_id(tool->name) ? str_format("needs-%s", tool->name) : NULL;
}

/* What the check needs and the machine lacks, or NULL. Each tool is looked for once, when a check first needs it. */
static const struct lack *lack_of(struct supervisor *s, size_t index) {
    const struct exercise *exercise = s->schedule.exercise;
    for (size_t i = 0; i < exercise->tools.count; i++) {
        if (!check_needs_tool(&exercise->checks[index], &exercise->tools.items[i])) continue;
        if (!s->lacks[i].looked) look(&s->lacks[i], &exercise->tools.items[i], s->attempt->options);
        if (s->lacks[i].message) return &s->lacks[i];
    }
    return NULL;
}

static void settle_lacking(struct supervisor *s, size_t index) {
    const struct lack *lack = lack_of(s, index);
    settle(s, index,
           &(struct check_result){.check = &s->schedule.exercise->checks[index],
                                  .verdict = VERDICT_BLOCKED,
                                  .message = lack->message,
                                  .reason = lack->reason});
}

/* While nothing may be told, it waits as one that runs. */
static void skip_lacking(struct supervisor *s, size_t index) {
    schedule_begin(&s->schedule, index);
    if (!s->silent) settle_lacking(s, index);
}

/* ---- questions ---- */

static void settle_question(struct supervisor *s, size_t index) {
    const struct exercise *exercise = s->schedule.exercise;
    autojson json_t *done = json_object();
    json_put(done, "outcome", question_judge(&s->attempt->answers, exercise, &exercise->checks[index]));
    settle_outcome(s, index, done);
}

/* While nothing may be told, it waits as one that runs. */
static void start_question(struct supervisor *s, size_t index) {
    schedule_begin(&s->schedule, index);
    if (s->silent) return;
    tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = &s->schedule.exercise->checks[index]});
    settle_question(s, index);
}

/* ---- the loop ---- */

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
    if (!s->silent) tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = check});
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
        if (lack_of(s, index)) {
            skip_lacking(s, index);
            continue;
        }
        if (s->services == SERVICES_FAILED) {
            settle_without_services(s, index);
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
        if (!check->hidden) tell(s, (struct event){.kind = EVENT_OUTPUT, .output = &output});
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
    for (size_t i = 0; s->lacks && i < s->schedule.exercise->tools.count; i++) {
        free(s->lacks[i].message);
        free(s->lacks[i].reason);
    }
    free(s->lacks);
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
    tell(s, (struct event){.kind = EVENT_ATTEMPT_STARTED});
    const struct exercise *exercise = s->schedule.exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        if (s->schedule.stages[i] != STAGE_RUNNING) continue;
        if (lack_of(s, i)) {
            settle_lacking(s, i);
            continue;
        }
        tell(s, (struct event){.kind = EVENT_CHECK_STARTED, .check = &exercise->checks[i]});
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
    s.lacks = mem_alloc((options->exercise->tools.count + 1) * sizeof *s.lacks);
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
    tell(&s, (struct event){.kind = EVENT_ATTEMPT_DONE, .summary = &s.summary});
    *summary = s.summary;
    return 0;
}
