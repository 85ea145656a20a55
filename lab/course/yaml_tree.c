/* Building, searching and converting the tree of a YAML text. */

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "course/yaml_inside.h"

void yaml_builder_release(struct yaml_builder *builder) {
    array_free(&builder->nodes);
    array_free(&builder->entries);
}

static void *move_to_arena(struct arena *arena, const void *items, size_t size) {
    void *copy = arena_alloc(arena, size);
    if (size) memcpy(copy, items, size);
    return copy;
}

void yaml_build_list(struct yaml_builder *builder, struct yaml_node *node, size_t from) {
    node->kind = YAML_LIST;
    node->count = builder->nodes.count - from;
    if (node->count)
        node->items = move_to_arena(builder->arena, builder->nodes.items + from, node->count * sizeof *node->items);
    builder->nodes.count = from;
}

void yaml_build_map(struct yaml_builder *builder, struct yaml_node *node, size_t from) {
    node->kind = YAML_MAP;
    node->count = builder->entries.count - from;
    if (node->count)
        node->entries =
            move_to_arena(builder->arena, builder->entries.items + from, node->count * sizeof *node->entries);
    builder->entries.count = from;
}

static int by_key_then_order(const void *a, const void *b) {
    const struct yaml_entry *const *left = a, *const *right = b;
    int order = strcmp((*left)->key, (*right)->key);
    return order ? order : (*left > *right) - (*left < *right);
}

/* The entries of a map by key, those of one key in their order; to be freed. */
static struct yaml_entry **sort_entries(const struct yaml_node *map) {
    struct yaml_entry **sorted = mem_alloc(map->count * sizeof(void *));
    for (size_t i = 0; i < map->count; i++) sorted[i] = &map->entries[i];
    qsort(sorted, map->count, sizeof(void *), by_key_then_order);
    return sorted;
}

/* As yaml_find_duplicate, for maps too large to compare each with each. */
static const struct yaml_entry *find_duplicate_sorted(const struct yaml_node *map, const struct yaml_entry **earlier) {
    autofree struct yaml_entry **sorted = sort_entries(map);
    const struct yaml_entry *found = NULL;
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) != 0 || (found && found < sorted[i])) continue;
        found = sorted[i];
        *earlier = sorted[i - 1];
    }
    return found;
}

const struct yaml_entry *yaml_find_duplicate(const struct yaml_node *map, const struct yaml_entry **earlier) {
    enum { SMALL = 24 };
    if (map->count > SMALL) return find_duplicate_sorted(map, earlier);
    for (size_t i = 1; i < map->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (map->entries[i].key[0] != map->entries[k].key[0]) continue;
            if (strcmp(map->entries[i].key, map->entries[k].key) != 0) continue;
            *earlier = &map->entries[k];
            return &map->entries[i];
        }
    }
    return NULL;
}

void yaml_keep_last(struct yaml_node *map) {
    if (!map->count) return;
    autofree struct yaml_entry **sorted = sort_entries(map);
    for (size_t i = 1; i < map->count; i++)
        if (!strcmp(sorted[i - 1]->key, sorted[i]->key)) sorted[i - 1]->key = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++)
        if (map->entries[i].key) map->entries[kept++] = map->entries[i];
    map->count = kept;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key) {
    if (!map || map->kind != YAML_MAP) return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (!strcmp(map->entries[i].key, key)) return &map->entries[i].value;
    return NULL;
}

struct yaml_position yaml_place(const struct yaml_node *map, const char *key) {
    const struct yaml_node *value = yaml_get(map, key);
    return value ? value->at : map->at;
}

const char *yaml_kind_name(enum yaml_kind kind) {
    static const char *const names[] = {
        [YAML_NULL] = "nothing",    [YAML_BOOLEAN] = "true or false", [YAML_INTEGER] = "a whole number",
        [YAML_NUMBER] = "a number", [YAML_STRING] = "text",           [YAML_LIST] = "a list",
        [YAML_MAP] = "a map",
    };
    return names[kind];
}

static json_t *list_to_json(const struct yaml_node *node) {
    json_t *list = json_array();
    for (size_t i = 0; i < node->count; i++) json_array_append_new(list, yaml_to_json(&node->items[i]));
    return list;
}

static json_t *map_to_json(const struct yaml_node *node) {
    json_t *map = json_object();
    for (size_t i = 0; i < node->count; i++) json_put(map, node->entries[i].key, yaml_to_json(&node->entries[i].value));
    return map;
}

json_t *yaml_to_json(const struct yaml_node *node) {
    switch (node->kind) {
    case YAML_NULL: return json_null();
    case YAML_BOOLEAN: return json_boolean(node->boolean);
    case YAML_INTEGER: return json_integer(node->integer);
    case YAML_NUMBER: return isfinite(node->number) ? json_real(node->number) : json_text(node->text, node->text_len);
    case YAML_STRING: return json_text(node->text, node->text_len);
    case YAML_LIST: return list_to_json(node);
    case YAML_MAP: return map_to_json(node);
    }
    return json_null();
}
