/* lab course add PATH|URL|FILE: a course beside the one at hand. */

#include "base/json.h"
#include "commands/course.h"
#include "library/arrival.h"
#include "library/fetch.h"

struct add_values {
    const char *ref, *name, *sha256;
};

#define VALUE(field) offsetof(struct add_values, field)
static const struct option items[] = {
    {"ref", 0, OPTION_TEXT, VALUE(ref), "REF", "of a URL: the branch, tag or commit to take", 0, 0},
    {"sha256", 0, OPTION_TEXT, VALUE(sha256), "HEX", "of a file: the SHA-256 that it must have", 0, 0},
    {"name", 0, OPTION_TEXT, VALUE(name), "NAME", "another name than the course's own", 0, 0},
};
const struct options course_add_options = {items, LENGTH(items), sizeof(struct add_values)};

static json_t *arrival_json(const struct arrival *arrival) {
    const struct record *record = &arrival->record;
    json_t *object = json_object();
    autofree char *source = source_shown(record->source);
    json_put(object, "event", json_string("course_added"));
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
        autojson json_t *object = arrival_json(arrival);
        json_print_line(object);
        return;
    }
    size_t count = json_object_size(arrival->record.digests);
    scoped(str) directory = STR_INIT;
    term_escape(&directory, arrival->directory, strlen(arrival->directory), false);
    printf("added the course %s: %zu exercise%s, in %s\n", arrival->name, count, count == 1 ? "" : "s", directory.data);
    if (!context->quiet) puts("Next: lab list");
}

/* Nobody has said which hash the archive must have: it is shown, and a person is asked. */
static bool agree(void *context, const char *file, const char *sha256) {
    (void)context;
    scoped(str) shown = STR_INIT;
    term_escape(&shown, file, strlen(file), false);
    fprintf(stderr, "%s has the SHA-256\n  %s\n", shown.data, sha256);
    return !command_asks() || command_confirm("is that what its author says, and shall it be added?", false);
}

static int fetch(const struct context *context, const struct add_values *values, const char *source,
                 struct arrival *arrival, struct err *err) {
    struct wanted wanted = {.source = source,
                            .ref = values->ref,
                            .name = values->name,
                            .sha256 = values->sha256,
                            .agree = agree,
                            .interrupt = -1};
    if (!fetch_is_url(source)) return library_add(&wanted, arrival, err);
    wanted.interrupt = command_interrupts(err);
    if (wanted.interrupt < 0) return -1;
    autofree char *shown = source_shown(source);
    if (!context->quiet && !context->json && context->err.tty) fprintf(stderr, "fetching %s\n", shown);
    int result = library_add(&wanted, arrival, err);
    command_interrupts_end(wanted.interrupt, result && err->code == ERR_INTERRUPTED);
    return result;
}

int cmd_course_add(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc;
    scoped(arrival) arrival = {0};
    if (fetch(context, values, argv[0], &arrival, err)) return -1;
    if (arrival.replaced) return course_renew(context, &arrival, false, err);
    print_added(context, &arrival);
    return 0;
}
