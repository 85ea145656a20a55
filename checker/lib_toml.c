/* toml: decode by checker/toml.c; encode writes each table's own pairs first, then the tables in it. */
#include <ctype.h>

#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "checker/toml.h"
#include "checker/value.h"

static int write_inline(struct str *out, const json_t *value, struct err *err);

static void write_key(struct str *out, const char *key, size_t len) {
    bool bare = len > 0;
    for (size_t i = 0; i < len; i++) bare = bare && (isalnum((unsigned char)key[i]) || key[i] == '_' || key[i] == '-');
    if (bare)
        str_append_bytes(out, key, len);
    else
        format_quote(out, key, len);
}

static int write_inline_list(struct str *out, const json_t *list, struct err *err) {
    str_append_char(out, '[');
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i) str_append(out, ", ");
        if (write_inline(out, json_array_get(list, i), err)) return -1;
    }
    str_append_char(out, ']');
    return 0;
}

static int write_pair(struct str *out, void *entry, struct err *err) {
    const char *key = json_object_iter_key(entry);
    write_key(out, key, json_object_iter_key_len(entry));
    str_append(out, " = ");
    return write_inline(out, json_object_iter_value(entry), err);
}

static int write_inline_table(struct str *out, json_t *table, struct err *err) {
    str_append_char(out, '{');
    for (void *entry = json_object_iter(table); entry; entry = json_object_iter_next(table, entry)) {
        if (out->data[out->len - 1] != '{') str_append(out, ", ");
        if (write_pair(out, entry, err)) return -1;
    }
    str_append_char(out, '}');
    return 0;
}

static int write_inline(struct str *out, const json_t *value, struct err *err) {
    if (json_is_null(value)) return err_set(err, ERR_INTERNAL, "null");
    if (json_is_array(value)) return write_inline_list(out, value, err);
    if (json_is_object(value)) return write_inline_table(out, value_unconst(value), err);
    if (json_is_string(value))
        format_quote(out, json_string_value(value), json_string_length(value));
    else
        format_scalar(out, value);
    return 0;
}

static bool is_list_of_tables(const json_t *value) {
    size_t count = json_is_array(value) ? json_array_size(value) : 0;
    for (size_t i = 0; i < count; i++)
        if (!json_is_object(json_array_get(value, i))) return false;
    return count > 0;
}

static int write_table(struct str *out, json_t *table, const char *path, struct err *err);

/* A table under its header; brackets are "[" or "[[". */
static int write_headed(struct str *out, json_t *table, const char *path, const char *brackets, struct err *err) {
    if (out->len) str_append_char(out, '\n');
    str_printf(out, "%s%s%s\n", brackets, path, brackets[1] ? "]]" : "]");
    return write_table(out, table, path, err);
}

static int write_below(struct str *out, json_t *value, const char *path, struct err *err) {
    if (json_is_object(value)) return write_headed(out, value, path, "[", err);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (write_headed(out, json_array_get(value, i), path, "[[", err)) return -1;
    return 0;
}

static int write_table(struct str *out, json_t *table, const char *path, struct err *err) {
    for (void *entry = json_object_iter(table); entry; entry = json_object_iter_next(table, entry)) {
        json_t *value = json_object_iter_value(entry);
        if (json_is_object(value) || is_list_of_tables(value)) continue;
        if (write_pair(out, entry, err)) return -1;
        str_append_char(out, '\n');
    }
    for (void *entry = json_object_iter(table); entry; entry = json_object_iter_next(table, entry)) {
        json_t *value = json_object_iter_value(entry);
        if (!json_is_object(value) && !is_list_of_tables(value)) continue;
        struct str below = STR_INIT;
        str_printf(&below, "%s%s", path, *path ? "." : "");
        write_key(&below, json_object_iter_key(entry), json_object_iter_key_len(entry));
        int result = write_below(out, value, below.data, err);
        str_release(&below);
        if (result) return -1;
    }
    return 0;
}

static int encode_toml(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    (void)options; /* it takes none */
    if (!json_is_object(value)) return err_set(err, ERR_INTERNAL, "anything but a table with names");
    return write_table(out, value_unconst(value), "", err);
}

static const struct format toml_format = {.name = "toml", .decode = toml_decode, .encode = encode_toml};

static int decode(lua_State *L) { return format_decode(L, &toml_format); }
static int encode(lua_State *L) { return format_encode(L, &toml_format); }

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_toml = {"toml", functions, 1, NULL};
