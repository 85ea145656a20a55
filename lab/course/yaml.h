#pragma once
/*
 * Located YAML: libyaml's events made into a small tree in which every key and value knows its line and column.
 * What libyaml leaves open is settled here: no duplicate keys, YAML 1.2 core scalars only, at most 1 MiB, 64 levels
 * deep, one document and no aliases, unless the caller asks for more. The only place that includes yaml.h.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum yaml_kind { YAML_NULL, YAML_BOOLEAN, YAML_INTEGER, YAML_NUMBER, YAML_STRING, YAML_LIST, YAML_MAP };

struct yaml_position {
    int line, column;
}; /* both from 1; columns count characters */

struct yaml_entry;

struct yaml_node {
    enum yaml_kind kind;
    struct yaml_position at;
    const char *text; /* a scalar as written, NUL-terminated; its length may exceed strlen */
    size_t text_len;
    union {
        bool boolean;
        int64_t integer;
    };
    double number;              /* also set for YAML_INTEGER */
    struct yaml_node *items;    /* of a list */
    struct yaml_entry *entries; /* of a map, in the order written */
    size_t count;               /* of items or entries */
};

struct yaml_entry {
    const char *key;
    struct yaml_position at; /* of the key */
    struct yaml_node value;
    bool merges; /* a merge key; of maps that are being read only */
};

enum yaml_flags {
    YAML_STRICT = 0,
    YAML_ALIASES = 1,   /* anchors and aliases, expanded to at most 100 000 nodes */
    YAML_DOCUMENTS = 2, /* a stream of documents: the root is a list of them */
    YAML_GO_V2 = 4,     /* scalars, keys and merge keys as go-yaml v2 has them (yaml_go.c), and with it kubectl */
    YAML_GO_V3 = 8,     /* the same of v3, and with it kustomize */
};

/* Parses text; nodes and strings live in arena. `file` names the source in errors: "file:line:col: what", then the
 * source line and a caret below it (ERR_COURSE). NULL on error. */
struct yaml_node *yaml_parse(struct arena *arena, const char *file, const char *text, size_t len, unsigned flags,
                             struct err *err);

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL when absent or no map */
struct yaml_position yaml_place(const struct yaml_node *map, const char *key);  /* of map[key], else of the map */
bool yaml_is_of_go(const struct yaml_node *node); /* a scalar that is another value, or text, in YAML 1.2 */
const char *yaml_kind_name(enum yaml_kind kind);  /* "a list", "text" … */

/* The same value for jansson; strings that are not UTF-8 cannot occur. .inf and .nan, which JSON lacks, become strings. */
json_t *yaml_to_json(const struct yaml_node *node);
