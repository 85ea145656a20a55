#include "checker/toml.h"

#include <ctype.h>

#include "base/json.h"

/* How a container came about decides who may still add to it. Positive numbers: a table made by dotted keys in the
 * section of that number, open only there. */
enum { STATE_IMPLICIT = 0, STATE_HEADER = -1, STATE_CLOSED = -2, STATE_TABLES = -3 };

enum { KEY_PARTS_MOST = 32 };

char toml_peek(const struct toml *t, size_t ahead) {
    return t->at + ahead < t->text.len ? t->text.data[t->at + ahead] : '\0';
}

int toml_fail(struct toml *t, size_t at, const char *what) {
    return format_error(t->err, t->options, t->text, at, "%s", what);
}

static int state_of(const struct toml *t, const json_t *container) {
    char address[24];
    snprintf(address, sizeof address, "%p", (const void *)container);
    return (int)json_get_integer(t->states, address, STATE_IMPLICIT);
}

static void set_state(struct toml *t, const json_t *container, int state) {
    char address[24];
    snprintf(address, sizeof address, "%p", (const void *)container);
    json_put(t->states, address, json_integer(state));
}

static int spend(struct toml *t, size_t cost) {
    return format_spend(&t->spent, cost) ? 0 : toml_fail(t, t->at, FORMAT_TOO_MUCH);
}

/* A container is paid for by the next statement or value. */
static json_t *new_container(struct toml *t, bool list) {
    t->spent += FORMAT_COST_TABLE;
    return list ? json_array() : json_object();
}

/* ---- space ---- */

static void skip_blanks(struct toml *t) {
    while (toml_peek(t, 0) == ' ' || toml_peek(t, 0) == '\t') t->at++;
}

static bool at_newline(const struct toml *t) {
    return toml_peek(t, 0) == '\n' || (toml_peek(t, 0) == '\r' && toml_peek(t, 1) == '\n');
}

static void skip_newline(struct toml *t) { t->at += toml_peek(t, 0) == '\r' ? 2 : 1; }

static int skip_comment(struct toml *t) {
    if (toml_peek(t, 0) != '#') return 0;
    for (; t->at < t->text.len && !at_newline(t); t->at++)
        if (toml_is_control(t->text.data[t->at])) return toml_fail(t, t->at, "a control character in a comment");
    return 0;
}

/* Blanks, comments and newlines, as they may stand within an array and between statements. */
static int skip_space(struct toml *t) {
    for (;;) {
        skip_blanks(t);
        if (skip_comment(t)) return -1;
        if (!at_newline(t)) return 0;
        skip_newline(t);
    }
}

static int expect_line_end(struct toml *t) {
    skip_blanks(t);
    if (skip_comment(t)) return -1;
    if (t->at >= t->text.len) return 0;
    if (!at_newline(t)) return toml_fail(t, t->at, "more text where the line should end");
    skip_newline(t);
    return 0;
}

/* ---- keys ---- */

static json_t *read_bare_key(struct toml *t) {
    size_t start = t->at;
    while (isalnum((unsigned char)toml_peek(t, 0)) || toml_peek(t, 0) == '_' || toml_peek(t, 0) == '-') t->at++;
    if (t->at == start) return toml_fail(t, t->at, "a key is missing, or needs quotes"), NULL;
    return json_stringn(t->text.data + start, t->at - start);
}

/* A dotted key as a list of its parts. */
static json_t *read_key(struct toml *t) {
    autojson json_t *parts = json_array();
    size_t start = t->at;
    for (;; t->at++) {
        skip_blanks(t);
        bool quoted = toml_peek(t, 0) == '"' || toml_peek(t, 0) == '\'';
        json_t *part = quoted ? toml_read_string(t, false) : read_bare_key(t);
        if (!part) return NULL;
        json_array_append_new(parts, part);
        if (json_array_size(parts) > KEY_PARTS_MOST) return toml_fail(t, start, "a key of more than 32 parts"), NULL;
        skip_blanks(t);
        if (toml_peek(t, 0) != '.') return json_incref(parts);
    }
}

static json_t *get_part(const json_t *table, const json_t *part) {
    return json_object_getn(table, json_string_value(part), json_string_length(part));
}

static void put_part(json_t *table, const json_t *part, json_t *value) {
    json_object_setn_new(table, json_string_value(part), json_string_length(part), value);
}

static int fail_at_key(struct toml *t, size_t at, const json_t *part, const char *what) {
    return format_error(t->err, t->options, t->text, at, "'%s' %s", json_string_value(part), what);
}

/* ---- values ---- */

static json_t *read_value(struct toml *t);

/* The table that one part of a dotted key leads to, made when missing. */
static json_t *enter_dotted(struct toml *t, json_t *table, const json_t *part, size_t at) {
    json_t *next = get_part(table, part);
    if (!next)
        put_part(table, part, next = new_container(t, false));
    else {
        int state = state_of(t, next);
        bool open = json_is_object(next) && (state == STATE_IMPLICIT || state == t->section);
        if (!open) return fail_at_key(t, at, part, "is defined already, and dotted keys cannot add to it"), NULL;
    }
    set_state(t, next, t->section);
    return next;
}

/* Reads `key = value` into the table. */
static int read_pair(struct toml *t, json_t *table) {
    skip_blanks(t);
    size_t start = t->at;
    autojson json_t *key = read_key(t);
    if (!key) return -1;
    size_t last = json_array_size(key) - 1;
    for (size_t i = 0; i < last; i++) {
        table = enter_dotted(t, table, json_array_get(key, i), start);
        if (!table) return -1;
    }
    const json_t *name = json_array_get(key, last);
    if (get_part(table, name)) return fail_at_key(t, start, name, "is defined already");
    if (toml_peek(t, 0) != '=') return toml_fail(t, t->at, "a '=' is missing after the key");
    t->at++;
    skip_blanks(t);
    json_t *value = read_value(t);
    if (!value) return -1;
    put_part(table, name, value);
    return 0;
}

static int read_items(struct toml *t, json_t *list) {
    size_t start = t->at++;
    for (;;) {
        if (skip_space(t)) return -1;
        if (toml_peek(t, 0) == ']') break;
        if (t->at >= t->text.len) return toml_fail(t, start, "a list that is never closed");
        json_t *item = read_value(t);
        if (!item) return -1;
        json_array_append_new(list, item);
        if (skip_space(t)) return -1;
        if (toml_peek(t, 0) == ',')
            t->at++;
        else if (toml_peek(t, 0) != ']')
            return toml_fail(t, t->at, "a ',' or ']' is missing");
    }
    t->at++;
    return 0;
}

static int read_inline_pairs(struct toml *t, json_t *table) {
    t->at++;
    skip_blanks(t);
    if (toml_peek(t, 0) == '}') return t->at++, 0;
    for (;; t->at++) {
        if (read_pair(t, table)) return -1;
        skip_blanks(t);
        if (toml_peek(t, 0) == '}') return t->at++, 0;
        if (toml_peek(t, 0) != ',') return toml_fail(t, t->at, "a ',' or '}' is missing");
    }
}

/* The pairs of an inline table are a section of their own: its dotted keys are open only within it. */
static int read_inline_table(struct toml *t, json_t *table) {
    int outer = t->section;
    t->section = ++t->sections;
    int result = read_inline_pairs(t, table);
    t->section = outer;
    return result;
}

static json_t *read_container(struct toml *t, bool list) {
    if (t->depth == FORMAT_DEPTH_MOST) return toml_fail(t, t->at, "nested deeper than 64 levels"), NULL;
    autojson json_t *value = new_container(t, list);
    t->depth++;
    if (list ? read_items(t, value) : read_inline_table(t, value)) return NULL;
    t->depth--;
    set_state(t, value, STATE_CLOSED);
    return json_incref(value);
}

static json_t *read_value(struct toml *t) {
    if (spend(t, FORMAT_COST_VALUE)) return NULL;
    switch (toml_peek(t, 0)) {
    case '"':
    case '\'': return toml_read_string(t, true);
    case '[': return read_container(t, true);
    case '{': return read_container(t, false);
    default: return toml_read_plain(t);
    }
}

/* ---- headers ---- */

/* The table that a part of a header, not its last, leads to: the newest of a list of tables. */
static json_t *enter_header(struct toml *t, json_t *table, const json_t *part, size_t at) {
    json_t *next = get_part(table, part);
    if (!next) put_part(table, part, next = new_container(t, false));
    int state = state_of(t, next);
    if (state == STATE_TABLES)
        next = json_array_get(next, json_array_size(next) - 1);
    else if (!json_is_object(next) || state == STATE_CLOSED)
        return fail_at_key(t, at, part, "is defined already as a value"), NULL;
    return next;
}

static json_t *open_table(struct toml *t, json_t *parent, const json_t *name, size_t at) {
    json_t *table = get_part(parent, name);
    if (!table)
        put_part(parent, name, table = new_container(t, false));
    else if (!json_is_object(table) || state_of(t, table) != STATE_IMPLICIT)
        return fail_at_key(t, at, name, "is defined already"), NULL;
    set_state(t, table, STATE_HEADER);
    return table;
}

static json_t *append_table(struct toml *t, json_t *parent, const json_t *name, size_t at) {
    json_t *list = get_part(parent, name), *table = new_container(t, false);
    if (!list) {
        put_part(parent, name, list = new_container(t, true));
        set_state(t, list, STATE_TABLES);
    }
    if (state_of(t, list) != STATE_TABLES) {
        json_decref(table);
        return fail_at_key(t, at, name, "is defined already, and is no list of tables"), NULL;
    }
    json_array_append_new(list, table);
    set_state(t, table, STATE_HEADER);
    return table;
}

/* A line `[key]` or `[[key]]`: the table that the following pairs belong to. */
static json_t *read_header(struct toml *t, json_t *root) {
    size_t start = t->at;
    bool list = toml_peek(t, 1) == '[';
    t->at += list ? 2 : 1;
    autojson json_t *key = read_key(t);
    if (!key) return NULL;
    if (toml_peek(t, 0) != ']' || (list && toml_peek(t, 1) != ']'))
        return toml_fail(t, t->at, "a ']' is missing"), NULL;
    t->at += list ? 2 : 1;
    json_t *table = root;
    size_t last = json_array_size(key) - 1;
    for (size_t i = 0; table && i < last; i++) table = enter_header(t, table, json_array_get(key, i), start);
    if (!table) return NULL;
    const json_t *name = json_array_get(key, last);
    return list ? append_table(t, table, name, start) : open_table(t, table, name, start);
}

static int read_document(struct toml *t, json_t *root) {
    json_t *table = root;
    for (;;) {
        if (skip_space(t)) return -1;
        if (t->at >= t->text.len) return 0;
        if (spend(t, FORMAT_COST_FIELD)) return -1;
        if (toml_peek(t, 0) == '[') {
            table = read_header(t, root);
            t->section = ++t->sections;
            if (!table) return -1;
        } else if (read_pair(t, table))
            return -1;
        if (expect_line_end(t)) return -1;
    }
}

json_t *toml_decode(struct sv text, const struct format_options *options, struct err *err) {
    autojson json_t *states = json_object();
    autojson json_t *root = json_object();
    struct toml t = {.text = text, .options = options, .err = err, .states = states, .section = 1, .sections = 1};
    return read_document(&t, root) ? NULL : json_incref(root);
}
