/*
 * places: YAML with the lines that its parts stand on, for those files of the prelude that judge a document field by field. It is read
 * as everywhere, or as kubectl and kustomize read it.
 */
#include "base/arena.h"
#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "course/yaml.h"

static json_t *lines_of(const struct yaml_node *node, int line, bool go);

static json_t *lines_of_items(const struct yaml_node *list, bool go) {
    json_t *lines = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(lines, lines_of(&list->items[i], list->items[i].at.line, go));
    return lines;
}

static json_t *lines_of_entries(const struct yaml_node *map, bool go) {
    json_t *lines = json_object();
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        json_object_set_new_nocheck(lines, entry->key, lines_of(&entry->value, entry->at.line, go));
    }
    return lines;
}

/* A scalar's line; of a list or map the pair of its line and those of what is in it. An entry's line is that of its key. Of what
 * only Go's readers take for such a value there are three: the line, nothing inside, and the text. */
static json_t *lines_of(const struct yaml_node *node, int line, bool go) {
    if (node->kind == YAML_LIST) return json_pack("[i, o]", line, lines_of_items(node, go));
    if (node->kind == YAML_MAP) return json_pack("[i, o]", line, lines_of_entries(node, go));
    if (go && yaml_is_of_go(node)) return json_pack("[i, {}, s]", line, node->text);
    return json_integer(line);
}

/* The pair of the value and its lines. */
static json_t *decode_by(unsigned reader, struct sv text, const struct format_options *options, struct err *err) {
    struct arena arena = ARENA_INIT;
    unsigned flags = reader | YAML_ALIASES | (options->all ? YAML_DOCUMENTS : 0);
    const struct yaml_node *root = yaml_parse(&arena, options->name, text.data, text.len, flags, err);
    json_t *pair =
        root ? json_pack("[o, o]", yaml_to_json(root), lines_of(root, root->at.line, reader != YAML_STRICT)) : NULL;
    if (root && !pair) err_set(err, ERR_USAGE, "%s: a value that JSON has no form for", options->name);
    arena_release(&arena);
    return pair;
}

static json_t *decode_core(struct sv text, const struct format_options *options, struct err *err) {
    return decode_by(YAML_STRICT, text, options, err);
}

static json_t *decode_kubectl(struct sv text, const struct format_options *options, struct err *err) {
    return decode_by(YAML_GO_V2, text, options, err);
}

static json_t *decode_kustomize(struct sv text, const struct format_options *options, struct err *err) {
    return decode_by(YAML_GO_V3, text, options, err);
}

static int read_with(lua_State *L, json_t *(*decode)(struct sv, const struct format_options *, struct err *)) {
    const struct format places = {.name = "yaml", .decode = decode, .decode_options = FORMAT_ALL};
    return format_decode(L, &places);
}

static int yaml(lua_State *L) { return read_with(L, decode_core); }
static int kubectl(lua_State *L) { return read_with(L, decode_kubectl); }
static int kustomize(lua_State *L) { return read_with(L, decode_kustomize); }

static const luaL_Reg functions[] = {{"yaml", yaml}, {"kubectl", kubectl}, {"kustomize", kustomize}, {NULL, NULL}};

const struct library library_places = {"places", functions, 0, NULL};
