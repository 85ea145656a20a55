/* csv: RFC 4180, with a separator of one's choice; LF and CRLF end a row, empty lines are skipped. Fields stay text. */
#include "base/json.h"
#include "checker/format.h"
#include "checker/guard.h"
#include "checker/library.h"
#include "checker/value.h"

/* ---- decoding ---- */

struct reader {
    struct sv text;
    const struct format_options *options;
    struct err *err;
    size_t at, line, spent;
};

static bool at_row_end(const struct reader *r) {
    if (r->at >= r->text.len || r->text.data[r->at] == '\n') return true;
    return r->text.data[r->at] == '\r' && r->at + 1 < r->text.len && r->text.data[r->at + 1] == '\n';
}

static bool at_separator(const struct reader *r) {
    return r->at < r->text.len && r->text.data[r->at] == r->options->separator;
}

static void skip_row_end(struct reader *r) {
    if (r->at < r->text.len && r->text.data[r->at] == '\r') r->at++;
    if (r->at < r->text.len) r->at++;
    r->line++;
}

/* A field that begins with a quote; doubled quotes stand for one. */
static json_t *read_quoted(struct reader *r) {
    size_t start = r->at++;
    struct str field = STR_INIT;
    for (;; r->at++) {
        if (r->at >= r->text.len) {
            str_release(&field);
            return format_error(r->err, r->options, r->text, start, "a quote that is never closed"), NULL;
        }
        char c = r->text.data[r->at];
        if (c == '"' && (r->at + 1 >= r->text.len || r->text.data[r->at + 1] != '"')) break;
        if (c == '"') r->at++;
        if (c == '\n') r->line++;
        str_append_char(&field, c);
    }
    r->at++;
    json_t *value = json_stringn(field.data, field.len);
    str_release(&field);
    if (at_row_end(r) || at_separator(r)) return value;
    json_decref(value);
    return format_error(r->err, r->options, r->text, r->at, "text after a closing quote"), NULL;
}

static json_t *read_field(struct reader *r) {
    if (r->at < r->text.len && r->text.data[r->at] == '"') return read_quoted(r);
    size_t start = r->at;
    for (; !at_row_end(r) && !at_separator(r); r->at++)
        if (r->text.data[r->at] == '"')
            return format_error(r->err, r->options, r->text, r->at, "a quote inside a field without quotes"), NULL;
    return json_stringn(r->text.data + start, r->at - start);
}

/* The next row as a list of fields, *line its first line; NULL at the end (err untouched) or on error. */
static json_t *read_row(struct reader *r, size_t *line) {
    while (r->at < r->text.len && at_row_end(r)) skip_row_end(r);
    if (r->at >= r->text.len) return NULL;
    *line = r->line;
    json_t *row = json_array();
    for (;; r->at++) {
        json_t *field = read_field(r);
        if (!field) {
            json_decref(row);
            return NULL;
        }
        json_array_append_new(row, field);
        if (!at_separator(r)) break;
    }
    if (!format_spend(&r->spent, FORMAT_COST_TABLE + FORMAT_COST_VALUE * (1 + json_array_size(row)))) {
        json_decref(row);
        return format_error_line(r->err, r->options, *line, FORMAT_TOO_MUCH), NULL;
    }
    skip_row_end(r);
    return row;
}

/* The row as an object by column name; takes the row over. */
static json_t *name_fields(json_t *row, const json_t *header) {
    json_t *named = json_object();
    for (size_t i = 0; i < json_array_size(row); i++) {
        const json_t *name = json_array_get(header, i);
        json_object_setn(named, json_string_value(name), json_string_length(name), json_array_get(row, i));
    }
    json_decref(row);
    return named;
}

static int check_header(struct reader *r, const json_t *header, size_t line) {
    json_t *seen = json_object();
    int result = 0;
    for (size_t i = 0; !result && i < json_array_size(header); i++) {
        const json_t *name = json_array_get(header, i);
        const char *text = json_string_value(name);
        if (json_object_getn(seen, text, json_string_length(name)))
            result = format_error_line(r->err, r->options, line, "the column '%s' appears twice", text);
        json_object_setn_new(seen, text, json_string_length(name), json_true());
    }
    json_decref(seen);
    return result;
}

/* Appends all rows; the first decides how many fields each has. */
static int read_rows(struct reader *r, json_t *rows, const json_t *header) {
    size_t line = 0, width = json_array_size(header);
    json_t *row;
    while ((row = read_row(r, &line))) {
        size_t fields = json_array_size(row);
        if (!width) width = fields;
        if (fields != width) {
            json_decref(row);
            return format_error_line(r->err, r->options, line, "%zu field%s, where the first row has %zu", fields,
                                     fields == 1 ? "" : "s", width);
        }
        json_array_append_new(rows, header ? name_fields(row, header) : row);
    }
    return r->err->code ? -1 : 0;
}

/* {header: [names] or null, rows: […]}, which the binding takes apart. */
static json_t *decode_csv(struct sv text, const struct format_options *options, struct err *err) {
    struct reader r = {.text = text, .options = options, .err = err, .line = 1};
    json_t *result = json_object(), *rows = json_array(), *header = NULL;
    json_object_set_new(result, "rows", rows);
    size_t line = 0;
    if (options->header) {
        header = read_row(&r, &line);
        if (!header && !err->code) format_error_line(err, options, 1, "empty, where a header is expected");
        if (header) json_object_set_new(result, "header", header);
        if (header) check_header(&r, header, line);
    }
    if (!err->code && !read_rows(&r, rows, header)) return result;
    json_decref(result);
    return NULL;
}

/* ---- encoding ---- */

static bool needs_quotes(const struct str *text, char separator) {
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == separator || char_is_one_of(text->data[i], "\"\r\n")) return true;
    return false;
}

/* An empty field is quoted when it is alone in its row, which would else be an empty line. */
static int write_field(struct str *out, const json_t *value, char separator, bool alone) {
    struct str text = STR_INIT;
    int result = json_is_null(value) ? 0 : format_scalar(&text, value);
    bool quoted = needs_quotes(&text, separator) || (alone && !text.len);
    if (quoted) str_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') str_append_char(out, '"');
        str_append_char(out, text.data[i]);
    }
    if (quoted) str_append_char(out, '"');
    str_release(&text);
    return result;
}

static json_t *sorted_keys(const json_t *object) {
    json_t *names = json_array();
    json_t *row = value_unconst(object);
    for (void *entry = json_object_iter(row); entry; entry = json_object_iter_next(row, entry))
        json_array_append_new(names, json_stringn(json_object_iter_key(entry), json_object_iter_key_len(entry)));
    return names; /* value_to_json has put the keys in order */
}

/* One row: a list as it is, an object by the names of the columns; a missing field is empty, one without a column an error. */
static int write_row(struct str *out, const json_t *row, const json_t *columns, char separator) {
    size_t count = json_array_size(json_is_array(row) ? row : columns), found = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(columns, i);
        const json_t *field = json_is_array(row)
                                  ? json_array_get(row, i)
                                  : json_object_getn(row, json_string_value(name), json_string_length(name));
        if (i) str_append_char(out, separator);
        if (field) found++;
        if (field && write_field(out, field, separator, count == 1)) return -1;
    }
    str_append_char(out, '\n');
    return found == (json_is_array(row) ? count : json_object_size(row)) ? 0 : -1;
}

static int encode_csv(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    if (!json_is_array(value)) return err_set(err, ERR_INTERNAL, "anything but a list of rows");
    const json_t *first = json_array_get(value, 0);
    json_t *columns = options->columns        ? json_incref(options->columns)
                      : json_is_object(first) ? sorted_keys(first)
                                              : NULL;
    int result = columns ? write_row(out, columns, NULL, options->separator) : 0;
    for (size_t i = 0; !result && i < json_array_size(value); i++) {
        const json_t *row = json_array_get(value, i);
        if (!json_is_array(row) && !(json_is_object(row) && columns))
            result = err_set(err, ERR_INTERNAL, "row %zu, which is no row as the first is", i + 1);
        else if (write_row(out, row, columns, options->separator))
            result =
                err_set(err, ERR_INTERNAL, "row %zu, which has a table in a field, or a field without a column", i + 1);
    }
    json_decref(columns);
    return result;
}

/* ---- bindings ---- */

static const struct format csv_format = {.name = "csv",
                                         .decode = decode_csv,
                                         .encode = encode_csv,
                                         .decode_options = FORMAT_HEADER | FORMAT_SEPARATOR,
                                         .encode_options = FORMAT_COLUMNS | FORMAT_SEPARATOR};

/* Leaves the rows, a list whose `header` is found through its metatable, so that the rows alone are its content. */
static int decode(lua_State *L) {
    int results = format_decode(L, &csv_format);
    if (results != 1) return results;
    lua_getfield(L, -1, "rows");
    lua_createtable(L, 0, 4);
    value_make_list_metatable(L);
    lua_createtable(L, 0, 1);
    lua_getfield(L, -4, "header");
    lua_setfield(L, -2, "header");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}

/* Rows from decode are written with the columns that they had, unless others are given. */
static int encode(lua_State *L) {
    lua_settop(L, 2);
    if (!lua_istable(L, 1) || luaL_getmetafield(L, 1, "__index") != LUA_TTABLE) return format_encode(L, &csv_format);
    lua_createtable(L, 0, 2);
    lua_getfield(L, 3, "header");
    lua_setfield(L, 4, "columns");
    lua_pushnil(L);
    while (lua_istable(L, 2) && lua_next(L, 2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 4);
    }
    lua_settop(L, 4);
    lua_replace(L, 2);
    lua_settop(L, 2);
    return format_encode(L, &csv_format);
}

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_csv = {"csv", functions, 1, NULL};
