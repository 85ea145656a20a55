#pragma once
/*
 * Text that lab has styled already (escaped, with the codes of term_on and term_off in it), made to fit a width. A style that
 * goes over the end of a line is switched off there and on again behind the next line's prefix, so that lines can be put
 * beside each other.
 */

#include "base/str.h"

struct fold {
    int columns;              /* of a whole line, prefix included */
    const char *first, *rest; /* what stands before the first line and before the others; NULL is nothing */
    bool words;               /* break at spaces, and runs of them are one; else at the column, as a terminal does */
};

/* Appends the text in lines, without a newline behind the last. Newlines in it are kept; what has no space is broken at the
 * column. */
void term_fold(struct str *out, const struct fold *fold, struct sv styled);

/* Columns that styled text takes. */
int term_styled_columns(struct sv styled);

/* The length of the style code at the start of text; 0 when there is none. */
size_t term_code_length(struct sv text);
