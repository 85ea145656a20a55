#pragma once
/*
 * Text taken apart for a terminal: one piece is what moves the cursor as a whole. A piece is a grapheme cluster, or a
 * control character, or a byte that is not UTF-8; the last two are only ever shown escaped. Private to term/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum piece_kind { PIECE_CLUSTER, PIECE_CONTROL, PIECE_INVALID };

struct piece {
    enum piece_kind kind;
    const char *data; /* where it lies in the text */
    size_t len;
    int32_t code; /* of a control; the byte, of an invalid one */
    int columns;  /* as shown */
};

/* Cuts the next piece off *rest; false when nothing is left. */
bool piece_next(struct sv *rest, struct piece *piece);

/* Appends the piece as it may be shown. */
void piece_show(struct str *out, const struct piece *piece);
