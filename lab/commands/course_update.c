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
    command_interrupts_end(interrupt, result && err->code == ERR_INTERRUPTED);
    return result;
}

static int update(const struct context *context, const char *name, bool merge, struct err *err) {
    scoped(arrival) arrival = {0};
    return fetch(name, &arrival, err) ? -1 : course_renew(context, &arrival, merge, err);
}

/* The first fault is kept for the end, others are said at once. */
static void note_fault(const struct err *fault, struct err *first) {
    if (!first->code)
        *first = *fault;
    else
        fprintf(stderr, "%s\n", fault->message);
}

static int update_named(const struct context *context, const char *name, bool merge, struct err *err) {
    scoped(record) record = {0};
    if (record_read(&record, name, err)) return -1;
    return record.kind == SOURCE_ARCHIVE || !update(context, name, merge, err) ? 0
                                                                               : err_wrap(err, "the course %s", name);
}

/* Those that can be: an archive is not fetched again. One that fails keeps no other from it. */
static int update_all(const struct context *context, bool merge, struct err *err) {
    scoped(record_names) names = {0};
    struct err first = ERR_INIT;
    if (record_list(&names, err)) return -1;
    if (!names.count && !context->quiet) fputs("no course was added yet: lab course add PATH|URL|FILE\n", stderr);
    for (size_t i = 0; i < names.count; i++) {
        struct err fault = ERR_INIT;
        if (!update_named(context, names.items[i], merge, &fault)) continue;
        if (fault.code == ERR_INTERRUPTED) i = names.count - 1;
        note_fault(&fault, &first);
    }
    if (first.code) *err = first;
    return first.code ? -1 : 0;
}

int cmd_course_update(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct update_values *given = values;
    return argc ? update(context, argv[0], given->merge, err) : update_all(context, given->merge, err);
}
