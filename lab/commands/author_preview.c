/* lab author preview EX [VARIANT]: the lesson and a check, as the learner sees them, made anew when a file is saved. */

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/scratch.h"
#include "author/preview.h"
#include "author/trial.h"
#include "author/work.h"
#include "base/beneath.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/author.h"
#include "commands/environment.h"
#include "report/report.h"
#include "term/markdown.h"

struct preview_values {
    bool once;
};

static const struct option items[] = {
    {"once", 0, OPTION_FLAG, offsetof(struct preview_values, once), NULL,
     "show it once and end, with the exit code of the check", 0, 0},
};
const struct options author_preview_options = {items, LENGTH(items), sizeof(struct preview_values)};

/* ---- once ---- */

static int print_lesson(const struct context *context, const struct work *work, struct err *err) {
    scoped(str) text = STR_INIT;
    scoped(str) shown = STR_INIT;
    autofree char *path = str_format("exercises/%s/README.md", work->exercise->id);
    if (beneath_read(work->course->folder, path, &text, MARKDOWN_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", path);
    if (term_markdown(&shown, &context->out, sv_str(&text), err)) return err_wrap(err, "%s", path);
    printf("%s\n", shown.data);
    return 0;
}

/* The exit code of the verdict. */
static int exit_code(const json_t *result) {
    const char *name = json_get_string(result, "verdict", "");
    for (int verdict = ATTEMPT_PASS; verdict < ATTEMPT_INTERRUPTED; verdict++)
        if (!strcmp(name, attempt_verdict_name((enum attempt_verdict)verdict)))
            return attempt_exit_code((enum attempt_verdict)verdict);
    return attempt_exit_code(ATTEMPT_INTERRUPTED);
}

static int run_once(const struct context *context, const struct work *work, const char *folder, const char *cache,
                    int interrupt, struct err *err) {
    scoped(python) python = {0};
    struct target target = {.course = work->course, .exercise = work->exercise};
    if (command_environment(context, &target, &python, err)) return -1;
    struct report_terminal *report = report_terminal_new(stdout, context->out, context->verbose, context->quiet);
    struct trial trial =
        work_trial(work, python.directory, cache, context->json ? report_json_sink() : report_terminal_sink(report));
    autojson json_t *result = trial_run(&trial, folder, context->out.width, interrupt);
    report_terminal_free(report);
    const char *fault = json_get_string(result, "error", NULL);
    if (!fault) return exit_code(result);
    return err_set(err, (enum err_code)json_get_integer(result, "code", ERR_INTERNAL), "%s", fault);
}

static int show_once(const struct context *context, const char *course, const char *exercise, const char *variant,
                     const char *cache, int interrupt, struct err *err) {
    scoped(work) work = {0};
    scoped(scratch) scratch = SCRATCH_INIT;
    if (work_load(&work, course, exercise, variant, err) || scratch_open(&scratch, cache, 0, err)) return -1;
    autofree char *folder = path_join(scratch.directory, "trial");
    if (mkdir(folder, 0711)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", folder);
    if (!context->json && !context->quiet && print_lesson(context, &work, err)) return -1;
    return run_once(context, &work, folder, cache, interrupt, err);
}

/* ---- the command ---- */

int cmd_author_preview(const struct context *context, const void *values_, int argc, char **argv, struct err *err) {
    const struct preview_values *values = values_;
    const char *variant = argc > 1 ? argv[1] : "start";
    const struct path_places *places = path_places(err);
    autofree char *directory = NULL;
    if (!places || course_find(&directory, context->course, err)) return -1;
    autoclose int interrupt = command_interrupts(err);
    if (interrupt < 0) return -1;
    if (values->once || context->json || !context->out.tty || !isatty(STDIN_FILENO))
        return show_once(context, directory, argv[0], variant, places->cache, interrupt, err);
    struct preview_options options = {
        .course = directory,
        .exercise = argv[0],
        .variant = variant,
        .cache = places->cache,
        .term = context->out,
        .verbose = context->verbose,
        .quiet = context->quiet,
        .interrupt = interrupt,
    };
    return preview_run(&options, err);
}
