#pragma once
/* Markdown on its way to lines: what its two files share. Private to term/. */

#include <md4c.h>

#include "term/markdown_table.h"
#include "term/term.h"

enum { SPANS_MOST = 3 };

/* A list or an item of one, or a quotation: what stands before the lines in it. */
struct container {
    size_t prefix_len; /* of renderer.rest outside of it */
    unsigned number;   /* of a list: the next item's; 0: bullets */
    bool tight, begun;
};

struct renderer {
    struct str *out;
    const struct term *term;
    struct str text;        /* of the paragraph, heading or cell that is being read; styled */
    struct str first, rest; /* before the next line, and before those that follow */
    bool any;               /* something was printed */
    bool pending;           /* first holds the mark of an item that has no line yet */
    array(struct container) containers;
    struct markdown_table table;
    int spans[SPANS_MOST]; /* how often each style is on */
    bool in_code;
    size_t link; /* where in text the link begins that is being read */
};

/* ---- markdown_line.c: what stands in a line ---- */

int markdown_enter_span(MD_SPANTYPE type, void *detail, void *context);
int markdown_leave_span(MD_SPANTYPE type, void *detail, void *context);
int markdown_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context);
