#pragma once
/* What the files of the YAML reader share. Nobody else includes this. */

#include "base/arena.h"
#include "course/source.h"
#include "course/yaml.h"

enum { YAML_DEPTH_MOST = 64 };

/* Nodes and entries on the way to their list or map: pushed on a stack that all levels share, then moved to the arena. */
struct yaml_builder {
    struct arena *arena;
    array(struct yaml_node) nodes;
    array(struct yaml_entry) entries;
};
void yaml_builder_release(struct yaml_builder *builder);

/* Makes node the list of what was pushed beyond `from`, and takes that off the stack. */
void yaml_build_list(struct yaml_builder *builder, struct yaml_node *node, size_t from);
void yaml_build_map(struct yaml_builder *builder, struct yaml_node *node, size_t from);

/* The first entry, in the order written, whose key stands in the map already; NULL when there is none. */
const struct yaml_entry *yaml_find_duplicate(const struct yaml_node *map, const struct yaml_entry **earlier);

/* Leaves of several entries with one key the last. */
void yaml_keep_last(struct yaml_node *map);

/* Sets kind and value of a plain scalar from node->text by the core schema of YAML 1.2 (10.3.2): `yes`, `on` and dates are
 * text. An integer beyond 64 bits becomes a number. */
void yaml_resolve(struct yaml_node *node);

/* The same as Go's readers do it; v2 knows the words of YAML 1.1, such as `yes` and `on`. */
void yaml_resolve_go(struct yaml_node *node, bool v2);

/* A plain key as v2 has it in JSON: `on` is "true", 010 is "8". */
const char *yaml_go_key(struct arena *arena, const char *key);

/* Puts in the place of a map's merge keys what they merge. */
int yaml_merge(struct yaml_builder *builder, const struct source *source, struct yaml_node *map, bool v2,
               struct err *err);

/* What stands in a text, beyond printable ASCII and LF. */
enum yaml_bytes { YAML_HAS_BLANKS = 1 /* tabs, CR */, YAML_HAS_WIDE = 2, YAML_HAS_BREAKS = 4 /* NEL, LS, PS, BOM */ };

/* Refuses what is no UTF-8, or no character of YAML (1.2, 5.1). */
int yaml_check_bytes(const struct source *source, unsigned *bytes, struct err *err);

/* Sets err to the fault, shown in the source; returns -1. */
int yaml_fail(const struct source *source, struct err *err, struct yaml_position at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads the common part of YAML, block maps and lists of one-line scalars, an order of magnitude faster than libyaml, so that
 * a large course lists at once. Returns false for whatever is beyond that part or wrong: then libyaml decides, and words the
 * error. A tree that it does return is the one that libyaml gives; a test holds them equal. The text has been checked, and has
 * no YAML_HAS_BLANKS or YAML_HAS_BREAKS. */
bool yaml_read_plain(struct arena *arena, const char *text, size_t len, struct yaml_node *root);
