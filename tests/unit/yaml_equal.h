#pragma once
/* Whether two trees of YAML are the same, with the same places. */

#include <string.h>

#include "course/yaml.h"

static inline bool nodes_equal(const struct yaml_node *a, const struct yaml_node *b);

static inline bool places_equal(struct yaml_position a, struct yaml_position b) {
    return a.line == b.line && a.column == b.column;
}

static inline bool scalars_equal(const struct yaml_node *a, const struct yaml_node *b) {
    if (a->text_len != b->text_len || memcmp(a->text, b->text, a->text_len)) return false;
    if (a->kind == YAML_BOOLEAN) return a->boolean == b->boolean;
    return a->kind != YAML_INTEGER || a->integer == b->integer;
}

static inline bool entries_equal(const struct yaml_entry *a, const struct yaml_entry *b) {
    return !strcmp(a->key, b->key) && places_equal(a->at, b->at) && nodes_equal(&a->value, &b->value);
}

static inline bool nodes_equal(const struct yaml_node *a, const struct yaml_node *b) {
    if (a->kind != b->kind || !places_equal(a->at, b->at)) return false;
    if (a->kind < YAML_LIST) return scalars_equal(a, b);
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->kind == YAML_LIST && !nodes_equal(&a->items[i], &b->items[i])) return false;
        if (a->kind == YAML_MAP && !entries_equal(&a->entries[i], &b->entries[i])) return false;
    }
    return true;
}
