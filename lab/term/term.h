#pragma once
/*
 * The terminal: what may be printed on it, and how wide. Styles are words for meanings (good, bad, faint …); they
 * come out as escape codes only on a terminal that wants them (NO_COLOR, TERM=dumb, --no-color and pipes do not).
 * Widths are columns of grapheme clusters, by utf8proc.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

enum style { STYLE_PLAIN, STYLE_STRONG, STYLE_FAINT, STYLE_GOOD, STYLE_BAD, STYLE_WARN, STYLE_LINK, STYLE_SLANTED };

struct term {
    bool tty; /* the stream is a terminal on which lines may be redrawn */
    bool color;
    bool unicode; /* marks such as ✓ may be printed (the locale is UTF-8 and TERM is not dumb) */
    int width;    /* columns; 80 when unknown, never under 20 */
};

/* Looks at stream, NO_COLOR, TERM, COLUMNS and the locale. `plain` (--no-color) forbids colour. */
struct term term_of(FILE *stream, bool plain);

/* The codes that switch a style on, and all styles off; "" without colour. */
const char *term_on(const struct term *term, enum style style);
const char *term_off(const struct term *term);

/* Columns that text takes. Control bytes count as shown by term_escape. */
int term_columns(const char *text, size_t len);

/* Appends text made harmless: C0, DEL, C1, bidi controls and line separators as \n, \t, \x1b, \u202e …, invalid UTF-8 as
 * \xNN. With `lines`, newlines and tabs are kept. */
void term_escape(struct str *out, const char *text, size_t len, bool lines);

/* ---- text made to fit; it comes out escaped, so a style goes around it, never inside ---- */

/* Appends text cut to at most `columns`, the cut marked by … (three dots without unicode). */
void term_cut(struct str *out, const struct term *term, const char *text, int columns);

/* Appends text and spaces to exactly `columns` (cut when longer). */
void term_pad(struct str *out, const struct term *term, const char *text, int columns);

/* Appends text broken at spaces into lines of at most `columns`; each but the first begins with `indent` spaces, the first
 * leaves them to the caller's label. Line breaks in text are kept. A word longer than a line is left whole. */
void term_wrap(struct str *out, const char *text, int columns, int indent);

/* A table: columns line up, numbers on the right, the widest text column is cut so that a row fits the width. */
struct term_column {
    const char *title;
    bool right;
    bool flexible;
};
struct term_table;
struct term_table *term_table_new(const struct term_column *columns, size_t count);
void term_table_row(struct term_table *table, const char *const *cells); /* `count` cells, copied; NULL is empty */
void term_table_heading(struct term_table *table, const char *text);     /* a line across all columns */
void term_table_style(struct term_table *table, size_t column, enum style style); /* of a cell of the last row */
void term_table_print(const struct term_table *table, const struct term *term, FILE *stream);
void term_table_free(struct term_table *table);

/* A progress line, redrawn in place on a terminal, one plain line per 10 % (or per change of label) elsewhere. */
struct term_progress {
    FILE *stream;
    struct term term;
    int shown; /* last tenth printed */
    char label[80];
};
void term_progress_show(struct term_progress *progress, const char *label, size_t done, size_t total, const char *note);
void term_progress_end(struct term_progress *progress); /* clears the line on a terminal */

/* "1.5 MiB", "850 B"; "3.1 s", "120 ms". The buffer is the caller's. */
#define TERM_AMOUNT_SIZE 24
const char *term_bytes(char text[TERM_AMOUNT_SIZE], double bytes);
const char *term_seconds(char text[TERM_AMOUNT_SIZE], double seconds);
