/* What an exercise says of services: each is there, and an attempt can have it with all that it depends on. */

#include <stdlib.h>
#include <string.h>

#include "course/load.h"

/* An exercise that requires services, and its text. */
struct subject {
    const struct services *services;
    const struct exercise *exercise;
    const struct yaml_node *requires;
    struct problems *problems;
};

#define FAULT(subject, at, ...) problems_add((subject)->problems, at, __VA_ARGS__)

static void fault_unknown(const struct subject *s, struct yaml_position at, const char *name) {
    array(const char *) names = {0};
    for (size_t i = 0; i < s->services->count; i++) *array_push(&names) = s->services->items[i].name;
    const char *nearest = problems_nearest(s->problems, name, names.items, names.count);
    array_free(&names);
    if (nearest)
        FAULT(s, at, "no service '%s', did you mean '%s'?", name, nearest);
    else
        FAULT(s, at, "no service '%s': %s has none with x-lab of this name", name, COMPOSE_FILE);
}

/* Why no attempt can have it; NULL: it can. */
static const char *obstacle(const struct service *service) {
    if (service->play_only) return "is for play only";
    return service->native.count ? NULL : "has no 'native' in " COMPOSE_FILE ": an attempt could not start it";
}

/* Marks the service and all that it depends on in `seen`, which is parallel to those of the course. */
static void mark(const struct services *services, const struct service *service, bool *seen) {
    if (seen[service - services->items]) return;
    seen[service - services->items] = true;
    for (size_t i = 0; i < service->needs.count; i++)
        mark(services, services_find(services, service->needs.items[i]), seen);
}

static void check_dependencies(const struct subject *s, struct yaml_position at, const struct service *service) {
    autofree bool *seen = mem_alloc(s->services->count * sizeof *seen);
    mark(s->services, service, seen);
    for (size_t i = 0; i < s->services->count; i++) {
        const struct service *needed = &s->services->items[i];
        const char *why = seen[i] && needed != service ? obstacle(needed) : NULL;
        if (why) FAULT(s, at, "the service '%s' depends on '%s', which %s", service->name, needed->name, why);
    }
}

static void check_service(const struct subject *s, struct yaml_position at, const char *name) {
    const struct service *service = services_find(s->services, name);
    if (!service)
        fault_unknown(s, at, name);
    else if (obstacle(service))
        FAULT(s, at, "the service '%s' %s", name, obstacle(service));
    else
        check_dependencies(s, at, service);
}

static void check_count(const struct subject *s) {
    autofree bool *seen = mem_alloc(s->services->count * sizeof *seen);
    size_t count = 0;
    for (size_t i = 0; i < s->exercise->services.count; i++) {
        const struct service *service = services_find(s->services, s->exercise->services.items[i]);
        if (service) mark(s->services, service, seen);
    }
    for (size_t i = 0; i < s->services->count; i++) count += seen[i];
    if (count > ATTEMPT_SERVICES_MOST)
        FAULT(s, yaml_place(s->requires, "services"),
              "with those that they depend on these are %zu services: an attempt can have %d at most", count,
              ATTEMPT_SERVICES_MOST);
}

/* Faults of docker-compose.yml itself are told with that file, once. */
void cross_check_services(struct course *course, const struct exercise *exercise, const struct yaml_node *root,
                          struct problems *problems) {
    const struct strings *names = &exercise->services;
    const struct yaml_node *requires = yaml_get(root, "requires");
    if (!names->count) return;
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    if (course_services_report(course, &report)) {
        problems_add(problems, yaml_place(requires, "services"), "%s, which declares them, has faults", COMPOSE_FILE);
        return;
    }
    const struct subject s = {course->services, exercise, requires, problems};
    for (size_t i = 0; i < names->count; i++)
        check_service(&s, item_place(requires, "services", names->items[i]), names->items[i]);
    check_count(&s);
    if (exercise->box.network != NETWORK_LOOPBACK)
        FAULT(&s, yaml_place(requires, "services"),
              "services are reached by the box's loopback: 'network' must be loopback");
}
