/* lab course update [NAME]: newer versions of courses. */

#include "commands/course.h"
#include "library/arrival.h"

struct update_values {
    bool merge;
};

static const struct option items[] = {
    {"merge", 0, OPTION_FLAG, offsetof(struct update_values, merge), NULL,
     "merge changed start files into started workspaces without asking", 0, 0},
};
const struct options course_update_options = {items, LENGTH(items), sizeof(struct update_values)};

static int fetch(const char *name, struct arrival *arrival, struct err *err) {
    int interrupt = command_interrupts(err);
    if (interrupt < 0) return -1;
    int result = library_update(name, interrupt, arrival, err);
    command_interrupts_end(interrupt);
    return result;
}

static int update(const struct context *context, const char *name, bool merge, struct err *err) {
    scoped(arrival) arrival = {0};
    return fetch(name, &arrival, err) ? -1 : course_renew(context, &arrival, merge, err);
}

/* Those that can be: an archive is not fetched again. */
static int update_all(const struct context *context, bool merge, struct err *err) {
    scoped(record_names) names = {0};
    if (record_list(&names, err)) return -1;
    if (!names.count && !context->quiet) fputs("no course was added yet: lab course add PATH|URL|FILE\n", stderr);
    for (size_t i = 0; i < names.count; i++) {
        scoped(record) record = {0};
        if (record_read(&record, names.items[i], err)) return -1;
        if (record.kind == SOURCE_ARCHIVE) continue;
        if (update(context, names.items[i], merge, err)) return err_wrap(err, "the course %s", names.items[i]);
    }
    return 0;
}

int cmd_course_update(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct update_values *given = values;
    return argc ? update(context, argv[0], given->merge, err) : update_all(context, given->merge, err);
}
