/*
 * ini: the dialect of Python's configparser. `[section]`, `key = value` or `key: value`, comments that begin a line with `#` or `;`, values
 * that go on in deeper indented lines. A line that begins with `[` is never a pair. Values are text, keys keep their case, nothing is
 * filled in, nothing may come twice. Keys before the first section stand at the top, beside the sections.
 */
#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "checker/value.h"

struct reader {
    const struct format_options *options;
    struct err *err;
    size_t line, spent;
    json_t *root, *section;
    struct str key, value; /* the pair being read; none while the key is empty */
    size_t key_indent;
};

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct sv trim(struct sv text) {
    while (text.len && is_blank(text.data[0])) text.data++, text.len--;
    while (text.len && is_blank(text.data[text.len - 1])) text.len--;
    return text;
}

static size_t indent_of(struct sv line) {
    size_t indent = 0;
    while (indent < line.len && is_blank(line.data[indent])) indent++;
    return indent;
}

/* Stores the pair read so far; the empty lines at its end are not part of it. */
static void finish_pair(struct reader *r) {
    if (!r->key.len) return;
    while (r->value.len && r->value.data[r->value.len - 1] == '\n') r->value.len--;
    json_object_setn_new(r->section, r->key.data, r->key.len, json_stringn(r->value.data, r->value.len));
    str_clear(&r->key);
    str_clear(&r->value);
}

/* Up to the last ']' of the line, blanks included, as configparser's SECTCRE has it; what follows is left out. */
static int begin_section(struct reader *r, struct sv line) {
    const char *end = memrchr(line.data, ']', line.len);
    if (!end) return format_error_line(r->err, r->options, r->line, "a ']' is missing");
    struct sv name = {line.data + 1, (size_t)(end - line.data) - 1};
    if (!name.len) return format_error_line(r->err, r->options, r->line, "a section's name is missing");
    if (json_object_getn(r->root, name.data, name.len))
        return format_error_line(r->err, r->options, r->line, "'%.*s' is there already", (int)name.len, name.data);
    json_object_setn_new(r->root, name.data, name.len, r->section = json_object());
    return 0;
}

static int begin_pair(struct reader *r, struct sv line, size_t indent) {
    size_t cut = 0;
    while (cut < line.len && line.data[cut] != '=' && line.data[cut] != ':') cut++;
    struct sv key = trim((struct sv){line.data, cut});
    if (cut == line.len) return format_error_line(r->err, r->options, r->line, "neither a section nor 'key = value'");
    if (!key.len) return format_error_line(r->err, r->options, r->line, "a key is missing");
    if (json_object_getn(r->section, key.data, key.len))
        return format_error_line(r->err, r->options, r->line, "'%.*s' is there already", (int)key.len, key.data);
    struct sv value = trim((struct sv){line.data + cut + 1, line.len - cut - 1});
    str_append_bytes(&r->key, key.data, key.len);
    str_append_bytes(&r->value, value.data, value.len);
    r->key_indent = indent;
    return 0;
}

static int read_line(struct reader *r, struct sv whole) {
    struct sv line = trim(whole);
    size_t indent = indent_of(whole);
    bool goes_on = r->key.len && indent > r->key_indent;
    if (line.len && strchr("#;", line.data[0]) && line.data[0]) return 0;
    if (!line.len || goes_on) {
        if (r->key.len) str_append_char(&r->value, '\n');
        str_append_bytes(&r->value, line.data, line.len);
        return 0;
    }
    finish_pair(r);
    if (!format_spend(&r->spent, line.data[0] == '[' ? FORMAT_COST_TABLE : FORMAT_COST_FIELD))
        return format_error_line(r->err, r->options, r->line, FORMAT_TOO_MUCH);
    return line.data[0] == '[' ? begin_section(r, line) : begin_pair(r, line, indent);
}

static json_t *decode_ini(struct sv text, const struct format_options *options, struct err *err) {
    json_t *root = json_object();
    struct reader r = {
        .options = options, .err = err, .root = root, .section = root, .key = STR_INIT, .value = STR_INIT};
    struct sv rest = text, line;
    int result = 0;
    while (!result && sv_next_line(&rest, &line)) {
        r.line++;
        result = read_line(&r, line);
    }
    finish_pair(&r);
    str_release(&r.key);
    str_release(&r.value);
    if (!result) return root;
    json_decref(root);
    return NULL;
}

/* ---- encoding ---- */

static bool is_key(const char *key, size_t len) {
    struct sv trimmed = trim((struct sv){key, len});
    return len && trimmed.len == len && strlen(key) == len && !strpbrk(key, "=:\n") && !strchr("#;[", key[0]);
}

static bool is_section(const char *name, size_t len) { return len && strlen(name) == len && !strpbrk(name, "\r\n"); }

/* Lines after the first are indented; an empty line within a value would be lost, so it is refused. */
static int write_value(struct str *out, const json_t *value, const char *key, struct err *err) {
    struct str text = STR_INIT;
    int result = format_scalar(&text, value);
    struct sv whole = trim(sv_str(&text));
    bool fits = !result && whole.len == text.len && !memmem(text.data, text.len, "\n\n", 2) &&
                !(text.len && (text.data[0] == '\n' || text.data[text.len - 1] == '\n'));
    struct sv rest = sv_str(&text), line;
    for (bool first = true; fits && sv_next_line(&rest, &line); first = false) {
        fits = first || !line.len || (!strchr("#;", line.data[0]) && trim(line).len == line.len);
        str_append(out, first ? "" : "\n    ");
        str_append_bytes(out, line.data, line.len);
    }
    str_append_char(out, '\n');
    str_release(&text);
    return fits ? 0 : err_set(err, ERR_INTERNAL, "the value of '%s'", key);
}

/* The pairs of a table, without the tables in it. */
static int write_pairs(struct str *out, json_t *table, bool top, struct err *err) {
    for (void *entry = json_object_iter(table); entry; entry = json_object_iter_next(table, entry)) {
        const char *key = json_object_iter_key(entry);
        if (top && json_is_object(json_object_iter_value(entry))) continue;
        if (!is_key(key, json_object_iter_key_len(entry))) return err_set(err, ERR_INTERNAL, "the key '%s'", key);
        str_printf(out, "%s = ", key);
        if (write_value(out, json_object_iter_value(entry), key, err)) return -1;
    }
    return 0;
}

static int encode_ini(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    (void)options; /* it takes none */
    json_t *root = value_unconst(value);
    if (!json_is_object(root)) return err_set(err, ERR_INTERNAL, "anything but a table with names");
    if (write_pairs(out, root, true, err)) return -1;
    for (void *entry = json_object_iter(root); entry; entry = json_object_iter_next(root, entry)) {
        if (!json_is_object(json_object_iter_value(entry))) continue;
        const char *name = json_object_iter_key(entry);
        if (!is_section(name, json_object_iter_key_len(entry)))
            return err_set(err, ERR_INTERNAL, "a section named '%s'", name);
        str_printf(out, "%s[%s]\n", out->len ? "\n" : "", name);
        if (write_pairs(out, json_object_iter_value(entry), false, err)) return -1;
    }
    return 0;
}

static const struct format ini_format = {.name = "ini", .decode = decode_ini, .encode = encode_ini};

static int decode(lua_State *L) { return format_decode(L, &ini_format); }
static int encode(lua_State *L) { return format_encode(L, &ini_format); }

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_ini = {"ini", functions, 1, NULL};
