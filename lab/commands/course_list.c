/* lab course list: the course at hand, and those that were added. */

#include "base/json.h"
#include "commands/course.h"
#include "library/record.h"

const struct options course_list_options = {0};

/* One row: what is known of a course, also of one that cannot be had. */
struct entry {
    const char *name, *title, *kind, *source, *revision, *ref, *fault;
    size_t exercises;
};

static void print_entry_json(const struct entry *entry) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("course"));
    json_put(object, "id", json_string(entry->name));
    json_put(object, "title", json_text_or_null(entry->title));
    json_put(object, "kind", json_string(entry->kind));
    json_put(object, "source", json_text_or_null(entry->source));
    json_put(object, "ref", json_text_or_null(entry->ref));
    json_put(object, "revision", json_text_or_null(entry->revision));
    json_put(object, "exercises", json_integer((json_int_t)entry->exercises));
    json_put(object, "fault", json_text_or_null(entry->fault));
    json_print_line(object);
}

static void add_entry(struct term_table *table, const struct entry *entry) {
    char count[24];
    snprintf(count, sizeof count, "%zu", entry->exercises);
    autofree char *revision =
        mem_copy(entry->revision ? entry->revision : "", entry->revision ? strnlen(entry->revision, 12) : 0);
    term_table_row(table, (const char *const[]){entry->name,
                                                entry->fault   ? "cannot be had"
                                                : entry->title ? entry->title
                                                               : "",
                                                entry->fault ? "" : count, entry->kind, revision, entry->source});
}

static void show_entry(const struct context *context, struct term_table *table, const struct shelved *shelved) {
    scoped(record) record = {0};
    struct err ignored = ERR_INIT;
    const struct course *course = shelved->course;
    const char *name = course ? course->id : shelved->name;
    bool added = !record_read(&record, name, &ignored);
    autofree char *source = added ? source_shown(record.source) : NULL;
    const struct entry entry = {
        .name = name,
        .title = course ? course->title : NULL,
        .kind = added    ? source_kind_name(record.kind)
                : course ? "at hand"
                         : "unknown",
        .source = source   ? source
                  : course ? course->directory
                           : "",
        .revision = record.revision,
        .ref = record.ref,
        .fault = course ? NULL : shelved->fault.message,
        .exercises = course ? course->exercise_ids.count : 0,
    };
    if (context->json)
        print_entry_json(&entry);
    else
        add_entry(table, &entry);
}

int cmd_course_list(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    static const struct term_column columns[] = {{"course", false, false},   {"title", false, true},
                                                 {"exercises", true, false}, {"from", false, false},
                                                 {"revision", false, false}, {"source", false, true}};
    (void)values, (void)argc, (void)argv;
    scoped(library) library = {0};
    if (command_library(context, &library, err)) return -1;
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < library.count; i++) show_entry(context, table, &library.items[i]);
    if (!context->json) term_table_print(table, &context->out, stdout);
    term_table_free(table);
    return 0;
}
