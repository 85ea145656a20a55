#include "checker/api.h"

#include <stdlib.h>

#include "checker/api_parts.h"
#include "checker/api_read.h"
#include "checker/sandbox.h"

static struct api api;

/* Lua's functions that are called for what they do, not for what they answer. */
static const char *const for_effect[] = {"insert", "move", "remove", "sort"};

static bool is_for_effect(const char *name) {
    for (size_t i = 0; i < LENGTH(for_effect); i++)
        if (!strcmp(for_effect[i], name)) return true;
    return false;
}

static struct api_function *lua_function(const char *name, bool must_use) {
    struct api_function *function = arena_alloc(&api.arena, sizeof *function);
    function->name = function->signature = name;
    function->doc = function->group = function->returns = function->result.text = "";
    function->must_use = must_use;
    return function;
}

static void add_lua_tables(void) {
    for (const struct api_lua_field *field = api_lua_fields; field->table; field++) {
        if (sandbox_removes(field->table, field->name)) continue;
        struct api_class *class = api_find_class(&api, field->table, strlen(field->table));
        if (!class) class = api_add_class(&api, field->table);
        class->is_table = true;
        struct api_member *member = api_add_member(&api, &class->members, field->name);
        member->type.text = "";
        if (field->is_function)
            member->function =
                lua_function(arena_printf(&api.arena, "%s.%s", field->table, field->name), !is_for_effect(field->name));
    }
}

/* Of Lua's own global functions, those that only answer. */
static const char *const only_answer[] = {"getmetatable", "ipairs", "next",     "pairs",    "rawequal", "rawget",
                                          "rawlen",       "select", "tonumber", "tostring", "type"};

static bool answers_only(const char *name) {
    for (size_t i = 0; i < LENGTH(only_answer); i++)
        if (!strcmp(only_answer[i], name)) return true;
    return false;
}

static struct api_member *find_member(struct api_member *list, const char *name) {
    while (list && strcmp(list->name, name) != 0) list = list->next;
    return list;
}

/* What lab.d.lua tells, for the names that the sandbox shows: exactly those. */
static void keep_visible_globals(void) {
    struct api_member *described = api.globals, *last = NULL;
    const char *name;
    api.globals = NULL;
    for (size_t i = 0; (name = sandbox_global(i)); i++) {
        const struct api_member *known = find_member(described, name);
        struct api_member *member = api_add_member(&api, last ? &last : &api.globals, name);
        if (known) {
            struct api_member *next = member->next;
            *member = *known;
            member->next = next;
        } else {
            member->type = (struct api_type){"", api_find_class(&api, name, strlen(name))};
            if (!member->type.class) member->function = lua_function(name, answers_only(name));
        }
        last = member;
    }
}

static const struct api *the_api(void) {
    if (api.globals) return &api;
    api_read(&api, api_types);
    add_lua_tables();
    api_resolve(&api);
    keep_visible_globals();
    return &api;
}

const struct api_member *api_global(const char *name) { return find_member(the_api()->globals, name); }

const struct api_class *api_class(const char *name) { return api_find_class(the_api(), name, strlen(name)); }

const struct api_member *api_member(const struct api_class *class, const char *name) {
    for (; class; class = class->parent) {
        const struct api_member *found = find_member(class->members, name);
        if (found) return found;
    }
    return NULL;
}

typedef array(const char *) names;

static const char *nearest(const char *name, names *list) {
    const char *near = string_nearest(name, list->items, list->count);
    array_free(list);
    return near;
}

const char *api_nearest_global(const char *name) {
    names list = {0};
    for (const struct api_member *member = the_api()->globals; member; member = member->next)
        *array_push(&list) = member->name;
    return nearest(name, &list);
}

const char *api_nearest_member(const struct api_class *class, const char *name) {
    names list = {0};
    for (; class; class = class->parent)
        for (const struct api_member *member = class->members; member; member = member->next)
            *array_push(&list) = member->name;
    return nearest(name, &list);
}

const struct api_function *api_functions(void) { return the_api()->functions; }
const struct api_class *api_classes(void) { return the_api()->classes; }
const struct api_member *api_globals(void) { return the_api()->globals; }
