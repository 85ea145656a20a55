#include "course/services_check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/path.h"

/* What is being looked at. */
struct subject {
    const struct course *course;
    const struct service *service;
    const struct yaml_node *node; /* of the service in the file */
    const struct yaml_node *ours; /* its x-lab */
    struct problems *problems;
};

#define FAULT(subject, at, ...) problems_add((subject)->problems, at, __VA_ARGS__)

/* ---- texts with placeholders ---- */

static void check_word(const struct subject *s, struct yaml_position at, const char *text) {
    static const char *const known[] = {"{port}", "{data}", "{shared}"};
    for (const char *open = text; (open = strchr(open, '{')); open++) {
        size_t len = strcspn(open, "}");
        autofree char *found = mem_copy(open, len + (open[len] == '}'));
        bool is_known = false;
        for (size_t i = 0; i < LENGTH(known); i++) is_known |= !strcmp(found, known[i]);
        if (is_known || !islower((unsigned char)open[1])) continue;
        FAULT(s, at, "nothing fills in '%.40s': there are {port}, {data} and {shared}", found);
    }
}

static void check_words(const struct subject *s, const struct yaml_node *map, const char *key) {
    const struct yaml_node *list = yaml_get(map, key);
    for (size_t i = 0; list && i < list->count; i++) check_word(s, list->items[i].at, list->items[i].text);
}

static bool is_variable(const char *text) {
    size_t len = strcspn(text, "=");
    if (!len || !text[len] || isdigit((unsigned char)text[0])) return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
    return true;
}

static void check_variables(const struct subject *s, const char *key) {
    const struct yaml_node *list = yaml_get(s->ours, key);
    for (size_t i = 0; list && i < list->count; i++)
        if (!is_variable(list->items[i].text))
            FAULT(s, list->items[i].at, "'%.60s' is no variable: NAME=value", list->items[i].text);
}

/* ---- readiness and what it takes ---- */

static void check_ready(const struct subject *s) {
    const struct readiness *ready = &s->service->ready;
    int ways = (ready->http != NULL) + ready->tcp + (ready->exec.count > 0);
    if (ways != 1)
        FAULT(s, yaml_place(s->ours, "ready"), "'ready' needs one of http, tcp and exec%s",
              ways ? ", not several" : ", or nobody ever knows");
    else if (ready->http && ready->http[0] != '/')
        FAULT(s, yaml_place(s->ours, "ready"), "the path '%.60s' does not begin with '/': nothing would ever answer it",
              ready->http);
}

static void check_files(const struct subject *s) {
    const struct service *service = s->service;
    if (service->python) {
        autofree char *lock = str_format("exercises/environments/%s/requirements.lock", service->python);
        if (!beneath_is_file(s->course->folder, lock))
            FAULT(s, yaml_place(s->ours, "python"), "no environment '%s': there is no %s", service->python, lock);
    }
    for (size_t i = 0; i < service->native.count; i++) {
        static const char own[] = "{shared}/";
        if (!string_starts_with(service->native.items[i], own)) continue;
        autofree char *path = str_format("exercises/shared/%s", service->native.items[i] + strlen(own));
        if (!beneath_is_file(s->course->folder, path)) FAULT(s, yaml_place(s->ours, "native"), "there is no %s", path);
    }
    if (service->prepare.count && !service->native.count)
        FAULT(s, yaml_place(s->ours, "prepare"), "'prepare' belongs to 'native', which is missing");
    if (!service->native.count && !yaml_get(s->node, "image") && !yaml_get(s->node, "build"))
        FAULT(s, s->service->at, "%s has neither 'native' nor an image: nothing runs it", service->name);
}

/* ---- among services ---- */

static void check_ports(const struct subject *s, const struct services *services) {
    for (const struct service *other = services->items; other < s->service; other++)
        if (other->port == s->service->port)
            FAULT(s, yaml_place(s->ours, "port"), "port %d is %s's already: an attempt could not have both",
                  other->port, other->name);
}

/* The host's port of compose's short form, [ADDRESS:]HOST:CONTAINER, or 0 where it is chosen at the start. */
static long host_port(const struct yaml_node *item) {
    const char *text = item->text, *last = text ? strrchr(text, ':') : NULL;
    if (!last) return 0;
    const char *begin = last;
    while (begin > text && isdigit((unsigned char)begin[-1])) begin--;
    return begin == text || begin[-1] == ':' ? strtol(begin, NULL, 10) : 0;
}

/* Any two services of the file, also those that are none of lab's. */
static void check_host_ports(const struct yaml_node *list, struct problems *problems) {
    struct taken {
        long port;
        const char *name;
    };
    array(struct taken) seen = {0};
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *ports = yaml_get(&list->entries[i].value, "ports");
        for (size_t j = 0; ports && ports->kind == YAML_LIST && j < ports->count; j++) {
            long port = host_port(&ports->items[j]);
            for (size_t k = 0; port && k < seen.count; k++)
                if (seen.items[k].port == port)
                    problems_add(problems, ports->items[j].at, "port %ld of the machine is %s's already", port,
                                 seen.items[k].name);
            if (port) *array_push(&seen) = (struct taken){port, list->entries[i].key};
        }
    }
    array_free(&seen);
}

/* Whether what is started before `from` comes back to `target`; `seen` has those that were looked at. */
static bool comes_back(const struct services *services, const struct service *from, const struct service *target,
                       bool *seen) {
    for (size_t i = 0; i < from->needs.count; i++) {
        const struct service *next = services_find(services, from->needs.items[i]);
        if (!next || (next != target && seen[next - services->items])) continue;
        seen[next - services->items] = true;
        if (next == target || comes_back(services, next, target, seen)) return true;
    }
    return false;
}

static bool is_in_cycle(const struct services *services, const struct service *service) {
    bool *seen = mem_alloc(services->count * sizeof *seen);
    bool cyclic = comes_back(services, service, service, seen);
    free(seen);
    return cyclic;
}

static void check_needs(const struct subject *s, const struct services *services) {
    const struct yaml_node *needs = yaml_get(s->node, "depends_on");
    for (size_t i = 0; i < s->service->needs.count; i++)
        if (!services_find(services, s->service->needs.items[i]))
            FAULT(s, needs->at, "%s depends on '%s', which is no service with x-lab here", s->service->name,
                  s->service->needs.items[i]);
    if (is_in_cycle(services, s->service))
        FAULT(s, needs->at, "services depend on each other in a cycle through %s", s->service->name);
}

void services_check(const struct course *course, const struct yaml_node *root, struct problems *problems) {
    static const char *const texts[] = {"native", "prepare", "seed", "env", "gives"};
    const struct yaml_node *list = yaml_get(root, "services");
    for (size_t i = 0; i < course->services->count; i++) {
        const struct service *service = &course->services->items[i];
        const struct yaml_node *node = yaml_get(list, service->name);
        struct subject s = {course, service, node, yaml_get(node, "x-lab"), problems};
        if (!path_is_id(service->name))
            problems_add(problems, service->at, "'%.64s' is no id: lower-case letters, digits and single dashes",
                         service->name);
        for (size_t j = 0; j < LENGTH(texts); j++) check_words(&s, s.ours, texts[j]);
        check_words(&s, yaml_get(s.ours, "ready"), "exec");
        check_variables(&s, "env");
        check_variables(&s, "gives");
        check_ready(&s);
        check_files(&s);
        check_ports(&s, course->services);
        check_needs(&s, course->services);
    }
    if (list && list->kind == YAML_MAP) check_host_ports(list, problems);
}
