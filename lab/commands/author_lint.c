/* lab author lint [EX…|--all]: what can be known of exercises without running what learners write. */

#include <stdlib.h>
#include <string.h>

#include "author/lint.h"
#include "base/fs.h"
#include "commands/author.h"

struct values {
    bool all, strict;
    const char *sarif;
};

static const struct option items[] = {
    {"all", 'a', OPTION_FLAG, offsetof(struct values, all), NULL, "every exercise, and the course (also without EX)", 0,
     0},
    {"strict", 0, OPTION_FLAG, offsetof(struct values, strict), NULL, "a warning is as bad as an error", 0, 0},
    {"sarif", 0, OPTION_TEXT, offsetof(struct values, sarif), "FILE",
     "write SARIF 2.1.0; - is standard output, and nothing else there", 0, 0},
};
const struct options author_lint_options = {items, LENGTH(items), sizeof(struct values)};

/* What the command has in hand. */
struct work {
    struct course *course;
    struct findings findings;
    char *directory;
};

static void work_release(struct work *work) {
    findings_release(&work->findings);
    course_free(work->course);
    free(work->directory);
}

static int check_usage(const struct context *context, const struct values *values, int argc, struct err *err) {
    bool to_output = values->sarif && !strcmp(values->sarif, "-");
    if (values->all && argc)
        err_set(err, ERR_USAGE, "--all and the names of exercises do not go together");
    else if (to_output && context->json)
        err_set(err, ERR_USAGE, "--json and --sarif - both want standard output");
    else
        return 0;
    return err_help(err, "lab help author lint");
}

static int write_sarif(const struct findings *findings, const char *file, struct err *err) {
    autofree char *text = lint_sarif(findings);
    if (strcmp(file, "-") != 0) return fs_write(file, text, strlen(text), err);
    puts(text);
    return 0;
}

static void show(const struct context *context, const struct work *work, const struct lint_counts *counts) {
    if (context->json)
        lint_print_json(&work->findings, counts);
    else
        lint_print(&work->findings, work->course, counts, context->quiet, &context->out);
}

int cmd_author_lint(const struct context *context, const void *given, int argc, char **argv, struct err *err) {
    const struct values *values = given;
    scoped(work) work = {.findings = FINDINGS_INIT};
    size_t exercises;
    if (check_usage(context, values, argc, err) || course_find(&work.directory, context->course, err)) return -1;
    const struct lint_request request = {work.directory, (const char *const *)argv, (size_t)argc};
    if (lint_run(&work.findings, &work.course, &exercises, &request, err)) return -1;
    const struct lint_counts counts = lint_count(&work.findings, exercises);
    if (values->sarif && write_sarif(&work.findings, values->sarif, err)) return -1;
    if (!values->sarif || strcmp(values->sarif, "-") != 0) show(context, &work, &counts);
    return counts.errors || (values->strict && counts.warnings) ? ERR_COURSE : 0;
}
