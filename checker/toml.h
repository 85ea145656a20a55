#pragma once
/*
 * A reader of TOML 1.0 (toml.io/en/v1.0.0), written here since Debian 12 has no C library for it. Tables and arrays become
 * objects and lists; dates and times stay text, as written; inf and nan, for which JSON has no number, become text too.
 * toml.c reads the document, its keys and tables; toml_value.c the scalars.
 */

#include <jansson.h>

#include "checker/format.h"

/* NULL with "name:line:column: what" for anything that TOML 1.0 does not allow, and beyond 32 parts in a key or 64
 * levels of brackets. */
json_t *toml_decode(struct sv text, const struct format_options *options, struct err *err);

/* What the two files share. */
struct toml {
    struct sv text;
    const struct format_options *options;
    struct err *err;
    size_t at;
    json_t *states; /* by address of a container: how it came about */
    int section;    /* number of the current header or inline table */
    int sections;   /* how many there have been */
    int depth;      /* of brackets */
    size_t spent;   /* see format_spend */
};

char toml_peek(const struct toml *t, size_t ahead); /* NUL beyond the end */
int toml_fail(struct toml *t, size_t at, const char *what);

/* A string at t->at, of the kind that its quotes tell; several lines only where allowed. */
json_t *toml_read_string(struct toml *t, bool several_lines);

/* A boolean, number, date or time. */
json_t *toml_read_plain(struct toml *t);

/* True for a character that may not stand in comments and strings. */
bool toml_is_control(char c);
