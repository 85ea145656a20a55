/*
 * located: YAML whose parts know their lines, for the prelude. Each part is {line, value}, {line, list} or {line, map}, of which the last
 * two hold parts; the line of a value of a map is that of its key.
 */
#include "base/arena.h"
#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "course/yaml.h"

static json_t *located(const struct yaml_node *node, int line);

static json_t *located_list(const struct yaml_node *node) {
    json_t *list = json_array();
    for (size_t i = 0; i < node->count; i++)
        json_array_append_new(list, located(&node->items[i], node->items[i].at.line));
    return list;
}

static json_t *located_map(const struct yaml_node *node) {
    json_t *map = json_object();
    for (size_t i = 0; i < node->count; i++)
        json_object_set_new(map, node->entries[i].key, located(&node->entries[i].value, node->entries[i].at.line));
    return map;
}

static json_t *located(const struct yaml_node *node, int line) {
    json_t *part = json_object();
    json_object_set_new(part, "line", json_integer(line));
    if (node->kind == YAML_LIST)
        json_object_set_new(part, "list", located_list(node));
    else if (node->kind == YAML_MAP)
        json_object_set_new(part, "map", located_map(node));
    else
        json_object_set_new(part, "value", yaml_to_json(node));
    return part;
}

static json_t *decode_located(struct sv text, const struct format_options *options, struct err *err) {
    struct arena arena = ARENA_INIT;
    const struct yaml_node *root = yaml_parse(&arena, options->name, text.data, text.len, YAML_ALIASES, err);
    json_t *value = root ? located(root, root->at.line) : NULL;
    arena_release(&arena);
    return value;
}

static const struct format located_yaml = {.name = "located.yaml", .decode = decode_located};

/* located.yaml(text[, name]): its root, or nil and a message */
static int yaml(lua_State *L) { return format_decode(L, &located_yaml); }

static const luaL_Reg functions[] = {{"yaml", yaml}, {NULL, NULL}};

const struct library library_located = {"located", functions, 0, NULL};
