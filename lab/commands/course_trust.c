/* lab course trust NAME: the services of an added course may run with the learner's rights. */

#include "base/json.h"
#include "commands/course.h"
#include "course/services.h"
#include "library/record.h"

struct trust_values {
    bool yes;
};

static const struct option items[] = {
    {"yes", 'y', OPTION_FLAG, offsetof(struct trust_values, yes), NULL, "do not ask", 0, 0},
};
const struct options course_trust_options = {items, LENGTH(items), sizeof(struct trust_values)};

/* ---- what it would run ---- */

static void print_words(const char *label, const struct strings *words) {
    scoped(str) line = STR_INIT;
    scoped(str) shown = STR_INIT;
    if (!words->count) return;
    for (size_t i = 0; i < words->count; i++) {
        str_append(&line, i ? " " : "");
        str_append_shell_word(&line, words->items[i]);
    }
    term_escape(&shown, line.data, line.len, false);
    fprintf(stderr, "  %-12s %s\n", label, shown.data);
}

static void print_services(const struct services *services) {
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = &services->items[i];
        print_words(service->name, &service->native);
        if (!service->native.count) fprintf(stderr, "  %-12s as a container: " COMPOSE_FILE "\n", service->name);
        print_words("  before", &service->prepare);
        print_words("  to ask it", &service->ready.exec);
        print_words("  to fill it", &service->seed);
    }
}

/* ---- asking ---- */

static bool is_agreed(const struct course *course, const struct services *services) {
    scoped(str) directory = STR_INIT;
    term_escape(&directory, course->directory, strlen(course->directory), false);
    fprintf(stderr, "The services of %s run with your rights, outside of the box that checks have:\n", course->id);
    print_services(services);
    fprintf(stderr, "These programs may change with the course, which lies in %s.\n", directory.data);
    return command_confirm("do you trust its authors with that?", false);
}

static int refuse(const struct course *course, struct err *err) {
    err_set(err, ERR_ENVIRONMENT, "the services of %s do not run: you have not allowed that yet", course->id);
    return err_help(err, "lab course trust %s%s", course->id, command_asks() ? "" : " --yes");
}

static int settle(struct course *course, bool agreed, struct err *err) {
    const struct services *services;
    if (!record_distrusts(course->id)) return 0;
    if (course_services(&services, course, err)) return -1;
    if (!agreed && !is_agreed(course, services)) return refuse(course, err);
    return record_trust(course->id, err);
}

int course_agree(struct course *course, struct err *err) { return settle(course, false, err); }

/* ---- the verb ---- */

int cmd_course_trust(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc;
    const struct trust_values *given = values;
    scoped(library) library = {0};
    scoped(record) record = {0};
    if (record_read(&record, argv[0], err) || command_library(context, &library, err)) return -1;
    struct course *course = library_course(&library, argv[0], err);
    if (!course || settle(course, given->yes, err)) return -1;
    if (context->json) {
        autojson json_t *object = json_pack("{s:s, s:s}", "event", "course_trusted", "id", argv[0]);
        json_print_line(object);
    } else {
        printf("the services of %s may run; to take that back: lab course remove %s, and add it again\n", argv[0],
               argv[0]);
    }
    return 0;
}
