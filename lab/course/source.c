#include "course/source.h"

#include "term/term.h"

enum {
    CONTEXT_COLUMNS = 72,                  /* of a source line are shown */
    BEFORE_COLUMNS = 48,                   /* of them before the caret, at most */
    SLICE_BYTES = 4 * CONTEXT_COLUMNS + 16 /* more of a line than fits the columns */
};

struct source source_of(const char *file, const char *text, size_t len) {
    size_t mark = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
    return (struct source){file, text + mark, len - mark};
}

/* Bytes of the line break at p, 0 when there is none. */
static size_t break_length(const char *p, const char *end) {
    size_t left = (size_t)(end - p);
    if (!left) return 0;
    if (*p == '\n') return 1;
    if (*p == '\r') return left > 1 && p[1] == '\n' ? 2 : 1;
    if (left > 1 && !memcmp(p, "\xc2\x85", 2)) return 2;
    if (left > 2 && (!memcmp(p, "\xe2\x80\xa8", 3) || !memcmp(p, "\xe2\x80\xa9", 3))) return 3;
    return 0;
}

static bool continues_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* The line with this number; an empty one beyond the last. */
static struct sv find_line(const struct source *source, int number) {
    const char *begin = source->text, *end = begin + source->len;
    for (int line = 1;; line++) {
        const char *stop = begin;
        while (stop < end && !break_length(stop, end)) stop++;
        if (line == number) return (struct sv){begin, (size_t)(stop - begin)};
        if (stop == end) return (struct sv){end, 0};
        begin = stop + break_length(stop, end);
    }
}

static size_t column_offset(struct sv line, int column) {
    size_t offset = 0;
    for (int at = 1; offset < line.len && at < column; at++) {
        offset++;
        while (offset < line.len && continues_character(line.data[offset])) offset++;
    }
    return offset;
}

struct yaml_position source_position(const struct source *source, size_t offset) {
    const char *p = source->text, *end = p + source->len, *stop = p + offset;
    struct yaml_position at = {1, 1};
    while (p < stop) {
        size_t skip = break_length(p, end);
        if (skip) {
            at.line++;
            at.column = 1;
        } else {
            skip = 1;
            while (p + skip < stop && continues_character(p[skip])) skip++;
            at.column++;
        }
        p += skip;
    }
    return at;
}

static int escaped_columns(const char *text, size_t len) {
    scoped(str) shown = STR_INIT;
    term_escape(&shown, text, len, false);
    return term_columns(shown.data, shown.len);
}

/* How many bytes before the caret are left out, so that the rest fits. */
static size_t cut_before(struct sv line, size_t caret) {
    size_t begin = caret > SLICE_BYTES ? caret - SLICE_BYTES : 0;
    while (begin < caret && escaped_columns(line.data + begin, caret - begin) > BEFORE_COLUMNS) do
            begin++;
        while (begin < caret && continues_character(line.data[begin]));
    return begin;
}

/* Appends the line, cut around the caret, and returns the column of the caret in what was appended. */
static int append_line(struct str *out, struct sv line, size_t caret) {
    const struct term screen = {.unicode = true, .width = CONTEXT_COLUMNS};
    size_t begin = cut_before(line, caret), rest = line.len - begin;
    scoped(str) shown = STR_INIT;
    if (begin) str_append(&shown, "…");
    term_escape(&shown, line.data + begin, caret - begin, false);
    int column = term_columns(shown.data, shown.len);
    term_escape(&shown, line.data + caret, rest - (caret - begin) > SLICE_BYTES ? SLICE_BYTES : line.len - caret,
                false);
    term_cut(out, &screen, shown.data, CONTEXT_COLUMNS);
    return column;
}

void source_describe(struct str *out, const struct source *source, struct yaml_position at, const char *message) {
    struct sv line = find_line(source, at.line);
    str_printf(out, "%s:%d:%d: %s\n%5d | ", source->file, at.line, at.column, message, at.line);
    int column = append_line(out, line, column_offset(line, at.column));
    str_append(out, "\n      | ");
    str_append_repeat(out, ' ', (size_t)column);
    str_append_char(out, '^');
}
