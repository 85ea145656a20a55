#include "author/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/beneath.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/path.h"
#include "report/report.h"

static const char *const condition_names[TRIAL_CONDITIONS] = {
    "with its checks in another order",
    "at another time (LAB_NOW)",
    "under umask 077",
    "in a folder with a space in its name",
    "with another locale and time zone",
    "with another PYTHONHASHSEED",
    "on a busy machine",
};

const char *trial_condition_name(enum trial_condition condition) {
    return condition_names[__builtin_ctz((unsigned)condition)];
}

/* ---- conditions ---- */

/* The variables over the fixed ones. */
static void fill_variables(const struct trial *trial, char now[64], char hash[64], const char *variables[3]) {
    size_t count = 0;
    snprintf(now, 64, "LAB_NOW=20%02u-0%u-1%uT23:59:5%uZ", (unsigned)(31 + trial->seed % 40),
             (unsigned)(1 + trial->seed % 9), (unsigned)(trial->seed % 10), (unsigned)(trial->seed % 10));
    snprintf(hash, 64, "PYTHONHASHSEED=%u", (unsigned)(1 + trial->seed % 1000000));
    if (trial->conditions & TRIAL_CLOCK) variables[count++] = now;
    if (trial->conditions & TRIAL_HASH) variables[count++] = hash;
    variables[count] = NULL;
}

static void enter_conditions(unsigned conditions) {
    if (conditions & TRIAL_UMASK) umask(077);
    if (!(conditions & TRIAL_LOCALE)) return;
    setenv("LC_ALL", "tr_TR.UTF-8", 1);
    setenv("LANG", "tr_TR.UTF-8", 1);
    setenv("TZ", "Pacific/Chatham", 1);
    tzset();
}

/* Processes that do nothing but keep the processors busy, while they live. */
struct load {
    pid_t pids[4];
    size_t count;
};

static void load_release(struct load *load) {
    for (size_t i = 0; i < load->count; i++) {
        kill(load->pids[i], SIGKILL);
        waitpid(load->pids[i], NULL, 0);
    }
    load->count = 0;
}

static void load_begin(struct load *load) {
    unsigned cores = machine_cores(LENGTH(load->pids));
    pid_t parent = getpid();
    while (load->count < cores) {
        pid_t pid = fork();
        if (pid < 0) return;
        if (pid) {
            load->pids[load->count++] = pid;
            continue;
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(0);
        for (volatile unsigned spin = 0;; spin++) {}
    }
}

/* ---- gathering what happens ---- */

struct gatherer {
    struct sink sink;
    json_t *result;
    bool one_failure_ends;
    int beginning; /* as in the trial, until it was written to */
    int stop[2];   /* written to when the attempt shall end */
};

static void gather(struct sink *sink, const struct event *event) {
    struct gatherer *gatherer = (struct gatherer *)(void *)sink;
    if (event->kind == EVENT_CHECK_STARTED && gatherer->beginning) {
        (void)!write(gatherer->beginning, "\n", 1);
        gatherer->beginning = 0;
    }
    if (event->kind == EVENT_CHECK_DONE) {
        json_array_append_new(json_object_get(gatherer->result, "checks"), report_json_event(event));
        if (gatherer->one_failure_ends && verdict_is_failure(event->result->verdict))
            (void)!write(gatherer->stop[1], "", 1);
    }
    if (event->kind != EVENT_ATTEMPT_DONE) return;
    json_put(gatherer->result, "verdict", json_string(attempt_verdict_name(event->summary->verdict)));
    json_put(gatherer->result, "points", json_integer(event->summary->points));
    json_put(gatherer->result, "possible", json_integer(event->summary->possible));
    json_put(gatherer->result, "seconds", json_real(event->summary->seconds));
    json_put(gatherer->result, "seed", json_integer((json_int_t)event->attempt->seed));
}

/* ---- the trial ---- */

static int lay_out(const struct trial *trial, const char *work, struct err *err) {
    if (!trial->variant && !trial->patch_path) return 0;
    autoclose int directory = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", work);
    if (trial->variant && variant_lay_out(trial->variant, trial->variants, trial->course, directory, err)) return -1;
    if (trial->patch_path &&
        beneath_write(directory, trial->patch_path, trial->patch_text.data, trial->patch_text.len, 0644))
        return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", trial->patch_path);
    return 0;
}

/* A workspace at the path, with the work in it. */
static int make_work(const struct trial *trial, const char *path, struct workspace **workspace, struct err *err) {
    struct course *course = (struct course *)(uintptr_t)trial->course; /* which loads exercises when asked for them */
    if (workspace_create(path, course, trial->exercise, trial->environment, err) || lay_out(trial, path, err))
        return -1;
    return workspace_open(workspace, path, err);
}

static int attempt(const struct trial *trial, const char *work, int width, int interrupt, struct gatherer *gatherer,
                   FILE *transcript, struct err *err) {
    __attribute__((cleanup(workspace_close_pointer))) struct workspace *workspace = NULL;
    if (make_work(trial, work, &workspace, err)) return -1;
    char now[64], hash[64];
    const char *variables[3];
    fill_variables(trial, now, hash, variables);
    struct attempt_options options = {
        .course = trial->course,
        .exercise = trial->exercise,
        .workspace = workspace,
        .environment = trial->environment,
        .cache = trial->cache,
        .seed_given = trial->seed != 0,
        .seed = trial->seed,
        .only = trial->only,
        .jobs = trial->jobs,
        .checker = trial->checker,
        .order = trial->conditions & TRIAL_ORDER ? trial->seed + 1 : 0,
        .variables = variables,
        .interrupt = trial->one_failure_ends ? gatherer->stop[0] : interrupt,
    };
    struct attempt_summary summary;
    struct report_terminal *report =
        report_terminal_new(transcript, (struct term){.unicode = true, .width = width}, false, false);
    struct sink *const sinks[] = {&gatherer->sink, report_terminal_sink(report), trial->also};
    scoped(load) load = {.count = 0};
    if (trial->conditions & TRIAL_LOAD) load_begin(&load);
    int status = attempt_run(&options, sinks, LENGTH(sinks) - !trial->also, &summary, err);
    report_terminal_free(report);
    return status;
}

/* Room for the workspace and for what the attempt writes on its way. */
static int make_folders(const struct trial *trial, const char *folder, char **work, struct err *err) {
    autofree char *scratch = path_join(folder, "scratch");
    if (mkdir(scratch, 0711)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", scratch);
    setenv("TMPDIR", scratch, 1);
    *work = path_join(folder, trial->conditions & TRIAL_PATH ? "wörk space" : "work");
    return 0;
}

json_t *trial_failed(const struct err *err) {
    json_t *result = json_object();
    json_put(result, "error", json_text(err->message, strlen(err->message)));
    json_put(result, "code", json_integer(err->code));
    return result;
}

json_t *trial_run(const struct trial *trial, const char *folder, int width, int interrupt) {
    struct err err = ERR_INIT;
    autofree char *work = NULL;
    autofree char *text = NULL;
    size_t len = 0;
    enter_conditions(trial->conditions);
    struct gatherer gatherer = {.sink = {gather},
                                .result = json_object(),
                                .one_failure_ends = trial->one_failure_ends,
                                .beginning = trial->beginning};
    json_put(gatherer.result, "checks", json_array());
    FILE *transcript = open_memstream(&text, &len);
    if (pipe2(gatherer.stop, O_CLOEXEC | O_NONBLOCK) || !transcript) abort();
    int status = make_folders(trial, folder, &work, &err);
    if (!status) status = attempt(trial, work, width, interrupt, &gatherer, transcript, &err);
    fclose(transcript);
    close(gatherer.stop[0]);
    close(gatherer.stop[1]);
    if (status) {
        json_decref(gatherer.result);
        return trial_failed(&err);
    }
    json_put(gatherer.result, "transcript", json_text(text, len));
    return gatherer.result;
}
