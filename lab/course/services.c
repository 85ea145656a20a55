#include "course/services.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "course/course.h"
#include "course/format.h"
#include "course/load.h"
#include "course/services_check.h"

/* The image, and what compose starts before: a list of names, or a map by name. */
static void read_compose(struct course *course, const struct yaml_node *node, struct service *service) {
    const struct yaml_node *image = yaml_get(node, "image"), *needs = yaml_get(node, "depends_on");
    if (image && image->kind == YAML_STRING) service->image = arena_copy(&course->arena, image->text, image->text_len);
    service->has_image = service->image && !yaml_get(node, "build");
    if (!needs || needs->kind < YAML_LIST) return;
    service->needs.items = arena_alloc(&course->arena, (needs->count + 1) * sizeof *service->needs.items);
    for (size_t i = 0; i < needs->count; i++) {
        const char *name = needs->kind == YAML_MAP ? needs->entries[i].key : needs->items[i].text;
        if (name) service->needs.items[service->needs.count++] = arena_string(&course->arena, name);
    }
}

static void read_services(struct course *course, const struct yaml_node *root, struct problems *problems) {
    const struct yaml_node *list = yaml_get(root, "services");
    struct field_reader reader = {&course->arena, problems};
    if (!list || list->kind != YAML_MAP) return;
    course->services->items = arena_alloc(&course->arena, (list->count + 1) * sizeof *course->services->items);
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_entry *entry = &list->entries[i];
        const struct yaml_node *ours = yaml_get(&entry->value, "x-lab");
        if (!ours) continue;
        struct service *service = &course->services->items[course->services->count++];
        fields_read(&reader, &service_format, ours, service);
        service->name = arena_string(&course->arena, entry->key);
        service->at = entry->at;
        read_compose(course, &entry->value, service);
    }
}

static int load_services(struct course *course, struct problem_report *report) {
    scoped(str) text = STR_INIT;
    scoped(arena) tree = ARENA_INIT;
    struct err err = ERR_INIT;
    if (load_text(course, COMPOSE_FILE, &text, report)) return -1;
    const struct yaml_node *root = yaml_parse(&tree, COMPOSE_FILE, text.data, text.len, YAML_ALIASES, &err);
    if (!root) {
        problem_report_add(report, err.message);
        return -1;
    }
    scoped(problems) problems = {.source = source_of(COMPOSE_FILE, text.data, text.len)};
    read_services(course, root, &problems);
    if (!problems.list.count) services_check(course, root, &problems);
    bool faulty = problems.list.count > 0;
    problems_report(&problems, report);
    return faulty ? -1 : 0;
}

int course_services_report(struct course *course, struct problem_report *report) {
    struct stat info;
    if (course->services) return course->services_faulty ? -1 : 0;
    course->services = arena_alloc(&course->arena, sizeof *course->services);
    if (beneath_stat(course->folder, COMPOSE_FILE, &info) && errno == ENOENT) return 0;
    course->services_faulty = load_services(course, report) != 0;
    return course->services_faulty ? -1 : 0;
}

int course_services(const struct services **services, struct course *course, struct err *err) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    if (course->services_faulty) course->services = NULL; /* its faults are told each time */
    int result = course_services_report(course, &report);
    *services = course->services;
    return result ? problem_report_finish(&report, err) : 0;
}

const struct service *services_find(const struct services *services, const char *name) {
    for (size_t i = 0; i < services->count; i++)
        if (!strcmp(services->items[i].name, name)) return &services->items[i];
    return NULL;
}

/* ---- placeholders ---- */

const char *service_word(struct arena *arena, const char *text, const struct service_place *place) {
    scoped(str) word = STR_INIT;
    autofree char *port = str_format("%d", place->port);
    const struct {
        const char *name, *value;
    } known[] = {{"{port}", place->port ? port : NULL}, {"{data}", place->data}, {"{shared}", place->shared}};
    while (*text) {
        size_t i = 0;
        while (i < LENGTH(known) && !(known[i].value && string_starts_with(text, known[i].name))) i++;
        str_append(&word, i < LENGTH(known) ? known[i].value : (char[]){*text, '\0'});
        text += i < LENGTH(known) ? strlen(known[i].name) : 1;
    }
    return arena_copy(arena, word.data, word.len);
}

const char **service_words(struct arena *arena, const struct strings *texts, const struct service_place *place) {
    const char **words = arena_alloc(arena, (texts->count + 1) * sizeof *words);
    for (size_t i = 0; i < texts->count; i++) words[i] = service_word(arena, texts->items[i], place);
    return words;
}
