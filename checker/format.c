#include "checker/format.h"

#include <stdlib.h>

#include "base/json.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/value.h"

/* ---- options ---- */

static const struct option {
    const char *name;
    enum format_option bit;
    int type; /* of Lua */
} option_table[] = {
    {"name", FORMAT_NAME, LUA_TSTRING},      {"all", FORMAT_ALL, LUA_TBOOLEAN},
    {"header", FORMAT_HEADER, LUA_TBOOLEAN}, {"separator", FORMAT_SEPARATOR, LUA_TSTRING},
    {"indent", FORMAT_INDENT, LUA_TNUMBER},  {"columns", FORMAT_COLUMNS, LUA_TTABLE},
};

static const struct option *find_option(const char *name, unsigned allowed) {
    for (size_t i = 0; i < LENGTH(option_table); i++)
        if ((option_table[i].bit & allowed) && !strcmp(option_table[i].name, name)) return &option_table[i];
    return NULL;
}

static int unknown_option(lua_State *L, const char *name, unsigned allowed) {
    const char *names[LENGTH(option_table)];
    size_t count = 0;
    for (size_t i = 0; i < LENGTH(option_table); i++)
        if (option_table[i].bit & allowed) names[count++] = option_table[i].name;
    const char *nearest = string_nearest(name, names, count);
    if (nearest) return luaL_error(L, "unknown option '%s', did you mean '%s'?", name, nearest);
    return luaL_error(L, "unknown option '%s'", name);
}

static char read_separator(lua_State *L) {
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    if (len != 1 || strchr("\"\r\n", text[0]) || (text[0] & 0x80))
        luaL_error(L, "option 'separator' must be one character, such as ',' or ';'");
    return text[0];
}

static int read_indent(lua_State *L) {
    lua_Integer indent = luaL_checkinteger(L, -1);
    if (indent < 0 || indent > 8) luaL_error(L, "option 'indent' must be 0 to 8");
    return (int)indent;
}

/* The columns stay in a guard on the stack. */
static void read_columns(lua_State *L, struct format_options *options) {
    char why[128];
    json_t **columns = guard_json(L);
    *columns = value_to_json(L, -2, 1, why);
    lua_insert(L, 3);
    if (!json_is_array(*columns)) luaL_error(L, "option 'columns' must be a list of names");
    size_t index;
    json_t *name;
    json_array_foreach(*columns, index, name) if (!json_is_string(name))
        luaL_error(L, "option 'columns' must be a list of names");
    options->columns = *columns;
}

/* Takes the option whose value is on top of the stack. */
static void read_option(lua_State *L, const struct option *option, struct format_options *options) {
    if (lua_type(L, -1) != option->type)
        luaL_error(L, "option '%s' must be a %s, not a %s", option->name, lua_typename(L, option->type),
                   luaL_typename(L, -1));
    switch (option->bit) {
    case FORMAT_NAME: options->name = lua_tostring(L, -1); break;
    case FORMAT_ALL: options->all = lua_toboolean(L, -1); break;
    case FORMAT_HEADER: options->header = lua_toboolean(L, -1); break;
    case FORMAT_SEPARATOR: options->separator = read_separator(L); break;
    case FORMAT_INDENT: options->indent = read_indent(L); break;
    case FORMAT_COLUMNS: read_columns(L, options); break;
    }
}

/* Reads argument 2, which stays on the stack: nothing, a name where one is allowed, or a table. */
static struct format_options read_options(lua_State *L, const struct format *format, unsigned allowed) {
    struct format_options options = {.name = format->name, .header = true, .separator = ',', .indent = format->indent};
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) return options;
    if ((allowed & FORMAT_NAME) && lua_type(L, 2) == LUA_TSTRING)
        options.name = lua_tostring(L, 2);
    else {
        luaL_checktype(L, 2, LUA_TTABLE);
        lua_pushnil(L);
        while (lua_next(L, 2)) {
            if (lua_type(L, -2) != LUA_TSTRING) luaL_argerror(L, 2, "options have names");
            const struct option *option = find_option(lua_tostring(L, -2), allowed);
            if (!option)
                unknown_option(L, lua_tostring(L, -2), allowed);
            else
                read_option(L, option, &options);
            lua_pop(L, 1);
        }
    }
    return options;
}

/* ---- errors ---- */

bool format_spend(size_t *spent, size_t cost) { return (*spent += cost) <= FORMAT_COST_MOST; }

int format_error(struct err *err, const struct format_options *options, struct sv text, size_t offset,
                 const char *message, ...) {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n')
            line++, column = 1;
        else if ((text.data[i] & 0xC0) != 0x80)
            column++;
    }
    char what[512];
    va_list args;
    va_start(args, message);
    vsnprintf(what, sizeof what, message, args);
    va_end(args);
    return err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", options->name, line, column, what);
}

int format_error_line(struct err *err, const struct format_options *options, size_t line, const char *message, ...) {
    char what[512];
    va_list args;
    va_start(args, message);
    vsnprintf(what, sizeof what, message, args);
    va_end(args);
    return err_set(err, ERR_USAGE, "%s:%zu: %s", options->name, line, what);
}

/* The offset of the first character that is not UTF-8. */
static size_t first_invalid(struct sv text) {
    size_t good = 0;
    while (good < text.len) {
        size_t step = 1;
        while (step <= 4 && good + step <= text.len && !utf8_valid(text.data + good, step)) step++;
        if (step > 4 || good + step > text.len) break;
        good += step;
    }
    return good;
}

static int check_text(struct sv *text, const struct format_options *options, struct err *err) {
    if (text->len > FORMAT_TEXT_MOST)
        return err_set(err, ERR_USAGE, "%s: larger than %d MiB", options->name, FORMAT_TEXT_MOST >> 20);
    if (text->len >= 3 && !memcmp(text->data, "\xEF\xBB\xBF", 3)) *text = (struct sv){text->data + 3, text->len - 3};
    if (utf8_valid(text->data, text->len)) return 0;
    return format_error(err, options, *text, first_invalid(*text), "not UTF-8");
}

/* nil and the first line of the message. */
static int answer_error(lua_State *L, const struct err *err) {
    lua_pushnil(L);
    lua_pushlstring(L, err->message, strcspn(err->message, "\n"));
    return 2;
}

/* ---- the bindings ---- */

int format_decode(lua_State *L, const struct format *format) {
    luaL_checktype(L, 1, LUA_TSTRING);
    struct sv text;
    text.data = lua_tolstring(L, 1, &text.len);
    struct format_options options = read_options(L, format, format->decode_options | FORMAT_NAME);
    struct err err = ERR_INIT;
    json_t **value = guard_json(L);
    if (!check_text(&text, &options, &err)) *value = format->decode(text, &options, &err);
    if (!*value) return answer_error(L, &err);
    value_push(L, *value);
    guard_release(L, -2);
    return 1;
}

int format_encode(lua_State *L, const struct format *format) {
    luaL_checkany(L, 1);
    struct format_options options = read_options(L, format, format->encode_options);
    struct err err = ERR_INIT;
    char why[128];
    struct str *out = guard_str(L);
    json_t **value = guard_json(L);
    *value = value_to_json(L, 1, 1, why);
    if (!*value) return luaL_error(L, "%s has no form for %s", format->name, why);
    if (format->encode(out, *value, &options, &err))
        return luaL_error(L, "%s has no form for %s", format->name, err.message);
    lua_pushlstring(L, out->data, out->len);
    guard_release(L, -2);
    guard_release(L, -3);
    return 1;
}

/* ---- pieces of text ---- */

void format_number(struct str *out, double number) {
    char text[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, number);
        if (strtod(text, NULL) == number) break;
    }
    str_append(out, text);
    if (!strpbrk(text, ".e")) str_append(out, ".0");
}

/* The bytes of a character at the beginning that is not to stand as it is: YAML takes some for the end of a line (NEL, LS, PS), others
 * (controls, U+FEFF, U+FFFE, U+FFFF) it does not take, or not everywhere. 0: it may stand. *code is what the character is. */
static size_t special_character(const char *text, size_t len, unsigned *code) {
    const unsigned char *c = (const unsigned char *)text;
    *code = c[0];
    if (c[0] < 0x20 || c[0] == 0x7F) return 1;
    if (len >= 2 && c[0] == 0xC2 && c[1] < 0xA0) {
        *code = c[1];
        return 2;
    }
    if (len < 3 || (c[0] & 0xF0) != 0xE0) return 0;
    *code = (c[0] & 0xFu) << 12 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu);
    bool special = *code == 0x2028 || *code == 0x2029 || *code == 0xFEFF || *code == 0xFFFE || *code == 0xFFFF;
    return special ? 3 : 0;
}

void format_quote(struct str *out, const char *text, size_t len) {
    static const char plain[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    str_append_char(out, '"');
    for (size_t i = 0, taken; i < len; i += taken ? taken : 1) {
        unsigned code;
        const char *found = text[i] ? strchr(plain, text[i]) : NULL;
        taken = found ? 1 : special_character(text + i, len - i, &code);
        if (found)
            str_printf(out, "\\%c", letters[found - plain]);
        else if (taken)
            str_printf(out, "\\u%04x", code);
        else
            str_append_char(out, text[i]);
    }
    str_append_char(out, '"');
}

int format_scalar(struct str *out, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_STRING: str_append_bytes(out, json_string_value(value), json_string_length(value)); return 0;
    case JSON_INTEGER: str_printf(out, "%lld", json_integer_value(value)); return 0;
    case JSON_REAL: format_number(out, json_real_value(value)); return 0;
    case JSON_TRUE: str_append(out, "true"); return 0;
    case JSON_FALSE: str_append(out, "false"); return 0;
    case JSON_NULL:
    case JSON_OBJECT:
    case JSON_ARRAY: return -1;
    }
    return -1;
}
