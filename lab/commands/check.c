/* lab check [EX]: runs the checks on the learner's work, shows and stores what came of it. */

#include <stdlib.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/path.h"
#include "commands/commands.h"
#include "commands/environment.h"
#include "progress/progress.h"
#include "report/report.h"

struct check_values {
    struct option_texts only;
    struct option_number seed, jobs;
    const char *directory;
    bool keep;
};

static const struct option items[] = {
    {"only", 0, OPTION_LIST, offsetof(struct check_values, only), "ID",
     "only this check and what it needs (repeatable)", 0, 0},
    {"seed", 0, OPTION_NUMBER, offsetof(struct check_values, seed), "N", "repeat a stored seed on this tree", 1,
     0x7fffffff},
    {"jobs", 'j', OPTION_NUMBER, offsetof(struct check_values, jobs), "N",
     "checks at once (default: the cores, at most 4)", 1, 64},
    {"keep", 0, OPTION_FLAG, offsetof(struct check_values, keep), NULL, "leave the scratch copies and say where", 0, 0},
    {"dir", 0, OPTION_TEXT, offsetof(struct check_values, directory), "DIR",
     "the workspace, when it is not in its usual place", 0, 0},
};
const struct options check_options = {items, LENGTH(items), sizeof(struct check_values)};

struct sinks {
    struct sink *items[3];
    size_t count;
    struct report_terminal *terminal;
    struct report_progress *progress;
};

static void sinks_release(struct sinks *sinks) {
    report_terminal_free(sinks->terminal);
    report_progress_free(sinks->progress);
}

static void choose_sinks(const struct context *context, struct progress *progress, const char *course,
                         struct sinks *sinks) {
    if (context->json) {
        sinks->items[sinks->count++] = report_json_sink();
    } else {
        sinks->terminal = report_terminal_new(stdout, context->out, context->verbose, context->quiet);
        sinks->items[sinks->count++] = report_terminal_sink(sinks->terminal);
    }
    if (!progress) return;
    sinks->progress = report_progress_new(progress, course);
    sinks->items[sinks->count++] = report_progress_sink(sinks->progress);
}

/* A result that cannot be stored is still shown; then the fault is said. */
static void warn(const struct err *fault) {
    fprintf(stderr, "lab: progress is not stored: %s\n", fault->message);
    if (fault->help[0]) fprintf(stderr, "  try: %s\n", fault->help);
}

static struct progress *open_progress(const struct path_places *places) {
    autofree char *path = path_join(places->data, "lab.db");
    struct progress *progress = NULL;
    struct err fault = ERR_INIT;
    if (progress_open(&progress, path, &fault)) warn(&fault);
    return progress;
}

static int run_attempt(const struct context *context, const struct target *target, struct attempt_options *options,
                       const struct path_places *places, struct attempt_summary *summary, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = open_progress(places);
    scoped(sinks) sinks = {0};
    choose_sinks(context, progress, target->course->directory, &sinks);
    if (attempt_run(options, sinks.items, sinks.count, summary, err)) return -1;
    const struct err *fault = sinks.progress ? report_progress_error(sinks.progress) : NULL;
    if (fault) warn(fault);
    return 0;
}

/* The work is recorded even when its checks cannot run here. */
static int prepare(const struct context *context, const struct target *target, struct python *python,
                   struct workspace *workspace, struct err *err) {
    if (!command_environment(context, target, python, err)) return 0;
    scoped(snapshot) snapshot = {.notes = STR_INIT};
    int number;
    if (!workspace_snapshot(workspace, &snapshot, NULL) &&
        !workspace_record(workspace, &snapshot, CAUSE_CHECK, &number, NULL))
        err_wrap(err, "your work is recorded as attempt %d, but not checked", number);
    return -1;
}

int cmd_check(const struct context *context, const void *values_, int argc, char **argv, struct err *err) {
    const struct check_values *values = values_;
    scoped(target) target = {0};
    scoped(python) python = {0};
    __attribute__((cleanup(workspace_close_pointer))) struct workspace *workspace = NULL;
    const struct path_places *places = path_places(err);
    if (!places || command_started(context, argc ? argv[0] : NULL, values->directory, &target, err) ||
        workspace_open(&workspace, target.directory, err) || prepare(context, &target, &python, workspace, err))
        return -1;
    autoclose int interrupt = command_interrupts(err);
    if (interrupt < 0) return -1;
    struct attempt_options options = {
        .course = target.course,
        .exercise = target.exercise,
        .workspace = workspace,
        .environment = python.directory,
        .cache = places->cache,
        .seed_given = values->seed.given,
        .seed = (uint64_t)values->seed.value,
        .only = values->only.count ? values->only.items : NULL,
        .jobs = (unsigned)values->jobs.value,
        .keep = values->keep,
        .interrupt = interrupt,
    };
    struct attempt_summary summary = {0};
    if (run_attempt(context, &target, &options, places, &summary, err)) return -1;
    return attempt_exit_code(summary.verdict);
}
