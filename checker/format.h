#pragma once
/*
 * Data formats for checkers. A format is a pair of functions of plain C, text to JSON value and back; this file binds
 * them to Lua in one way: `NAME.decode(text, options)` answers a value, or nil and "file:line:column: what is wrong";
 * `NAME.encode(value, options)` answers text and raises when the format has no form for the value. Text is
 * UTF-8, at most 16 MiB; a byte order mark is skipped.
 */

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { FORMAT_TEXT_MOST = 16 << 20, FORMAT_DEPTH_MOST = 64 };

/* What the values of a text cost, in units of a value in a Lua list (16 bytes): a short text may hold many, and JSON takes several
 * times what Lua does. Costs are what Lua takes at least, hence what is refused would not have fitted into the engine's memory
 * (MEMORY_DEFAULT in checker.c). */
enum { FORMAT_COST_MOST = 4 << 20, FORMAT_COST_VALUE = 1, FORMAT_COST_FIELD = 3, FORMAT_COST_TABLE = 4 };
#define FORMAT_TOO_MUCH "too large to read: more values than fit into memory"

/* Which options a function takes; `name` is taken by every decoder. */
enum format_option {
    FORMAT_NAME = 1,
    FORMAT_ALL = 2,
    FORMAT_HEADER = 4,
    FORMAT_SEPARATOR = 8,
    FORMAT_INDENT = 16,
    FORMAT_COLUMNS = 32,
};

struct format_options {
    const char *name; /* of the text, in errors */
    bool all;         /* yaml: a list of all documents */
    bool header;      /* csv: the first row names the columns */
    char separator;   /* csv */
    int indent;       /* spaces a level; 0: compact */
    json_t *columns;  /* csv: names, in their order; NULL: those of the first row, sorted */
};

struct format {
    const char *name;
    json_t *(*decode)(struct sv text, const struct format_options *options, struct err *err);
    int (*encode)(struct str *out, const json_t *value, const struct format_options *options, struct err *err);
    unsigned decode_options, encode_options; /* of enum format_option */
    int indent;                              /* of the encoder, when none is given */
};

/* The two bindings: arguments (text, name or options) and (value, options). */
int format_decode(lua_State *L, const struct format *format);
int format_encode(lua_State *L, const struct format *format);

/* False once `spent`, which grows by the cost, is too much. */
bool format_spend(size_t *spent, size_t cost);

/* Sets "name:line:column: what" for the byte at offset (columns count characters). Returns -1. */
int format_error(struct err *err, const struct format_options *options, struct sv text, size_t offset,
                 const char *message, ...) __attribute__((format(printf, 5, 6)));

/* Sets "name:line: what". Returns -1. */
int format_error_line(struct err *err, const struct format_options *options, size_t line, const char *message, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends the shortest decimal that reads back as the same number; it always has a point or an exponent. */
void format_number(struct str *out, double number);

/* Appends text in double quotes with JSON's escapes, which YAML and TOML share. */
void format_quote(struct str *out, const char *text, size_t len);

/* Appends a string as it is, a number or a boolean as its text; -1 for any other value. */
int format_scalar(struct str *out, const json_t *value);
