/* Checks the bytes, lets the fast reader try, and else composes libyaml's events into a tree. */

#include "course/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "course/yaml_inside.h"
#include "course/yaml_wording.h"

enum {
    BYTES_MOST = 1024 * 1024,
    ANCHORS_MOST = 256,
    EXPANDED_MOST = 100 * 1000, /* nodes that aliases stand for */
    EXPANDED_MIB_MOST = 16,     /* of text in them */
    DIRECTIVES_MOST = 64        /* lines that begin with %; libyaml compares each with each */
};

/* A subtree's size, aliases expanded, which an alias to it repeats. */
struct extent {
    size_t nodes, bytes; /* of texts and keys */
    unsigned height;     /* levels */
};

struct anchor {
    const char *name;
    struct yaml_node node;
    struct extent extent;
};

struct composer {
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at; empty when there is none */
    struct yaml_builder builder;
    struct source source;
    unsigned flags, depth;
    size_t expanded, expanded_bytes;
    array(struct anchor) anchors;
    struct err *err;
};

static void composer_release(struct composer *composer) {
    yaml_event_delete(&composer->event);
    yaml_parser_delete(&composer->parser);
    yaml_builder_release(&composer->builder);
    array_free(&composer->anchors);
}

#define FAIL(composer, at, ...) yaml_fail(&(composer)->source, (composer)->err, at, __VA_ARGS__)

static struct yaml_position position_of(yaml_mark_t mark) {
    return (struct yaml_position){(int)mark.line + 1, (int)mark.column + 1};
}

/* ---- composing ---- */

static int next_event(struct composer *composer) {
    yaml_event_delete(&composer->event);
    memset(&composer->event, 0, sizeof composer->event);
    return yaml_parser_parse(&composer->parser, &composer->event)
               ? 0
               : yaml_fail_as_parser(&composer->parser, &composer->source, composer->err);
}

static struct yaml_position event_position(const struct composer *composer) {
    return position_of(composer->event.start_mark);
}

static int compose(struct composer *composer, struct yaml_node *node, struct extent *extent);

#define CORE_TAG "tag:yaml.org,2002:"

static void resolve(const struct composer *composer, struct yaml_node *node) {
    if (composer->flags & (YAML_GO_V2 | YAML_GO_V3))
        yaml_resolve_go(node, composer->flags & YAML_GO_V2);
    else
        yaml_resolve(node);
}

/* Gives a scalar with a tag the kind that the tag names. */
static int apply_scalar_tag(struct composer *composer, struct yaml_node *node, const char *tag) {
    static const struct {
        const char *tag;
        enum yaml_kind kind;
    } tags[] = {{CORE_TAG "null", YAML_NULL},
                {CORE_TAG "bool", YAML_BOOLEAN},
                {CORE_TAG "int", YAML_INTEGER},
                {CORE_TAG "float", YAML_NUMBER}};
    node->kind = YAML_STRING;
    if (!strcmp(tag, "!") || !strcmp(tag, CORE_TAG "str")) return 0;
    for (size_t i = 0; i < LENGTH(tags); i++) {
        if (strcmp(tag, tags[i].tag) != 0) continue;
        resolve(composer, node);
        if (node->kind == YAML_INTEGER && tags[i].kind == YAML_NUMBER) node->kind = YAML_NUMBER;
        if (node->kind == tags[i].kind) return 0;
        return FAIL(composer, node->at, "this is tagged as %s, but is %s", yaml_kind_name(tags[i].kind),
                    yaml_kind_name(node->kind));
    }
    return FAIL(composer, node->at, "the tag '%s' is not known; remove it", tag);
}

static int compose_scalar(struct composer *composer, struct yaml_node *node) {
    yaml_event_t *event = &composer->event;
    const char *value = (const char *)event->data.scalar.value;
    const char *tag = (const char *)event->data.scalar.tag;
    node->text_len = event->data.scalar.length;
    node->text = arena_copy(composer->builder.arena, value, node->text_len);
    if (tag) return apply_scalar_tag(composer, node, tag);
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        resolve(composer, node);
    else
        node->kind = YAML_STRING;
    return 0;
}

static int check_collection_tag(struct composer *composer, const yaml_char_t *tag, const char *expected) {
    const char *text = (const char *)tag;
    if (!text || !strcmp(text, "!") || !strcmp(text, expected)) return 0;
    return FAIL(composer, event_position(composer), "the tag '%s' is not known; remove it", text);
}

static void grow(struct extent *extent, const struct extent *child) {
    extent->nodes += child->nodes;
    extent->bytes += child->bytes;
    if (child->height + 1 > extent->height) extent->height = child->height + 1;
}

static int compose_list(struct composer *composer, struct yaml_node *node, struct extent *extent) {
    if (check_collection_tag(composer, composer->event.data.sequence_start.tag, CORE_TAG "seq")) return -1;
    size_t from = composer->builder.nodes.count;
    for (;;) {
        if (next_event(composer)) return -1;
        if (composer->event.type == YAML_SEQUENCE_END_EVENT) break;
        struct yaml_node item = {0};
        struct extent size = {0};
        if (compose(composer, &item, &size)) return -1;
        *array_push(&composer->builder.nodes) = item;
        grow(extent, &size);
    }
    yaml_build_list(&composer->builder, node, from);
    return 0;
}

static int compose_key(struct composer *composer, struct yaml_entry *entry) {
    const yaml_event_t *event = &composer->event;
    entry->at = event_position(composer);
    if (event->type != YAML_SCALAR_EVENT || event->data.scalar.anchor || event->data.scalar.tag)
        return FAIL(composer, entry->at, "a key must be plain text");
    const char *key = (const char *)event->data.scalar.value;
    if (memchr(key, '\0', event->data.scalar.length)) return FAIL(composer, entry->at, "a key cannot hold a NUL");
    entry->key = arena_copy(composer->builder.arena, key, event->data.scalar.length);
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return 0;
    if (composer->flags & YAML_GO_V2) entry->key = yaml_go_key(composer->builder.arena, entry->key);
    entry->merges = composer->flags & (YAML_GO_V2 | YAML_GO_V3) && !strcmp(key, "<<");
    return 0;
}

static int refuse_duplicates(struct composer *composer, const struct yaml_node *map) {
    const struct yaml_entry *earlier, *again = yaml_find_duplicate(map, &earlier);
    if (!again) return 0;
    return FAIL(composer, again->at, "duplicate key '%s'; it is set in line %d already", again->key, earlier->at.line);
}

static int compose_map(struct composer *composer, struct yaml_node *node, struct extent *extent) {
    if (check_collection_tag(composer, composer->event.data.mapping_start.tag, CORE_TAG "map")) return -1;
    size_t from = composer->builder.entries.count;
    bool merges = false;
    for (;;) {
        if (next_event(composer)) return -1;
        if (composer->event.type == YAML_MAPPING_END_EVENT) break;
        struct yaml_entry entry = {0};
        struct extent size = {0};
        if (compose_key(composer, &entry) || next_event(composer) || compose(composer, &entry.value, &size)) return -1;
        *array_push(&composer->builder.entries) = entry;
        merges |= entry.merges;
        grow(extent, &size);
        extent->bytes += strlen(entry.key);
    }
    yaml_build_map(&composer->builder, node, from);
    if (refuse_duplicates(composer, node)) return -1;
    return merges ? yaml_merge(&composer->builder, &composer->source, node, composer->flags & YAML_GO_V2, composer->err)
                  : 0;
}

/* ---- anchors and aliases ---- */

static const char *event_anchor(const yaml_event_t *event) {
    const yaml_char_t *anchor = event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
                                : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
                                                                           : event->data.mapping_start.anchor;
    return (const char *)anchor;
}

static int begin_anchor(struct composer *composer, const char **name) {
    const char *anchor = event_anchor(&composer->event);
    *name = arena_string(composer->builder.arena, anchor);
    if (!anchor) return 0;
    if (!(composer->flags & YAML_ALIASES))
        return FAIL(composer, event_position(composer), "anchors and aliases are not read here; write the value out");
    if (composer->anchors.count == ANCHORS_MOST)
        return FAIL(composer, event_position(composer), "more than %d anchors", ANCHORS_MOST);
    return 0;
}

static const struct anchor *find_anchor(const struct composer *composer, const char *name) {
    for (size_t i = composer->anchors.count; i-- > 0;)
        if (!strcmp(composer->anchors.items[i].name, name)) return &composer->anchors.items[i];
    return NULL;
}

/* An alias shares the nodes of its anchor, so it costs no memory here; whoever walks the tree meets them again, and may
 * copy them, hence the limits on count, text and depth. */
static int compose_alias(struct composer *composer, struct yaml_node *node, struct extent *extent) {
    const char *name = (const char *)composer->event.data.alias.anchor;
    struct yaml_position at = event_position(composer);
    if (!(composer->flags & YAML_ALIASES))
        return FAIL(composer, at, "anchors and aliases are not read here; write the value out");
    const struct anchor *anchor = find_anchor(composer, name);
    if (!anchor) return FAIL(composer, at, "the alias '*%s' has no anchor before it", name);
    composer->expanded += anchor->extent.nodes;
    composer->expanded_bytes += anchor->extent.bytes;
    if (composer->expanded > EXPANDED_MOST)
        return FAIL(composer, at, "aliases stand for more than %d values", EXPANDED_MOST);
    if (composer->expanded_bytes > (size_t)EXPANDED_MIB_MOST << 20)
        return FAIL(composer, at, "aliases stand for more than %d MiB of text", EXPANDED_MIB_MOST);
    if (composer->depth + anchor->extent.height > YAML_DEPTH_MOST)
        return FAIL(composer, at, "nested deeper than %d levels", YAML_DEPTH_MOST);
    *node = anchor->node;
    node->at = at;
    *extent = anchor->extent;
    return 0;
}

static int compose_value(struct composer *composer, struct yaml_node *node, struct extent *extent) {
    *extent = (struct extent){.nodes = 1};
    if (composer->event.type == YAML_SCALAR_EVENT) {
        extent->bytes = composer->event.data.scalar.length;
        return compose_scalar(composer, node);
    }
    if (composer->depth == YAML_DEPTH_MOST)
        return FAIL(composer, node->at, "nested deeper than %d levels", YAML_DEPTH_MOST);
    composer->depth++;
    int result = composer->event.type == YAML_SEQUENCE_START_EVENT ? compose_list(composer, node, extent)
                                                                   : compose_map(composer, node, extent);
    composer->depth--;
    return result;
}

/* The node that begins with the present event; extent is that of its tree. */
static int compose(struct composer *composer, struct yaml_node *node, struct extent *extent) {
    node->at = event_position(composer);
    if (composer->event.type == YAML_ALIAS_EVENT) return compose_alias(composer, node, extent);
    const char *anchor;
    if (begin_anchor(composer, &anchor) || compose_value(composer, node, extent)) return -1;
    if (anchor) *array_push(&composer->anchors) = (struct anchor){anchor, *node, *extent};
    return 0;
}

/* ---- documents ---- */

/* Composes the next document; false in *found at the end of the stream. */
static int compose_document(struct composer *composer, struct yaml_node *node, bool *found) {
    if (next_event(composer)) return -1;
    *found = composer->event.type != YAML_STREAM_END_EVENT;
    if (!*found) return 0;
    composer->anchors.count = 0;
    struct extent extent;
    if (next_event(composer) || compose(composer, node, &extent)) return -1;
    return next_event(composer); /* the document's end */
}

static int compose_documents(struct composer *composer, struct yaml_node *root) {
    for (;;) {
        struct yaml_node document = {0};
        bool found;
        if (compose_document(composer, &document, &found)) return -1;
        if (!found) break;
        *array_push(&composer->builder.nodes) = document;
    }
    yaml_build_list(&composer->builder, root, 0);
    return 0;
}

static int compose_only_document(struct composer *composer, struct yaml_node *root) {
    bool found;
    if (compose_document(composer, root, &found)) return -1;
    if (!found) return 0;
    if (next_event(composer)) return -1;
    if (composer->event.type == YAML_STREAM_END_EVENT) return 0;
    return FAIL(composer, event_position(composer), "a second document begins here; only one is read");
}

static int compose_stream(struct composer *composer, struct yaml_node *root) {
    if (!yaml_parser_initialize(&composer->parser)) abort();
    yaml_parser_set_encoding(&composer->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&composer->parser, (const unsigned char *)composer->source.text, composer->source.len);
    root->at = (struct yaml_position){1, 1};
    root->text = "";
    if (next_event(composer)) return -1; /* the stream's start */
    return composer->flags & YAML_DOCUMENTS ? compose_documents(composer, root) : compose_only_document(composer, root);
}

/* ---- the whole ---- */

static int check_directives(const struct source *source, struct err *err) {
    struct sv rest = {source->text, source->len}, line;
    size_t count = 0;
    while (sv_next_line(&rest, &line))
        if (line.len && line.data[0] == '%' && ++count > DIRECTIVES_MOST)
            return yaml_fail(source, err, source_position(source, (size_t)(line.data - source->text)),
                             "more than %d directives", DIRECTIVES_MOST);
    return 0;
}

static int check_size(const struct source *source, struct err *err) {
    if (source->len <= BYTES_MOST) return 0;
    return err_set(err, ERR_COURSE, "%s:1:1: %zu bytes are too much for a YAML file; at most %d are read", source->file,
                   source->len, BYTES_MOST);
}

static int parse(struct arena *arena, const struct source *source, unsigned flags, struct yaml_node *root,
                 struct err *err) {
    unsigned bytes = 0;
    if (check_size(source, err) || yaml_check_bytes(source, &bytes, err)) return -1;
    bool may_be_plain =
        !(bytes & (YAML_HAS_BLANKS | YAML_HAS_BREAKS)) && !(flags & (YAML_DOCUMENTS | YAML_GO_V2 | YAML_GO_V3));
    if (may_be_plain && yaml_read_plain(arena, source->text, source->len, root)) return 0;
    if (check_directives(source, err)) return -1;
    memset(root, 0, sizeof *root);
    scoped(composer) composer = {.builder.arena = arena, .source = *source, .flags = flags, .err = err};
    return compose_stream(&composer, root);
}

struct yaml_node *yaml_parse(struct arena *arena, const char *file, const char *text, size_t len, unsigned flags,
                             struct err *err) {
    struct source source = source_of(file, text, len);
    struct yaml_node *root = arena_alloc(arena, sizeof *root);
    return parse(arena, &source, flags, root, err) ? NULL : root;
}
