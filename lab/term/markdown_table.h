#pragma once
/* A table of a lesson: gathered cell by cell, then laid out with columns no wider than needed. Private to term/. */

#include "base/arena.h"
#include "base/str.h"
#include "term/term.h"

enum { TABLE_COLUMNS_MOST = 32 };

struct markdown_table {
    struct arena arena;     /* of the cells */
    array(struct sv) cells; /* styled, row by row; the first row is the heading */
    size_t columns;
};
void markdown_table_release(struct markdown_table *table);
void markdown_table_add(struct markdown_table *table, struct sv cell);

/* Appends the rows, each line with `prefix` before it and fitted to what it leaves of the terminal's width. */
void markdown_table_show(const struct markdown_table *table, const struct term *term, const char *prefix,
                         struct str *out);
