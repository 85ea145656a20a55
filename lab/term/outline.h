#pragma once
/*
 * What stands in a Markdown text, with places: headings, links, pictures, code blocks and tables, in the order of the
 * text. For those who judge a lesson; it shows nothing. Offsets are bytes from the beginning of the text that was
 * given.
 *
 * Parsed by md4c as CommonMark with tables; HTML is text. Hostile texts are bounded: by their size, and by what the
 * parser finds in them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum { OUTLINE_TEXT_MOST = 256 * 1024 /* bytes of a text that is parsed */ };

enum outline_kind { OUTLINE_HEADING, OUTLINE_LINK, OUTLINE_IMAGE, OUTLINE_CODE, OUTLINE_TABLE };

struct outline_item {
    enum outline_kind kind;
    size_t offset;  /* where it stands: of a link its target, of a code block its first fence, where these are found */
    unsigned level; /* of a heading, 1..6 */
    const char *text;   /* of a heading, a link or a picture: its words without marks */
    const char *target; /* of a link or a picture */
    const char *lang;   /* of a code block: the first word behind the fence, "" when there is none */
    bool fenced;        /* of a code block; else it is indented */
    bool closed;        /* of a fenced block: the second fence is there */
    struct sv *lines;   /* of a code block; they borrow from the text given, those that are empty have no data */
    size_t line_count;
    unsigned columns, rows; /* of a table: as its heading has them; rows without heading and rule */
};

struct outline {
    struct outline_item *items;
    size_t count;
};

/* Reads text, which must outlive the outline; all else lives in arena. False when the text is larger than
 * OUTLINE_TEXT_MOST, or made to be hard to parse. */
bool outline_read(struct outline *outline, struct arena *arena, const char *text, size_t len);

/* Appends the anchor of a heading with these words, as forges make them: lower case, spaces as dashes, no other
 * punctuation. */
void outline_anchor(struct str *out, const char *words);
