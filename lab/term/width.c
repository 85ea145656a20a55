/*
 * Columns of text. A cluster is as wide as its code points together, but never over two columns: that is right for
 * combining marks (0), East Asian wide (2), flags (1 + 1), joined and skin-toned emoji (2 + 2 + …). A variation selector
 * 16 asks for the emoji form, which is two columns wide. Source: UAX #29 and UAX #11, as utf8proc has them.
 */

#include <utf8proc.h>

#include "term/piece.h"
#include "term/term.h"

enum { WIDEST_CLUSTER = 2, EMOJI_FORM = 0xfe0f };

/* Controls that a terminal may obey: C0, DEL, C1, line separators, and all marks that reorder what stands beside them
 * (UAX #9, Bidi_Control). */
static bool is_control(int32_t code) {
    static const struct {
        int32_t first, last;
    } ranges[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    for (size_t i = 0; i < LENGTH(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return true;
    return false;
}

/* The code point at the start of text and its length; 0 when the first byte begins none. */
static size_t decode(struct sv text, int32_t *code) {
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, code);
    return used > 0 ? (size_t)used : 0;
}

static void take(struct sv *rest, struct piece *piece, size_t len) {
    piece->len = len;
    *rest = (struct sv){rest->data + len, rest->len - len};
}

/* Length and width of the cluster that begins with `code`, `used` bytes long. */
static size_t cluster(struct sv text, int32_t code, size_t used, int *columns) {
    utf8proc_int32_t state = 0;
    int wide = utf8proc_charwidth(code);
    for (int32_t next; used < text.len; code = next) {
        size_t step = decode((struct sv){text.data + used, text.len - used}, &next);
        if (!step || is_control(next) || utf8proc_grapheme_break_stateful(code, next, &state)) break;
        if (wide < WIDEST_CLUSTER) wide = next == EMOJI_FORM && wide ? WIDEST_CLUSTER : wide + utf8proc_charwidth(next);
        used += step;
    }
    *columns = wide < WIDEST_CLUSTER ? wide : WIDEST_CLUSTER;
    return used;
}

/* A printable ASCII character that another ASCII character, or nothing, follows: it needs no tables. */
static bool is_simple(struct sv text) {
    return text.data[0] >= 0x20 && text.data[0] < 0x7f && (text.len == 1 || !(text.data[1] & 0x80));
}

bool piece_next(struct sv *rest, struct piece *piece) {
    if (!rest->len) return false;
    *piece = (struct piece){.data = rest->data};
    if (is_simple(*rest)) {
        piece->code = rest->data[0];
        piece->columns = 1;
        take(rest, piece, 1);
        return true;
    }
    size_t used = decode(*rest, &piece->code);
    if (!used) {
        piece->kind = PIECE_INVALID;
        piece->code = (unsigned char)rest->data[0];
        used = 1;
    } else if (is_control(piece->code)) {
        piece->kind = PIECE_CONTROL;
    } else {
        used = cluster(*rest, piece->code, used, &piece->columns);
    }
    if (piece->kind != PIECE_CLUSTER) {
        scoped(str) shown = STR_INIT;
        piece_show(&shown, piece);
        piece->columns = (int)shown.len;
    }
    take(rest, piece, used);
    return true;
}

int term_columns(const char *text, size_t len) {
    if (ascii_prefix(text, len) == len) return (int)len;
    int columns = 0;
    struct sv rest = {text, len};
    for (struct piece piece; piece_next(&rest, &piece);) columns += piece.columns;
    return columns;
}
