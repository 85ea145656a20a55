#include "term/fold.h"

#include "term/piece.h"
#include "term/term.h"

size_t term_code_length(struct sv text) {
    if (text.len < 3 || text.data[0] != '\033' || text.data[1] != '[') return 0;
    for (size_t i = 2; i < text.len; i++) {
        if (text.data[i] == 'm') return i + 1;
        if ((text.data[i] < '0' || text.data[i] > '9') && text.data[i] != ';') return 0;
    }
    return 0;
}

static void skip(struct sv *rest, size_t len) { *rest = (struct sv){rest->data + len, rest->len - len}; }

int term_styled_columns(struct sv styled) {
    int columns = 0;
    while (styled.len) {
        size_t code = term_code_length(styled);
        struct piece piece = {0};
        if (code)
            skip(&styled, code);
        else if (piece_next(&styled, &piece))
            columns += piece.columns;
    }
    return columns;
}

/* ---- lines ---- */

struct folder {
    struct str *out;
    const struct fold *fold;
    struct str active; /* the codes that are in force */
    int used;
    bool fresh; /* nothing but the prefix stands on this line */
};

static void prefix(struct folder *folder, const char *text) {
    if (text) str_append(folder->out, text);
    folder->used = text ? term_styled_columns(sv_of(text)) : 0;
    folder->fresh = true;
    str_append_bytes(folder->out, folder->active.data, folder->active.len);
}

static void new_line(struct folder *folder) {
    if (folder->active.len) str_append(folder->out, "\033[0m");
    str_append_char(folder->out, '\n');
    prefix(folder, folder->fold->rest);
}

static void code(struct folder *folder, struct sv *rest, size_t len) {
    str_append_bytes(folder->out, rest->data, len);
    if (len == 4 && rest->data[2] == '0')
        str_clear(&folder->active);
    else
        str_append_bytes(&folder->active, rest->data, len);
    skip(rest, len);
}

/* Shows all of text, broken at the column where it must be. */
static void show(struct folder *folder, struct sv text) {
    while (text.len) {
        size_t len = term_code_length(text);
        struct piece piece;
        if (len) {
            code(folder, &text, len);
            continue;
        }
        if (!piece_next(&text, &piece)) return;
        if (folder->used + piece.columns > folder->fold->columns && !folder->fresh) new_line(folder);
        piece_show(folder->out, &piece);
        folder->used += piece.columns;
        folder->fresh = false;
    }
}

/* The next word of a line, and whether spaces stand before it. */
static bool next_word(struct sv *rest, struct sv *word, bool *spaced) {
    size_t start = 0, end;
    while (start < rest->len && rest->data[start] == ' ') start++;
    *spaced = start > 0;
    for (end = start; end < rest->len && rest->data[end] != ' ';) end++;
    *word = (struct sv){rest->data + start, end - start};
    skip(rest, end);
    return word->len > 0;
}

static void show_words(struct folder *folder, struct sv line) {
    struct sv word;
    for (bool spaced; next_word(&line, &word, &spaced);) {
        int wide = term_styled_columns(word);
        if (!folder->fresh && spaced && folder->used + 1 + wide > folder->fold->columns) {
            new_line(folder);
        } else if (!folder->fresh && spaced) {
            str_append_char(folder->out, ' ');
            folder->used++;
        }
        show(folder, word);
    }
}

void term_fold(struct str *out, const struct fold *fold, struct sv styled) {
    struct folder folder = {.out = out, .fold = fold, .active = STR_INIT};
    struct sv line;
    prefix(&folder, fold->first);
    for (bool first = true; sv_next_line(&styled, &line); first = false) {
        if (!first) new_line(&folder);
        if (fold->words)
            show_words(&folder, line);
        else
            show(&folder, line);
    }
    str_release(&folder.active);
}
