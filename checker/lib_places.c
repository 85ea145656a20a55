/* places: YAML with the lines that its parts stand on, for those files of the prelude that judge a document field by field. */
#include "base/arena.h"
#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "course/yaml.h"

static json_t *lines_of(const struct yaml_node *node, int line);

static json_t *lines_of_items(const struct yaml_node *list) {
    json_t *lines = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(lines, lines_of(&list->items[i], list->items[i].at.line));
    return lines;
}

static json_t *lines_of_entries(const struct yaml_node *map) {
    json_t *lines = json_object();
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        json_object_set_new_nocheck(lines, entry->key, lines_of(&entry->value, entry->at.line));
    }
    return lines;
}

/* A scalar's line; of a list or map the pair of its line and those of what is in it. An entry's line is that of its key. */
static json_t *lines_of(const struct yaml_node *node, int line) {
    if (node->kind == YAML_LIST) return json_pack("[i, o]", line, lines_of_items(node));
    if (node->kind == YAML_MAP) return json_pack("[i, o]", line, lines_of_entries(node));
    return json_integer(line);
}

/* The pair of the value and its lines. */
static json_t *decode_places(struct sv text, const struct format_options *options, struct err *err) {
    struct arena arena = ARENA_INIT;
    unsigned flags = YAML_ALIASES | (options->all ? YAML_DOCUMENTS : 0);
    const struct yaml_node *root = yaml_parse(&arena, options->name, text.data, text.len, flags, err);
    json_t *pair = root ? json_pack("[o, o]", yaml_to_json(root), lines_of(root, root->at.line)) : NULL;
    if (root && !pair) err_set(err, ERR_USAGE, "%s: a value that JSON has no form for", options->name);
    arena_release(&arena);
    return pair;
}

static const struct format places_format = {.name = "yaml", .decode = decode_places, .decode_options = FORMAT_ALL};

static int decode(lua_State *L) { return format_decode(L, &places_format); }

static const luaL_Reg functions[] = {{"yaml", decode}, {NULL, NULL}};

const struct library library_places = {"places", functions, 0, NULL};
