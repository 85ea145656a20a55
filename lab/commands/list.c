/* lab list [TRACK]: the exercises of all courses by track and module, in the order in which they are done. */

#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "commands/commands.h"
#include "commands/listing.h"
#include "progress/progress.h"

const struct options list_options;

/* The listing under way: each exercise of the course is printed once as JSON, and in the table of each track. */
struct listing {
    const struct context *context;
    struct course *course;
    bool *listed; /* parallel to exercise_ids */
};

static void listing_release(struct listing *listing) { free(listing->listed); }

static struct listing new_listing(const struct context *context, struct course *course) {
    return (struct listing){context, course, mem_alloc(course->exercise_ids.count + 1)};
}

/* On a narrow terminal only the first columns are shown. */
static const struct term_column columns[] = {
    {"exercise", false, false}, {"title", false, true},      {"minutes", true, false},
    {"points", true, false},    {"difficulty", true, false}, {"level", true, false},
};
enum { NARROW = 60, NARROW_COLUMNS = 3 };

static struct term_table *new_table(const struct context *context) {
    return term_table_new(columns, context->out.width < NARROW ? NARROW_COLUMNS : LENGTH(columns));
}

static size_t index_of(const struct course *course, const struct exercise *exercise) {
    size_t i = 0;
    while (course->loaded[i] != exercise) i++;
    return i;
}

static void print_json(const struct listing *listing, const struct exercise *exercise) {
    autojson json_t *object = json_object();
    listing_json_exercise(object, listing->course, exercise);
    json_print_line(object);
}

static void add_row(struct term_table *table, const struct exercise *exercise) {
    char minutes[16], difficulty[16], points[16], level[16];
    snprintf(minutes, sizeof minutes, "%d", exercise->minutes);
    snprintf(difficulty, sizeof difficulty, "%d", exercise->difficulty);
    snprintf(points, sizeof points, "%d", exercise->points);
    snprintf(level, sizeof level, "%d", exercise->level);
    term_table_row(table, (const char *const[]){exercise->id, exercise->title, minutes, points, difficulty, level});
}

static int list_exercise(struct listing *listing, const char *id, struct term_table *table, struct err *err) {
    const struct exercise *exercise = course_exercise(listing->course, id, err);
    if (!exercise) return -1;
    size_t index = index_of(listing->course, exercise);
    if (!listing->context->json)
        add_row(table, exercise);
    else if (!listing->listed[index])
        print_json(listing, exercise);
    listing->listed[index] = true;
    return 0;
}

static int list_modules(struct listing *listing, const struct track *track, struct term_table *table, struct err *err) {
    for (size_t i = 0; i < track->module_count; i++) {
        const struct module *module = &track->modules[i];
        if (module->exercises.count) term_table_heading(table, module->title);
        for (size_t k = 0; k < module->exercises.count; k++)
            if (list_exercise(listing, module->exercises.items[k], table, err)) return -1;
    }
    return 0;
}

static void print_title(const struct context *context, const struct track *track, const struct track_totals *totals) {
    scoped(str) line = STR_INIT;
    scoped(str) shown = STR_INIT;
    str_printf(&line, "%s (%s): %zu exercise%s, %d points, %.1f h", track->title, track->id, totals->exercises,
               totals->exercises == 1 ? "" : "s", totals->points, totals->minutes / 60.0);
    term_wrap(&shown, line.data, context->out.width, 0);
    printf("%s%s%s\n", term_on(&context->out, STYLE_STRONG), shown.data, term_off(&context->out));
}

static void print_track(const struct context *context, const struct track *track, const struct track_totals *totals,
                        const struct term_table *table) {
    size_t empty = track->module_count - totals->modules;
    print_title(context, track, totals);
    if (totals->exercises) term_table_print(table, &context->out, stdout);
    if (empty) printf("and %zu module%s without exercises yet\n", empty, empty == 1 ? "" : "s");
}

static int list_track(struct listing *listing, const struct track *track, struct err *err) {
    const struct context *context = listing->context;
    struct track_totals totals;
    if (listing_totals(listing->course, track, &totals, err)) return -1;
    struct term_table *table = new_table(context);
    int result = list_modules(listing, track, table, err);
    if (!result && !context->json) print_track(context, track, &totals, table);
    term_table_free(table);
    return result;
}

/* The exercises that no track lists. */
static int list_rest(struct listing *listing, struct err *err) {
    const struct strings *ids = &listing->course->exercise_ids;
    struct term_table *table = new_table(listing->context);
    bool any = false;
    int result = 0;
    for (size_t i = 0; i < ids->count && !result; i++) {
        if (listing->listed[i]) continue;
        any = true;
        result = list_exercise(listing, ids->items[i], table, err);
    }
    if (any && !result && !listing->context->json) {
        puts("\nIn no track");
        term_table_print(table, &listing->context->out, stdout);
    }
    term_table_free(table);
    return result;
}

static int list_course(struct listing *listing, struct err *err) {
    if (course_validate(listing->course, err)) return -1;
    for (size_t i = 0; i < listing->course->track_count; i++) {
        if (i && !listing->context->json) putchar('\n');
        if (list_track(listing, &listing->course->tracks[i], err)) return -1;
    }
    return list_rest(listing, err);
}

/* True when the exercise of this key was passed, by other checks than it has now. */
static bool changed_since(const struct library *library, struct progress *progress, const char *key,
                          const char **name) {
    struct catalogued found;
    struct progress_standing standing;
    struct err ignored = ERR_INIT;
    if (library_by_key(library, key, &found, &ignored) ||
        progress_standing(progress, found.exercise, &standing, &ignored))
        return false;
    *name = found.exercise->name;
    return standing.changed;
}

/* What cannot be told without progress, or with a damaged one, is left out: lab progress says what is wrong. */
static void print_changed(const struct library *library) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    scoped(progress_recent) recent = {0};
    scoped(str) names = STR_INIT;
    struct err ignored = ERR_INIT;
    if (!progress_exists() || progress_open_usual(&progress, &ignored) || progress_recent(progress, &recent, &ignored))
        return;
    for (size_t i = 0; i < recent.count; i++) {
        const char *name;
        if (changed_since(library, progress, recent.exercises[i], &name))
            str_printf(&names, "%s%s", names.len ? ", " : "", name);
    }
    if (names.len) printf("\nchanged since you passed: %s\n", names.data);
}

static int list_all(const struct context *context, const struct library *library, struct err *err) {
    size_t opened = library_opened(library), done = 0;
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        struct err fault = ERR_INIT;
        if (!shelved->course) continue;
        scoped(listing) listing = new_listing(context, shelved->course);
        if (opened > 1) listing_course(context, shelved->course, done++);
        if (!list_course(&listing, &fault)) continue;
        if (opened > 1) err_wrap(&fault, "the course %s", shelved->course->id);
        if (command_leave_out(context, shelved, &fault, err)) return -1;
    }
    if (!context->json) print_changed(library);
    return 0;
}

int cmd_list(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values;
    scoped(library) library = {0};
    if (command_library(context, &library, err)) return -1;
    if (!argc) return list_all(context, &library, err);
    struct course *course;
    const struct track *track = library_track(&library, argv[0], &course, err);
    if (!track) return -1;
    scoped(listing) listing = new_listing(context, course);
    return list_track(&listing, track, err);
}
