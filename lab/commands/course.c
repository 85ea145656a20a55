/* lab course add|list|update|remove: the courses that a learner has beside the one at hand. */

#include "commands/course.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/commands.h"
#include "library/fetch.h"

#define VALUE(field) offsetof(struct course_values, field)
static const struct option items[] = {
    {"ref", 0, OPTION_TEXT, VALUE(ref), "REF", "add: the branch, tag or commit of a URL", 0, 0},
    {"name", 0, OPTION_TEXT, VALUE(name), "NAME", "add: another name than the course's own", 0, 0},
    {"merge", 0, OPTION_FLAG, VALUE(merge), NULL,
     "update: merge changed start files into started workspaces without asking", 0, 0},
};
const struct options course_options = {items, LENGTH(items), sizeof(struct course_values)};

/* ---- add ---- */

static json_t *arrival_json(const char *event, const struct arrival *arrival) {
    const struct record *record = &arrival->record;
    json_t *object = json_object();
    autofree char *source = source_shown(record->source);
    json_put(object, "event", json_string(event));
    json_put(object, "id", json_string(arrival->name));
    json_put(object, "kind", json_string(source_kind_name(record->kind)));
    json_put(object, "source", json_text(source, strlen(source)));
    json_put(object, "ref", json_text_or_null(record->ref));
    json_put(object, "revision", json_text_or_null(record->revision));
    json_put(object, "directory", json_text(arrival->directory, strlen(arrival->directory)));
    json_put(object, "exercises", json_integer((json_int_t)json_object_size(record->digests)));
    return object;
}

static void print_added(const struct context *context, const struct arrival *arrival) {
    if (context->json) {
        autojson json_t *object = arrival_json("course_added", arrival);
        json_print_line(object);
        return;
    }
    size_t count = json_object_size(arrival->record.digests);
    scoped(str) directory = STR_INIT;
    term_escape(&directory, arrival->directory, strlen(arrival->directory), false);
    printf("added the course %s: %zu exercise%s, in %s\n", arrival->name, count, count == 1 ? "" : "s", directory.data);
    if (!context->quiet) puts("Next: lab list");
}

static int run_add(const struct context *context, const struct course_values *values, const char *source,
                   struct err *err) {
    scoped(arrival) arrival = {0};
    autoclose int interrupt = fetch_is_url(source) ? command_interrupts(err) : -1;
    if (fetch_is_url(source) && interrupt < 0) return -1;
    const struct wanted wanted = {.source = source, .ref = values->ref, .name = values->name, .interrupt = interrupt};
    if (library_add(&wanted, &arrival, err)) return -1;
    print_added(context, &arrival);
    return 0;
}

/* ---- list ---- */

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

static int run_list(const struct context *context, const struct course_values *values, const char *none,
                    struct err *err) {
    static const struct term_column columns[] = {{"course", false, false},   {"title", false, true},
                                                 {"exercises", true, false}, {"from", false, false},
                                                 {"revision", false, false}, {"source", false, true}};
    (void)values, (void)none;
    scoped(library) library = {0};
    if (command_library(context, &library, err)) return -1;
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < library.count; i++) show_entry(context, table, &library.items[i]);
    if (!context->json) term_table_print(table, &context->out, stdout);
    term_table_free(table);
    return 0;
}

/* ---- remove ---- */

static int run_remove(const struct context *context, const struct course_values *values, const char *name,
                      struct err *err) {
    (void)values;
    if (library_remove(name, err)) return -1;
    if (context->json) {
        autojson json_t *object = json_pack("{s:s, s:s}", "event", "course_removed", "id", name);
        json_print_line(object);
    } else {
        printf("removed the course %s; your workspaces and progress in it are kept\n", name);
    }
    return 0;
}

/* ---- the verbs ---- */

enum { TAKES_REF = 1, TAKES_NAME = 2, TAKES_MERGE = 4 };

static const struct verb {
    const char *name, *argument; /* NULL: none */
    bool needed;                 /* the argument */
    unsigned takes;
    int (*run)(const struct context *context, const struct course_values *values, const char *argument,
               struct err *err);
} verbs[] = {
    {"add", "PATH|URL", true, TAKES_REF | TAKES_NAME, run_add},
    {"list", NULL, false, 0, run_list},
    {"update", "NAME", false, TAKES_MERGE, course_update},
    {"remove", "NAME", true, 0, run_remove},
};

static const struct verb *find_verb(const char *name, struct err *err) {
    const char *names[LENGTH(verbs)];
    for (size_t i = 0; i < LENGTH(verbs); i++) {
        names[i] = verbs[i].name;
        if (!strcmp(verbs[i].name, name)) return &verbs[i];
    }
    const char *nearest = string_nearest(name, names, LENGTH(names));
    err_set(err, ERR_USAGE, "lab course cannot '%s'%s%s%s", name, nearest ? ", did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    err_help(err, "lab help course");
    return NULL;
}

/* An option of another verb is refused, not ignored. */
static int check_use(const struct verb *verb, const struct course_values *values, int argc, char **argv,
                     struct err *err) {
    const struct {
        bool given;
        unsigned takes;
        const char *name;
    } options[] = {{values->ref, TAKES_REF, "--ref"},
                   {values->name, TAKES_NAME, "--name"},
                   {values->merge, TAKES_MERGE, "--merge"}};
    for (size_t i = 0; i < LENGTH(options); i++) {
        if (!options[i].given || verb->takes & options[i].takes) continue;
        err_set(err, ERR_USAGE, "lab course %s takes no %s", verb->name, options[i].name);
        return err_help(err, "lab help course");
    }
    if (verb->needed && argc < 2)
        err_set(err, ERR_USAGE, "an argument is missing: lab course %s %s", verb->name, verb->argument);
    else if (!verb->argument && argc > 1)
        err_set(err, ERR_USAGE, "too many arguments, '%s': lab course %s", argv[1], verb->name);
    else
        return 0;
    return err_help(err, "lab help course");
}

int cmd_course(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct verb *verb = find_verb(argv[0], err);
    if (!verb || check_use(verb, values, argc, argv, err)) return -1;
    return verb->run(context, values, argc > 1 ? argv[1] : NULL, err);
}
