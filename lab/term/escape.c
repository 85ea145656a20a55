/* Text from elsewhere, made harmless for a terminal: nothing that it could obey comes through. */

#include "term/piece.h"
#include "term/term.h"

static char short_form(int32_t code) {
    switch (code) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

void piece_show(struct str *out, const struct piece *piece) {
    if (piece->kind == PIECE_CLUSTER)
        str_append_bytes(out, piece->data, piece->len);
    else if (short_form(piece->code))
        str_printf(out, "\\%c", short_form(piece->code));
    else if (piece->kind == PIECE_INVALID || piece->code < 0x80)
        str_printf(out, "\\x%02x", (unsigned)piece->code);
    else
        str_printf(out, "\\u%04x", (unsigned)piece->code);
}

void term_escape(struct str *out, const char *text, size_t len, bool lines) {
    struct sv rest = {text, len};
    for (struct piece piece; piece_next(&rest, &piece);) {
        bool kept = lines && piece.kind == PIECE_CONTROL && (piece.code == '\n' || piece.code == '\t');
        if (kept)
            str_append_char(out, (char)piece.code);
        else
            piece_show(out, &piece);
    }
}
