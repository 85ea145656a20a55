/* yaml: decode by the course's located reader, with anchors and aliases; encode in block style. */
#include "base/arena.h"
#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "checker/value.h"
#include "course/yaml.h"

/* ---- decoding ---- */

static json_t *decode_yaml(struct sv text, const struct format_options *options, struct err *err) {
    struct arena arena = ARENA_INIT;
    unsigned flags = YAML_ALIASES | (options->all ? YAML_DOCUMENTS : 0);
    const struct yaml_node *root = yaml_parse(&arena, options->name, text.data, text.len, flags, err);
    json_t *value = root ? yaml_to_json(root) : NULL;
    if (root && !value) err_set(err, ERR_USAGE, "%s: a value that JSON has no form for", options->name);
    arena_release(&arena);
    return value;
}

/* ---- encoding ---- */

/* True for text that every reader takes for text without quotes: words of letters, not such as YAML 1.1 readers, which are
 * still the most common, take for something else. */
static bool is_plain(const char *text, size_t len) {
    static const char *const special[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    static const char inner[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    if (!len || !memchr(inner, text[0], 52) || strspn(text, inner) != len) return false;
    for (size_t i = 0; i < LENGTH(special); i++)
        if (!strcasecmp(text, special[i])) return false;
    return true;
}

static void write_text(struct str *out, const char *text, size_t len) {
    if (is_plain(text, len))
        str_append_bytes(out, text, len);
    else
        format_quote(out, text, len);
}

static bool is_block(const json_t *value) { return json_array_size(value) || json_object_size(value); }

static void write_scalar(struct str *out, const json_t *value) {
    if (json_is_string(value))
        write_text(out, json_string_value(value), json_string_length(value));
    else if (json_is_object(value))
        str_append(out, "{}");
    else if (json_is_array(value))
        str_append(out, "[]");
    else if (json_is_null(value))
        str_append(out, "null");
    else
        format_scalar(out, value);
    str_append_char(out, '\n');
}

static void write_block(struct str *out, json_t *value, int level);

/* What follows "key:" or "-": on the same line, or for a block below it. */
static void write_after(struct str *out, json_t *value, bool same_line, int level) {
    if (!is_block(value)) {
        str_append_char(out, ' ');
        write_scalar(out, value);
        return;
    }
    str_append(out, same_line ? " " : "\n");
    write_block(out, value, same_line ? -level : level);
}

/* A negative level means that the first line is begun already. */
static void begin_line(struct str *out, int *level) {
    if (*level < 0)
        *level = -*level;
    else
        str_append_repeat(out, ' ', (size_t)*level * 2);
}

static void write_block(struct str *out, json_t *value, int level) {
    for (size_t i = 0; i < json_array_size(value); i++) {
        begin_line(out, &level);
        str_append_char(out, '-');
        write_after(out, json_array_get(value, i), true, level + 1);
    }
    for (void *entry = json_object_iter(value); entry; entry = json_object_iter_next(value, entry)) {
        begin_line(out, &level);
        write_text(out, json_object_iter_key(entry), json_object_iter_key_len(entry));
        str_append_char(out, ':');
        write_after(out, json_object_iter_value(entry), false, level + 1);
    }
}

static int encode_yaml(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    (void)options, (void)err; /* it takes none, and every value has a form */
    if (is_block(value))
        write_block(out, value_unconst(value), 0);
    else
        write_scalar(out, value);
    return 0;
}

static const struct format yaml_format = {
    .name = "yaml", .decode = decode_yaml, .encode = encode_yaml, .decode_options = FORMAT_ALL};

static int decode(lua_State *L) { return format_decode(L, &yaml_format); }
static int encode(lua_State *L) { return format_encode(L, &yaml_format); }

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_yaml = {"yaml", functions, 1, NULL};
