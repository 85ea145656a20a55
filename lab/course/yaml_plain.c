/*
 * The fast reader: one pass over the lines, no tokens, no copies but the strings. Every function returns false as soon
 * as something is not of the common part, which is never an error.
 *
 * The common part: block maps with keys of letters, digits, - and _; block lists; plain and quoted scalars, lists in
 * brackets and maps in braces that end on their line; block scalars without blank or deeper lines; comments.
 */

#include <ctype.h>

#include "course/yaml_inside.h"

enum { KEY_BYTES_MOST = 64, NO_INDENT = -1 };

struct plain {
    struct yaml_builder builder;
    const char *next, *end; /* the next line, the end of the text */
    const char *begin;      /* of the present line */
    const char *at;         /* the cursor in it; at first its first byte that is no blank */
    int line, indent;       /* from 1; columns before `at`, NO_INDENT at the end of the text */
    int wide;               /* bytes before the cursor that continue a character, and so count as no column */
    unsigned depth;
    bool marked; /* a document marker was met */
};

static void plain_release(struct plain *p) { yaml_builder_release(&p->builder); }

static const char *line_end(const char *at) { return strchr(at, '\n'); }

static int count_spaces(const char *at) { return (int)strspn(at, " "); }

/* Goes to the next line that holds more than blanks and a comment; a document marker is like the end of the text. */
static void next_line(struct plain *p) {
    p->wide = 0;
    while (p->next < p->end) {
        p->line++;
        p->begin = p->next;
        p->indent = count_spaces(p->begin);
        p->at = p->begin + p->indent;
        p->next = line_end(p->at) + 1;
        if (*p->at == '\n' || *p->at == '#') continue;
        if (p->indent || (strncmp(p->at, "---", 3) != 0 && strncmp(p->at, "...", 3) != 0)) return;
        p->marked = true;
        break;
    }
    p->begin = p->at = p->end;
    p->indent = NO_INDENT;
}

static struct yaml_position position(const struct plain *p, const char *at) {
    return (struct yaml_position){p->line, (int)(at - p->begin) + 1 - p->wide};
}

/* Whether nothing but a comment follows the cursor on its line; blanks are skipped. */
static bool at_line_end(struct plain *p) {
    const char *before = p->at;
    p->at += count_spaces(p->at);
    return *p->at == '\n' || (*p->at == '#' && p->at > before);
}

static bool at_entry(const struct plain *p) { return p->at[0] == '-' && (p->at[1] == ' ' || p->at[1] == '\n'); }

/* The ':' behind a key at the cursor, NULL when there is no key. */
static const char *key_end(const struct plain *p) {
    const char *c = p->at;
    if (!isalnum((unsigned char)*c) && *c != '_') return NULL;
    while (isalnum((unsigned char)*c) || *c == '_' || *c == '-') c++;
    bool is_key = *c == ':' && (c[1] == ' ' || c[1] == '\n') && c - p->at <= KEY_BYTES_MOST;
    return is_key ? c : NULL;
}

/* Fills node with the text up to `end`, and moves the cursor there. */
static void take_text(struct plain *p, struct yaml_node *node, const char *end) {
    node->text_len = (size_t)(end - p->at);
    node->text = arena_copy(p->builder.arena, p->at, node->text_len);
    for (p->at += ascii_prefix(p->at, node->text_len); p->at < end; p->at++)
        p->wide += ((unsigned char)*p->at & 0xc0) == 0x80;
}

static void take_plain(struct plain *p, struct yaml_node *node, const char *end) {
    while (end[-1] == ' ') end--;
    take_text(p, node, end);
    yaml_resolve(node);
}

static bool read_quoted(struct plain *p, struct yaml_node *node) {
    char quote = *p->at++;
    const char *end = p->at + strcspn(p->at, quote == '"' ? "\"\\\n" : "'\n");
    if (*end != quote || end[1] == '\'') return false;
    node->kind = YAML_STRING;
    take_text(p, node, end);
    p->at++;
    return true;
}

/* Where a comment begins in the rest of the line, else the line's end. */
static const char *comment_start(const struct plain *p, const char *end) {
    const char *hash = p->at;
    while ((hash = memchr(hash, '#', (size_t)(end - hash))) && hash[-1] != ' ') hash++;
    return hash ? hash : end;
}

static bool read_block_plain(struct plain *p, struct yaml_node *node) {
    if (at_entry(p) || strchr("?:,[]{}#&*!|>%@`", *p->at)) return false;
    const char *end = comment_start(p, p->next - 1), *colon = p->at;
    for (; (colon = memchr(colon, ':', (size_t)(end - colon))); colon++)
        if (colon[1] == ' ' || colon[1] == '\n') return false;
    take_plain(p, node, end);
    return true;
}

/* ---- [lists] and {maps} on one line ---- */

static bool read_flow(struct plain *p, struct yaml_node *node);

static bool read_flow_plain(struct plain *p, struct yaml_node *node) {
    const char *number = *p->at == '-' || *p->at == '+' ? p->at + 1 : p->at;
    if (!isalnum((unsigned char)*number) && !strchr("_./~", *number) && !((unsigned char)*number & 0x80)) return false;
    const char *end = p->at + strcspn(p->at, ",[]{}?:#\n");
    if (*end != ',' && *end != ']' && *end != '}') return false;
    take_plain(p, node, end);
    return true;
}

static bool read_flow_value(struct plain *p, struct yaml_node *node) {
    node->at = position(p, p->at);
    if (*p->at == '[' || *p->at == '{') return read_flow(p, node);
    return *p->at == '"' || *p->at == '\'' ? read_quoted(p, node) : read_flow_plain(p, node);
}

static bool read_flow_entry(struct plain *p) {
    struct yaml_entry entry = {.at = position(p, p->at)};
    const char *colon = key_end(p);
    if (!colon || colon[1] != ' ') return false;
    entry.key = arena_copy(p->builder.arena, p->at, (size_t)(colon - p->at));
    p->at = colon + 1 + count_spaces(colon + 1);
    if (!read_flow_value(p, &entry.value)) return false;
    *array_push(&p->builder.entries) = entry;
    return true;
}

static bool read_flow_item(struct plain *p) {
    struct yaml_node item = {0};
    if (!read_flow_value(p, &item)) return false;
    *array_push(&p->builder.nodes) = item;
    return true;
}

/* Reads items up to the closing bracket, which the cursor is moved behind. */
static bool read_flow_items(struct plain *p, bool (*read)(struct plain *), char close) {
    p->at += 1 + count_spaces(p->at + 1);
    if (*p->at == close) {
        p->at++;
        return true;
    }
    for (;;) {
        if (!read(p)) return false;
        p->at += count_spaces(p->at);
        char c = *p->at++;
        if (c == close) return true;
        if (c != ',') return false;
        p->at += count_spaces(p->at);
    }
}

static bool build_map(struct plain *p, struct yaml_node *node, size_t from) {
    const struct yaml_entry *earlier;
    yaml_build_map(&p->builder, node, from);
    return !yaml_find_duplicate(node, &earlier);
}

static bool read_flow(struct plain *p, struct yaml_node *node) {
    if (p->depth == YAML_DEPTH_MOST) return false;
    p->depth++;
    size_t nodes = p->builder.nodes.count, entries = p->builder.entries.count;
    bool is_list = *p->at == '[';
    if (!read_flow_items(p, is_list ? read_flow_item : read_flow_entry, is_list ? ']' : '}')) return false;
    p->depth--;
    if (!is_list) return build_map(p, node, entries);
    yaml_build_list(&p->builder, node, nodes);
    return true;
}

/* ---- block scalars ---- */

/* Appends the lines of a block scalar that is indented by `indent`; the cursor's line is the one before them. */
static bool append_block_lines(struct plain *p, struct str *text, int indent, bool folded) {
    bool blank = false;
    while (p->next < p->end) {
        int spaces = count_spaces(p->next);
        bool is_blank = p->next[spaces] == '\n';
        if (is_blank ? spaces > indent : spaces > indent && folded) return false;
        if (!is_blank && spaces < indent) break;
        if (!is_blank && blank) return false;
        const char *end = line_end(p->next);
        if (!is_blank) {
            if (text->len) str_append_char(text, folded ? ' ' : '\n');
            str_append_bytes(text, p->next + indent, (size_t)(end - p->next - indent));
        }
        blank |= is_blank;
        p->next = end + 1;
        p->line++;
    }
    return true;
}

static bool read_block_scalar(struct plain *p, struct yaml_node *node, int parent) {
    bool folded = *p->at++ == '>', strip = *p->at == '-';
    if (strip) p->at++;
    p->at += count_spaces(p->at);
    int indent = p->next < p->end ? count_spaces(p->next) : 0;
    if (*p->at != '\n' || indent <= parent || parent == NO_INDENT || p->next[indent] == '\n') return false;
    scoped(str) text = STR_INIT;
    if (!append_block_lines(p, &text, indent, folded)) return false;
    if (!strip) str_append_char(&text, '\n');
    node->kind = YAML_STRING;
    node->text_len = text.len;
    node->text = arena_copy(p->builder.arena, text.data, text.len);
    next_line(p);
    return p->indent <= parent;
}

/* ---- blocks ---- */

static bool read_block(struct plain *p, struct yaml_node *node, int parent);

/* A value that begins at the cursor, behind a key or a dash whose indentation is `parent`. */
static bool read_inline(struct plain *p, struct yaml_node *node, int parent) {
    node->at = position(p, p->at);
    bool read;
    if (*p->at == '|' || *p->at == '>') return read_block_scalar(p, node, parent);
    if (*p->at == '[' || *p->at == '{')
        read = read_flow(p, node);
    else if (*p->at == '"' || *p->at == '\'')
        read = read_quoted(p, node);
    else
        read = read_block_plain(p, node);
    if (!read || !at_line_end(p)) return false;
    next_line(p);
    return p->indent <= parent;
}

static void set_nothing(struct yaml_node *node, struct yaml_position at) {
    *node = (struct yaml_node){.kind = YAML_NULL, .at = at, .text = ""};
}

static bool read_list(struct plain *p, struct yaml_node *node, int indent);

/* What stands behind "key:", on the same line or below. */
static bool read_entry_value(struct plain *p, struct yaml_node *node, int indent) {
    struct yaml_position behind = position(p, p->at);
    if (!at_line_end(p)) return read_inline(p, node, indent);
    next_line(p);
    if (p->indent > indent) return read_block(p, node, indent);
    if (p->indent == indent && at_entry(p)) return read_list(p, node, indent);
    set_nothing(node, behind);
    return true;
}

static bool read_map(struct plain *p, struct yaml_node *node, int indent) {
    size_t from = p->builder.entries.count;
    while (p->indent == indent && !at_entry(p)) {
        struct yaml_entry entry = {.at = position(p, p->at)};
        const char *colon = key_end(p);
        if (!colon) return false;
        entry.key = arena_copy(p->builder.arena, p->at, (size_t)(colon - p->at));
        p->at = colon + 1;
        if (!read_entry_value(p, &entry.value, indent)) return false;
        *array_push(&p->builder.entries) = entry;
    }
    return p->indent <= indent && build_map(p, node, from);
}

/* What stands behind "-", on the same line or below. */
static bool read_item(struct plain *p, struct yaml_node *node, int indent) {
    p->at++;
    struct yaml_position behind = position(p, p->at);
    if (at_line_end(p)) {
        next_line(p);
        if (p->indent > indent) return read_block(p, node, indent);
        set_nothing(node, behind);
        return true;
    }
    if (!at_entry(p) && !key_end(p)) return read_inline(p, node, indent);
    p->indent = (int)(p->at - p->begin);
    return read_block(p, node, indent);
}

static bool read_list(struct plain *p, struct yaml_node *node, int indent) {
    if (p->depth == YAML_DEPTH_MOST) return false;
    p->depth++;
    size_t from = p->builder.nodes.count;
    node->at = position(p, p->at);
    while (p->indent == indent && at_entry(p)) {
        struct yaml_node item = {0};
        if (!read_item(p, &item, indent)) return false;
        *array_push(&p->builder.nodes) = item;
    }
    p->depth--;
    yaml_build_list(&p->builder, node, from);
    return p->indent <= indent;
}

/* A list, map or scalar that begins at the cursor and is indented by more than `parent`. */
static bool read_block(struct plain *p, struct yaml_node *node, int parent) {
    node->at = position(p, p->at);
    if (at_entry(p)) return read_list(p, node, p->indent) && p->indent <= parent;
    if (!key_end(p)) return read_inline(p, node, parent);
    if (p->depth == YAML_DEPTH_MOST) return false;
    p->depth++;
    if (!read_map(p, node, p->indent)) return false;
    p->depth--;
    return p->indent <= parent;
}

/* ---- the text ---- */

bool yaml_read_plain(struct arena *arena, const char *text, size_t len, struct yaml_node *root) {
    if (!len || text[len - 1] != '\n') return false;
    scoped(plain) p = {.builder.arena = arena, .next = text, .end = text + len};
    next_line(&p);
    if (p.indent == NO_INDENT) return false;
    return read_block(&p, root, NO_INDENT) && p.indent == NO_INDENT && !p.marked;
}
