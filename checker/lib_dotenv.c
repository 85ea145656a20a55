/*
 * dotenv: lines `KEY=value` or `export KEY=value`; `#` begins a comment at the start of a line or after a blank. A value in single quotes
 * is taken as it is; in double quotes \n \r \t \" \\ and \$ are escapes; both may run over several lines. No variables are filled in.
 * A key that comes twice has its last value. This is what python-dotenv and docker compose agree on.
 */
#include <ctype.h>

#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "checker/value.h"

struct reader {
    struct sv text;
    const struct format_options *options;
    struct err *err;
    size_t at, spent;
};

static char peek(const struct reader *r) { return r->at < r->text.len ? r->text.data[r->at] : '\n'; }

static int fail(const struct reader *r, size_t at, const char *what) {
    return format_error(r->err, r->options, r->text, at, "%s", what);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static void skip_blanks(struct reader *r) {
    while (is_blank(peek(r))) r->at++;
}

static void skip_line(struct reader *r) {
    while (peek(r) != '\n') r->at++;
    r->at++;
}

static void skip_export(struct reader *r) {
    static const char word[] = "export";
    size_t len = sizeof word - 1;
    if (r->text.len - r->at <= len || memcmp(r->text.data + r->at, word, len) != 0 ||
        !is_blank(r->text.data[r->at + len]))
        return;
    r->at += len;
    skip_blanks(r);
}

static size_t key_length(const char *text, size_t len) {
    size_t i = 0;
    while (i < len && (text[i] == '_' || isalpha((unsigned char)text[i]) || (i && isdigit((unsigned char)text[i]))))
        i++;
    return i;
}

static void read_escaped(struct reader *r, struct str *value) {
    static const char letters[] = "nrt\"\\$", values[] = "\n\r\t\"\\$";
    const char *found = peek(r) ? strchr(letters, peek(r)) : NULL;
    if (!found)
        str_append_char(value, '\\'); /* any other stays as written */
    else {
        str_append_char(value, values[found - letters]);
        r->at++;
    }
}

static int read_quoted(struct reader *r, struct str *value) {
    size_t start = r->at;
    char quote = r->text.data[r->at++];
    while (r->at < r->text.len && r->text.data[r->at] != quote) {
        char c = r->text.data[r->at++];
        if (c == '\\' && quote == '"')
            read_escaped(r, value);
        else
            str_append_char(value, c);
    }
    if (r->at >= r->text.len) return fail(r, start, "a quote that is never closed");
    r->at++;
    skip_blanks(r);
    return peek(r) == '\n' || peek(r) == '#' ? 0 : fail(r, r->at, "text after a closing quote");
}

static void read_plain(struct reader *r, struct str *value) {
    size_t start = r->at, end = r->at;
    for (; peek(r) != '\n'; r->at++) {
        if (peek(r) == '#' && (r->at == start || is_blank(r->text.data[r->at - 1]))) break;
        if (!is_blank(peek(r))) end = r->at + 1;
    }
    str_append_bytes(value, r->text.data + start, end - start);
}

static int read_value(struct reader *r, json_t *values, const char *key, size_t key_len) {
    struct str value = STR_INIT;
    int result = 0;
    skip_blanks(r);
    if (peek(r) == '"' || peek(r) == '\'')
        result = read_quoted(r, &value);
    else
        read_plain(r, &value);
    if (!result) json_object_setn_new(values, key, key_len, json_stringn(value.data, value.len));
    str_release(&value);
    return result;
}

static int read_line(struct reader *r, json_t *values) {
    skip_blanks(r);
    if (peek(r) == '#' || peek(r) == '\n') return skip_line(r), 0;
    skip_export(r);
    size_t start = r->at, len = key_length(r->text.data + r->at, r->text.len - r->at);
    if (!len) return fail(r, start, "a name must begin with a letter or '_'");
    r->at += len;
    skip_blanks(r);
    if (peek(r) != '=') return fail(r, r->at, "a '=' is missing after the name");
    r->at++;
    bool is_new = !json_object_getn(values, r->text.data + start, len);
    if (is_new && !format_spend(&r->spent, FORMAT_COST_FIELD)) return fail(r, start, FORMAT_TOO_MUCH);
    if (read_value(r, values, r->text.data + start, len)) return -1;
    skip_line(r);
    return 0;
}

static json_t *decode_dotenv(struct sv text, const struct format_options *options, struct err *err) {
    struct reader r = {.text = text, .options = options, .err = err};
    json_t *values = json_object();
    while (r.at < r.text.len)
        if (read_line(&r, values)) {
            json_decref(values);
            return NULL;
        }
    return values;
}

/* ---- encoding ---- */

static bool needs_quotes(const struct str *value) {
    for (size_t i = 0; i < value->len; i++)
        if (!isalnum((unsigned char)value->data[i]) && !(value->data[i] && strchr("_-./:@,+=%", value->data[i])))
            return true;
    return false;
}

static void write_value(struct str *out, const struct str *value) {
    static const char escaped[] = "\n\r\t\"\\$", letters[] = "nrt\"\\$";
    bool quotes = needs_quotes(value);
    if (quotes) str_append_char(out, '"');
    for (size_t i = 0; i < value->len; i++) {
        const char *found = value->data[i] ? strchr(escaped, value->data[i]) : NULL;
        if (found)
            str_printf(out, "\\%c", letters[found - escaped]);
        else
            str_append_char(out, value->data[i]);
    }
    if (quotes) str_append_char(out, '"');
}

static int encode_dotenv(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    (void)options; /* it takes none */
    if (!json_is_object(value)) return err_set(err, ERR_INTERNAL, "anything but a table with names");
    json_t *values = value_unconst(value);
    for (void *entry = json_object_iter(values); entry; entry = json_object_iter_next(values, entry)) {
        const char *key = json_object_iter_key(entry);
        size_t len = json_object_iter_key_len(entry);
        if (!len || key_length(key, len) != len) return err_set(err, ERR_INTERNAL, "the name '%s'", key);
        struct str text = STR_INIT;
        int result = format_scalar(&text, json_object_iter_value(entry));
        str_printf(out, "%s=", key);
        write_value(out, &text);
        str_append_char(out, '\n');
        str_release(&text);
        if (result) return err_set(err, ERR_INTERNAL, "'%s', which is no text", key);
    }
    return 0;
}

static const struct format dotenv_format = {.name = "dotenv", .decode = decode_dotenv, .encode = encode_dotenv};

static int decode(lua_State *L) { return format_decode(L, &dotenv_format); }
static int encode(lua_State *L) { return format_encode(L, &dotenv_format); }

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_dotenv = {"dotenv", functions, 1, NULL};
