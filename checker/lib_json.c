/* json: decode and lines by jansson, which knows positions and refuses duplicate keys; encode is our own, for short numbers. */
#include <ctype.h>

#include "base/json.h"
#include "checker/format.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/value.h"

/* ---- decoding ---- */

/* Deeper values than Lua's side takes, and more of them, are refused here, with a position. */
static int check_shape(struct sv text, const struct format_options *options, size_t *spent, struct err *err) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool opens = !quoted && (c == '[' || c == '{');
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && (c == ']' || c == '}'))
            depth--;
        if (opens && ++depth > VALUE_DEPTH_MOST)
            return format_error(err, options, text, i, "nested deeper than %d levels", VALUE_DEPTH_MOST);
        size_t cost = opens ? FORMAT_COST_TABLE : !quoted && c == ',' ? FORMAT_COST_VALUE : 0;
        if (!format_spend(spent, cost)) return format_error(err, options, text, i, FORMAT_TOO_MUCH);
    }
    return 0;
}

static bool is_blank(struct sv text) {
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.data[i]) || !text.data[i]) return false;
    return true;
}

/* jansson points behind the token that it shows as "near 'TOKEN'"; people look for its beginning. */
static size_t error_offset(const json_error_t *error) {
    size_t offset = error->position > 0 ? (size_t)error->position : 0;
    const char *near = strstr(error->text, " near '");
    size_t token = near ? strlen(near) - strlen(" near ''") : 0;
    return token <= offset ? offset - token : 0;
}

static json_t *decode_one(struct sv text, const struct format_options *options, size_t *spent, struct err *err) {
    if (is_blank(text)) return format_error(err, options, text, 0, "empty, where JSON is expected"), NULL;
    if (check_shape(text, options, spent, err)) return NULL;
    json_error_t error;
    json_t *value = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value) format_error(err, options, text, error_offset(&error), "%s", error.text);
    return value;
}

static json_t *decode_json(struct sv text, const struct format_options *options, struct err *err) {
    size_t spent = 0;
    return decode_one(text, options, &spent, err);
}

/* One value a line (JSON Lines); blank lines are skipped. A line's errors carry the line's number in the whole text. */
static json_t *decode_lines(struct sv text, const struct format_options *options, struct err *err) {
    json_t *values = json_array();
    struct sv rest = text, line;
    size_t spent = 0;
    for (size_t number = 1; sv_next_line(&rest, &line); number++) {
        if (is_blank(line)) continue;
        struct err inner = ERR_INIT;
        struct format_options of_line = {.name = ""};
        spent += FORMAT_COST_VALUE;
        json_t *value = decode_one(line, &of_line, &spent, &inner);
        if (!value) {
            json_decref(values);
            const char *column = inner.message + strlen(":1"); /* ":1:COLUMN: what" */
            return err_set(err, ERR_USAGE, "%s:%zu%s", options->name, number, column), NULL;
        }
        json_array_append_new(values, value);
    }
    return values;
}

/* ---- encoding ---- */

static void write_value(struct str *out, const json_t *value, int indent, int level);

static void new_line(struct str *out, int indent, int level) {
    if (!indent) return;
    str_append_char(out, '\n');
    str_append_repeat(out, ' ', (size_t)indent * (size_t)level);
}

static void write_list(struct str *out, const json_t *list, int indent, int level) {
    str_append_char(out, '[');
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i) str_append_char(out, ',');
        new_line(out, indent, level + 1);
        write_value(out, json_array_get(list, i), indent, level + 1);
    }
    if (json_array_size(list)) new_line(out, indent, level);
    str_append_char(out, ']');
}

static void write_object(struct str *out, const json_t *value, int indent, int level) {
    json_t *object = value_unconst(value);
    str_append_char(out, '{');
    for (void *entry = json_object_iter(object); entry; entry = json_object_iter_next(object, entry)) {
        if (out->data[out->len - 1] != '{') str_append_char(out, ',');
        new_line(out, indent, level + 1);
        format_quote(out, json_object_iter_key(entry), json_object_iter_key_len(entry));
        str_append(out, indent ? ": " : ":");
        write_value(out, json_object_iter_value(entry), indent, level + 1);
    }
    if (json_object_size(object)) new_line(out, indent, level);
    str_append_char(out, '}');
}

static void write_value(struct str *out, const json_t *value, int indent, int level) {
    if (json_is_object(value))
        write_object(out, value, indent, level);
    else if (json_is_array(value))
        write_list(out, value, indent, level);
    else if (json_is_string(value))
        format_quote(out, json_string_value(value), json_string_length(value));
    else if (json_is_null(value))
        str_append(out, "null");
    else
        format_scalar(out, value);
}

static int encode_json(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    (void)err; /* every JSON value has a form */
    write_value(out, value, options->indent, 0);
    return 0;
}

/* ---- bindings ---- */

static const struct format json_format = {
    .name = "json", .decode = decode_json, .encode = encode_json, .encode_options = FORMAT_INDENT};
static const struct format lines_format = {.name = "json", .decode = decode_lines};

static int decode(lua_State *L) { return format_decode(L, &json_format); }
static int lines(lua_State *L) { return format_decode(L, &lines_format); }
static int encode(lua_State *L) { return format_encode(L, &json_format); }

/* json.list(table): marks the table as a list, so that it stays one when empty. */
static int list(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    value_mark_list(L, 1);
    return 1;
}

static void constants(lua_State *L) {
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}

static const luaL_Reg functions[] = {
    {"decode", decode}, {"encode", encode}, {"lines", lines}, {"list", list}, {NULL, NULL}};

const struct library library_json = {"json", functions, 1, constants};
