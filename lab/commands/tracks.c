/* lab tracks: what each track holds. */

#include "base/json.h"
#include "base/str.h"
#include "commands/commands.h"
#include "commands/listing.h"

const struct options tracks_options;

static json_t *module_json(const struct module *module) {
    json_t *object = json_object();
    json_put(object, "id", json_string(module->id));
    json_put(object, "title", json_string(module->title));
    json_put(object, "level", json_integer(module->level));
    json_put(object, "exercises", listing_json_strings(&module->exercises));
    return object;
}

static void print_json(const struct course *course, const struct track *track, const struct track_totals *totals) {
    autojson json_t *object = json_object();
    json_t *modules = json_array();
    for (size_t i = 0; i < track->module_count; i++) json_array_append_new(modules, module_json(&track->modules[i]));
    json_put(object, "event", json_string("track"));
    json_put(object, "id", json_string(track->id));
    json_put(object, "course", json_string(course->id));
    json_put(object, "title", json_string(track->title));
    json_put(object, "audience", listing_json_strings(&track->audience));
    json_put(object, "module_min", json_integer(track->module_min));
    json_put(object, "modules", modules);
    json_put(object, "exercises", json_integer((json_int_t)totals->exercises));
    json_put(object, "points", json_integer(totals->points));
    json_put(object, "minutes", json_integer(totals->minutes));
    json_print_line(object);
}

static void add_row(struct term_table *table, const struct track *track, const struct track_totals *totals) {
    autofree char *modules = str_format("%zu of %zu", totals->modules, track->module_count);
    autofree char *exercises = str_format("%zu", totals->exercises);
    autofree char *points = str_format("%d", totals->points);
    autofree char *hours = str_format("%.1f h", totals->minutes / 60.0);
    term_table_row(table, (const char *const[]){track->id, track->title, modules, exercises, points, hours});
}

static int print_tracks(const struct context *context, struct course *course, struct term_table *table,
                        struct err *err) {
    for (size_t i = 0; i < course->track_count; i++) {
        struct track_totals totals;
        if (listing_totals(course, &course->tracks[i], &totals, err)) return -1;
        if (context->json)
            print_json(course, &course->tracks[i], &totals);
        else
            add_row(table, &course->tracks[i], &totals);
    }
    return 0;
}

static int print_courses(const struct context *context, const struct library *library, struct term_table *table,
                         struct err *err) {
    bool several = library_opened(library) > 1;
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        struct err fault = ERR_INIT;
        if (!shelved->course) continue;
        if (several) term_table_heading(table, shelved->course->id);
        if (!print_tracks(context, shelved->course, table, &fault)) continue;
        if (several) err_wrap(&fault, "the course %s", shelved->course->id);
        if (command_leave_out(context, shelved, &fault, err)) return -1;
    }
    return 0;
}

int cmd_tracks(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    static const struct term_column columns[] = {
        {"track", false, false},    {"title", false, true},  {"modules", true, false},
        {"exercises", true, false}, {"points", true, false}, {"time", true, false},
    };
    (void)values, (void)argc, (void)argv;
    scoped(library) library = {0};
    if (command_library(context, &library, err)) return -1;
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    int result = print_courses(context, &library, table, err);
    if (!result && !context->json) term_table_print(table, &context->out, stdout);
    term_table_free(table);
    if (!result && !context->json && !context->quiet)
        fputs("\nModules count when they hold exercises. See them: lab list TRACK\n", stderr);
    return result;
}
