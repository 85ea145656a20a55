#pragma once
/* A part of the screen: text in lines that fit, of which some are seen. */

#include "base/mem.h"
#include "base/str.h"

struct pane {
    struct str text; /* folded */
    array(struct sv) lines;
    size_t top;  /* the first line that is seen */
    int columns; /* what it is folded to */
};
#define PANE_INIT \
    { .text = STR_INIT }
void pane_release(struct pane *pane);

/* Shows styled text from now on, folded to `columns`. Where it is scrolled to stays. */
void pane_set(struct pane *pane, struct sv styled, int columns);

/* Moves what is seen, in a pane of `rows` lines, as far as there is text. */
void pane_scroll(struct pane *pane, long lines, int rows);

/* Appends the line in this row, with spaces to exactly the pane's columns when `pad`. */
void pane_line(const struct pane *pane, int row, bool pad, struct str *out);
