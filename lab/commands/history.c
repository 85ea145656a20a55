/* lab history [EX]: the recorded attempts, newest first, with what the checks said. */

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/commands.h"
#include "commands/lookback.h"
#include "progress/progress.h"

enum { SHOWN_USUALLY = 20 };

struct history_values {
    const char *directory;
    struct option_number last;
    bool all;
};

#define VALUE(field) offsetof(struct history_values, field)
static const struct option items[] = {
    {"last", 'n', OPTION_NUMBER, VALUE(last), "N", "the newest N (usually 20)", 1, 1000000},
    {"all", 'a', OPTION_FLAG, VALUE(all), NULL, "all of them", 0, 0},
    {"dir", 0, OPTION_TEXT, VALUE(directory), "DIR", "where the workspace lies", 0, 0},
};
const struct options history_options = {items, LENGTH(items), sizeof(struct history_values)};

struct listing {
    const struct context *context;
    struct lookback lookback;
    struct progress *progress; /* NULL when it cannot be opened: the history is shown without verdicts */
    struct recorded *recorded;
    size_t count;
};

static void listing_release(struct listing *listing) {
    progress_close(listing->progress);
    lookback_release(&listing->lookback);
    free(listing->recorded);
}

/* An attempt and what the checks said of it. */
struct line {
    const struct recorded *recorded;
    char verdict[16];
    int points;
};

static struct line line_of(struct listing *listing, const struct recorded *recorded) {
    struct line line = {.recorded = recorded};
    const char *exercise = listing->lookback.target.exercise->key;
    const char *directory = workspace_directory(listing->lookback.workspace);
    struct err ignored = ERR_INIT;
    if (!listing->progress || recorded->cause != CAUSE_CHECK ||
        progress_attempt_summary(listing->progress, exercise, directory, recorded->number, line.verdict, &line.points,
                                 &ignored))
        line.verdict[0] = '\0';
    return line;
}

/* ---- as events ---- */

static void print_json(struct listing *listing, const struct recorded *recorded) {
    struct line line = line_of(listing, recorded);
    char time[CLOCK_TEXT_SIZE];
    clock_format(recorded->time, time);
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("recorded_attempt"));
    json_put(object, "exercise", json_string(listing->lookback.target.exercise->id));
    json_put(object, "number", json_integer(recorded->number));
    json_put(object, "time", json_string(time));
    json_put(object, "cause", json_string(attempt_cause_name(recorded->cause)));
    json_put(object, "verdict", line.verdict[0] ? json_string(line.verdict) : json_null());
    json_put(object, "points", line.verdict[0] ? json_integer(line.points) : json_null());
    json_put(object, "tree", json_string(recorded->tree));
    json_put(object, "files_changed", json_integer((json_int_t)recorded->files_changed));
    json_put(object, "lines_added", json_integer((json_int_t)recorded->lines_added));
    json_put(object, "lines_removed", json_integer((json_int_t)recorded->lines_removed));
    json_print_line(object);
}

/* ---- as a table ---- */

static char *local_time(int64_t seconds) {
    char text[32] = "?";
    time_t moment = (time_t)seconds;
    struct tm parts;
    if (localtime_r(&moment, &parts)) strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
    return mem_copy_string(text);
}

static char *changes_of(const struct recorded *recorded) {
    if (!recorded->files_changed) return mem_copy_string("none");
    return str_format("%zu file%s, +%zu -%zu", recorded->files_changed, recorded->files_changed == 1 ? "" : "s",
                      recorded->lines_added, recorded->lines_removed);
}

static void add_row(struct listing *listing, struct term_table *table, const struct recorded *recorded) {
    static const char *const causes[] = {[CAUSE_CHECK] = "check",
                                         [CAUSE_RESET] = "before reset",
                                         [CAUSE_RESTORE] = "before restore",
                                         [CAUSE_UPDATE] = "at update"};
    struct line line = line_of(listing, recorded);
    autofree char *number = str_format("%d", recorded->number), *when = local_time(recorded->time);
    autofree char *points =
        line.verdict[0] ? str_format("%d/%d", line.points, listing->lookback.target.exercise->points) : NULL;
    autofree char *changes = changes_of(recorded);
    const char *cells[] = {number, when, causes[recorded->cause], line.verdict, points, changes};
    term_table_row(table, cells);
}

static void print_table(struct listing *listing, size_t shown) {
    static const struct term_column columns[] = {{"no", true, false},        {"when", false, false},
                                                 {"recorded", false, false}, {"verdict", false, false},
                                                 {"points", true, false},    {"changes", false, true}};
    const struct context *context = listing->context;
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < shown; i++) add_row(listing, table, &listing->recorded[i]);
    term_table_print(table, &context->out, stdout);
    term_table_free(table);
    if (context->quiet) return;
    if (shown < listing->count) puts("there are older ones: lab history --all");
    puts("lab diff N shows what changed since, lab restore N brings it back");
}

static void open_progress(struct listing *listing) {
    struct err problem = ERR_INIT;
    const struct exercise *exercise = listing->lookback.target.exercise;
    if (progress_open_usual(&listing->progress, &problem) || progress_adopt(listing->progress, exercise, &problem))
        fprintf(stderr, "verdicts are not shown: %s\n", problem.message);
}

int cmd_history(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct history_values *given = values;
    scoped(listing) listing = {.context = context};
    size_t most = given->last.given ? (size_t)given->last.value : SHOWN_USUALLY;
    if (lookback_open(&listing.lookback, context, argc ? argv[0] : NULL, given->directory, err) ||
        workspace_history(listing.lookback.workspace, given->all ? 0 : most + 1, &listing.recorded, &listing.count,
                          err))
        return -1;
    open_progress(&listing);
    size_t shown = !given->all && listing.count > most ? most : listing.count;
    if (context->json)
        for (size_t i = 0; i < shown; i++) print_json(&listing, &listing.recorded[i]);
    else if (listing.count)
        print_table(&listing, shown);
    else if (!context->quiet)
        puts("no attempts yet: lab check records one");
    return 0;
}
