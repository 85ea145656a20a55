#pragma once
/*
 * Markdown (CommonMark with tables, task lists and struck text) as lines of a terminal: what a lesson looks like there. By
 * md4c. The text may be anybody's: all of it comes out escaped, HTML is shown as it stands, and links are only named.
 */

#include "base/err.h"
#include "base/str.h"
#include "term/term.h"

enum { MARKDOWN_MOST = 1 << 20 };

/* Appends the text, fitted to the terminal's width; code is never broken. ERR_COURSE beyond MARKDOWN_MOST bytes. */
int term_markdown(struct str *out, const struct term *term, struct sv text, struct err *err);
