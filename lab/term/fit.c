/* Text made to fit: cut, padded, wrapped. All of it comes out escaped, so that no cell can break its table. */

#include "term/piece.h"
#include "term/term.h"

/* Appends the pieces that fit into `columns`; returns the columns used. */
static int append_fitting(struct str *out, const char *text, int columns) {
    int used = 0;
    struct sv rest = sv_of(text);
    for (struct piece piece; piece_next(&rest, &piece) && used + piece.columns <= columns; used += piece.columns)
        piece_show(out, &piece);
    return used;
}

/* As term_cut; returns the columns used. */
static int cut(struct str *out, const struct term *term, const char *text, int columns) {
    if (term_columns(text, strlen(text)) <= columns) return append_fitting(out, text, columns);
    const char *mark = term->unicode ? "…" : "...";
    int mark_columns = term->unicode ? 1 : 3;
    if (columns < mark_columns) return append_fitting(out, text, columns);
    int used = append_fitting(out, text, columns - mark_columns);
    str_append(out, mark);
    return used + mark_columns;
}

void term_cut(struct str *out, const struct term *term, const char *text, int columns) {
    cut(out, term, text, columns);
}

void term_pad(struct str *out, const struct term *term, const char *text, int columns) {
    int used = cut(out, term, text, columns);
    if (used < columns) str_append_repeat(out, ' ', (size_t)(columns - used));
}

/* Cuts the next word off *rest, and says whether a line break stood before it. */
static bool next_word(struct sv *rest, struct sv *word, bool *broken) {
    size_t start = 0, end;
    for (*broken = false; start < rest->len && (rest->data[start] == ' ' || rest->data[start] == '\n'); start++)
        *broken |= rest->data[start] == '\n';
    for (end = start; end < rest->len && rest->data[end] != ' ' && rest->data[end] != '\n';) end++;
    *word = (struct sv){rest->data + start, end - start};
    *rest = (struct sv){rest->data + end, rest->len - end};
    return word->len > 0;
}

void term_wrap(struct str *out, const char *text, int columns, int indent) {
    struct sv rest = sv_of(text), word;
    int used = indent;
    bool broken, first = true;
    while (next_word(&rest, &word, &broken)) {
        int wide = term_columns(word.data, word.len);
        bool fresh = !first && (broken || used + 1 + wide > columns);
        if (fresh) {
            str_append_char(out, '\n');
            str_append_repeat(out, ' ', (size_t)indent);
            used = indent;
        } else if (!first) {
            str_append_char(out, ' ');
            used++;
        }
        term_escape(out, word.data, word.len, false);
        used += wide;
        first = false;
    }
}
