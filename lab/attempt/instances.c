#include "attempt/instances.h"

#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "box/box.h"
#include "box/loopback.h"
#include "workspace/python.h"

/* ---- which ---- */

static bool is_planned(const struct attempt *attempt, const struct service *service) {
    for (size_t i = 0; i < attempt->instance_count; i++)
        if (attempt->instances[i].service == service) return true;
    return false;
}

/* What a service needs comes before it. */
static void plan_service(struct attempt *attempt, const struct service *service) {
    const struct services *services = attempt->options->course->services;
    for (size_t i = 0; i < service->needs.count; i++)
        plan_service(attempt, services_find(services, service->needs.items[i]));
    if (!is_planned(attempt, service)) attempt->instances[attempt->instance_count++].service = service;
}

/* ---- where ---- */

static int find_environment(struct attempt *attempt, struct instance *instance, struct err *err) {
    autofree char *environments = path_join(attempt->options->course->directory, "exercises/environments");
    scoped(python) python = {0};
    if (!python_find(&python, environments, instance->service->python)) {
        err_set(err, ERR_ENVIRONMENT, "the Python environment of the service %s is not built", instance->service->name);
        return err_help(err, "lab fetch %s", attempt->options->exercise->name);
    }
    instance->environment = arena_string(&attempt->arena, python.directory);
    return 0;
}

static bool has_port(const struct attempt *attempt, uint16_t port) {
    for (size_t i = 0; i < attempt->instance_count; i++)
        if (attempt->instances[i].port == port) return true;
    return false;
}

/* A free port that none of them has; 0: there is none. */
static uint16_t choose_port(const struct attempt *attempt) {
    uint16_t port;
    do port = loopback_free_port(0);
    while (port && has_port(attempt, port));
    return port;
}

static int place_instance(struct attempt *attempt, struct instance *instance, struct err *err) {
    const char *name = instance->service->name;
    instance->data = arena_printf(&attempt->arena, "%s/services/%s", attempt->scratch.directory, name);
    const struct box_folder folder = {instance->data, arena_printf(&attempt->arena, "/lab/services/%s", name),
                                      BOX_WRITE};
    instance->inside = box_inside(&attempt->walls, &folder);
    /* Where boxes share the machine's loopback, the declared port may be anybody's. */
    instance->port = attempt->walls.namespaces ? (uint16_t)instance->service->port : choose_port(attempt);
    if (!instance->port) return err_errno(err, ERR_ENVIRONMENT, "there is no free port for the service %s", name);
    return find_environment(attempt, instance, err);
}

/* ---- what is told of them ---- */

static void collect_variables(struct attempt *attempt) {
    size_t count = 0, used = 0;
    for (size_t i = 0; i < attempt->instance_count; i++) count += attempt->instances[i].service->gives.count;
    attempt->given = arena_alloc(&attempt->arena, (count + 1) * sizeof *attempt->given);
    for (size_t i = 0; i < attempt->instance_count; i++) {
        const struct instance *instance = &attempt->instances[i];
        const struct service_place place = {.port = instance->port};
        const char **words = service_words(&attempt->arena, &instance->service->gives, &place);
        for (; *words; words++) attempt->given[used++] = *words;
    }
}

static json_t *variables_of(const struct service *service, int port) {
    struct arena arena = ARENA_INIT;
    json_t *variables = json_object();
    const struct service_place place = {.port = port};
    for (const char **word = service_words(&arena, &service->gives, &place); *word; word++) {
        size_t len = strcspn(*word, "=");
        json_put(variables, arena_copy(&arena, *word, len), json_string(*word + len + 1));
    }
    arena_release(&arena);
    return variables;
}

static int port_of(const struct attempt *attempt, const struct service *service) {
    for (size_t i = 0; i < attempt->instance_count; i++)
        if (attempt->instances[i].service == service) return attempt->instances[i].port;
    return service->port;
}

json_t *instances_facts(const struct attempt *attempt, const struct course *course, const struct exercise *exercise) {
    json_t *facts = json_object();
    for (size_t i = 0; i < exercise->services.count; i++) {
        const struct service *service = services_find(course->services, exercise->services.items[i]);
        json_t *fact = json_object();
        int port = port_of(attempt, service);
        json_put(fact, "port", json_integer(port));
        json_put(fact, "env", variables_of(service, port));
        json_put(facts, service->name, fact);
    }
    return facts;
}

/* ---- before the attempt ---- */

static int ensure_service(const struct services *services, const struct service *service, const char *environments,
                          const struct python_watcher *watcher, struct err *err) {
    scoped(python) python = {0};
    if (python_ensure(&python, environments, service->python, watcher, err))
        return err_wrap(err, "the service %s", service->name);
    for (size_t i = 0; i < service->needs.count; i++)
        if (ensure_service(services, services_find(services, service->needs.items[i]), environments, watcher, err))
            return -1;
    return 0;
}

int attempt_services_ensure(struct course *course, const struct exercise *exercise,
                            const struct python_watcher *watcher, struct err *err) {
    const struct services *services;
    if (!exercise->services.count) return 0;
    if (course_services(&services, course, err)) return -1;
    autofree char *environments = path_join(course->directory, "exercises/environments");
    for (size_t i = 0; i < exercise->services.count; i++) {
        const struct service *service = services_find(services, exercise->services.items[i]);
        if (ensure_service(services, service, environments, watcher, err)) return -1;
    }
    return 0;
}

int instances_plan(struct attempt *attempt, struct err *err) {
    const struct exercise *exercise = attempt->options->exercise;
    if (!exercise->services.count) return 0;
    attempt->instances = arena_alloc(&attempt->arena, ATTEMPT_SERVICES_MOST * sizeof *attempt->instances);
    for (size_t i = 0; i < exercise->services.count; i++) {
        const char *name = exercise->services.items[i];
        plan_service(attempt, services_find(attempt->options->course->services, name));
    }
    attempt->ports = arena_alloc(&attempt->arena, ATTEMPT_SERVICES_MOST * sizeof *attempt->ports);
    for (size_t i = 0; i < attempt->instance_count; i++) {
        if (place_instance(attempt, &attempt->instances[i], err)) return -1;
        attempt->ports[i] = attempt->instances[i].port;
    }
    collect_variables(attempt);
    return 0;
}
