/* lab author api: the reference of the checker API, as the editor has it. */

#include "base/json.h"
#include "checker/api.h"
#include "commands/author.h"

const struct options author_api_options = {NULL, 0, 0};

/* ---- json ---- */

static json_t *parameters_json(const struct api_function *function) {
    json_t *list = json_array();
    for (const struct api_parameter *p = function->parameters; p; p = p->next) {
        json_t *object = json_object();
        json_put(object, "name", json_string(p->name));
        json_put(object, "type", json_string(p->type.text));
        json_put(object, "doc", json_string(p->doc));
        json_put(object, "optional", json_boolean(p->optional));
        json_array_append_new(list, object);
    }
    return list;
}

static void print_function_json(const struct api_function *function) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("function"));
    json_put(object, "name", json_string(function->name));
    json_put(object, "signature", json_string(function->signature));
    json_put(object, "doc", json_string(function->doc));
    json_put(object, "group", json_string(function->group));
    json_put(object, "parameters", parameters_json(function));
    json_put(object, "returns", json_string(function->returns));
    json_print_line(object);
}

static json_t *fields_json(const struct api_class *class) {
    json_t *list = json_array();
    for (const struct api_member *member = class->members; member; member = member->next) {
        if (member->function) continue;
        json_t *object = json_object();
        json_put(object, "name", json_string(member->name));
        json_put(object, "type", json_string(member->type.text));
        json_put(object, "doc", json_string(member->doc));
        json_put(object, "optional", json_boolean(member->optional));
        json_array_append_new(list, object);
    }
    return list;
}

static bool has_fields(const struct api_class *class) {
    const struct api_member *member = class->members;
    while (member && member->function) member = member->next;
    return member && class->group && !class->is_table;
}

static void print_class_json(const struct api_class *class) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("class"));
    json_put(object, "name", json_string(class->name));
    json_put(object, "doc", json_string(class->doc));
    json_put(object, "group", json_string(class->group));
    json_put(object, "extends", json_text_or_null(class->parent_name));
    json_put(object, "items", json_text_or_null(class->items.text));
    json_put(object, "fields", fields_json(class));
    json_print_line(object);
}

/* ---- values that are no functions: `checks`, `json.null` ---- */

typedef void print_value(const char *name, const char *doc, const char *group);

static void each_value(const char *group, print_value *print) {
    for (const struct api_member *global = api_globals(); global; global = global->next) {
        const struct api_class *class = global->type.class;
        if (!global->group || (group && strcmp(global->group, group) != 0)) continue;
        if (!class && !global->function) print(global->name, global->doc, global->group);
        for (const struct api_member *member = class ? class->members : NULL; member; member = member->next) {
            autofree char *name = str_format("%s.%s", global->name, member->name);
            if (!member->function) print(name, member->doc, global->group);
        }
    }
}

static void print_value_json(const char *name, const char *doc, const char *group) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("value"));
    json_put(object, "name", json_string(name));
    json_put(object, "signature", json_string(name));
    json_put(object, "doc", json_string(doc));
    json_put(object, "group", json_string(group));
    json_print_line(object);
}

static void print_json(void) {
    each_value(NULL, print_value_json);
    for (const struct api_function *function = api_functions(); function; function = function->next)
        print_function_json(function);
    for (const struct api_class *class = api_classes(); class; class = class->next)
        if (has_fields(class)) print_class_json(class);
}

/* ---- markdown ---- */

static void print_value_heading(const char *name, const char *doc, const char *group) {
    (void)group;
    printf("\n### `%s`\n\n%s\n", name, doc);
}

/* "- `name` (type, optional): what it is" */
static void print_row(const char *name, const char *type, bool optional, const char *doc) {
    printf("- `%s` (`%s`%s)%s%s\n", name, type, optional ? ", optional" : "", *doc ? ": " : "", doc);
}

static void print_function(const struct api_function *function) {
    printf("\n### `%s`\n\n%s\n", function->signature, function->doc);
    for (const struct api_parameter *p = function->parameters; p; p = p->next) {
        if (p == function->parameters) putchar('\n');
        print_row(p->name, p->type.text, p->optional, p->doc);
    }
    if (strcmp(function->returns, function->result.text) != 0) printf("\nAnswers `%s`.\n", function->returns);
}

static void print_class(const struct api_class *class) {
    printf("\n### %s\n\n%s\n\n", class->name, class->doc);
    if (class->parent_name) printf("All of %s, and:\n\n", class->parent_name);
    if (class->items.text) printf("- items (`%s`): %s\n", class->items.text, class->items_doc);
    for (const struct api_member *member = class->members; member; member = member->next)
        if (!member->function) print_row(member->name, member->type.text, member->optional, member->doc);
}

static void print_group(const char *group) {
    printf("\n## %c%s\n", group[0] >= 'a' && group[0] <= 'z' ? group[0] - 'a' + 'A' : group[0], group + 1);
    each_value(group, print_value_heading);
    for (const struct api_function *function = api_functions(); function; function = function->next)
        if (!strcmp(function->group, group)) print_function(function);
    for (const struct api_class *class = api_classes(); class; class = class->next)
        if (has_fields(class) && !strcmp(class->group, group)) print_class(class);
}

static void print_markdown(void) {
    const char *group = "";
    puts("# The checker API");
    for (const struct api_function *function = api_functions(); function; function = function->next)
        if (strcmp(function->group, group) != 0) print_group(group = function->group);
}

int cmd_author_api(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values, (void)argc, (void)argv, (void)err;
    if (context->json)
        print_json();
    else
        print_markdown();
    return 0;
}
