/* The tables of a lesson: as many cells in each row as in the heading. What is too much is left out by those who show
 * it. */

#include "author/lint_lesson.h"

/* A row as a table has it. */
struct row {
    unsigned cells;
    const char *in_code; /* the first bar between backticks, which ends a cell all the same */
};

static struct sv without_edges(struct sv line) {
    while (line.len && char_is_one_of(line.data[line.len - 1], " \t\r>")) line.len--;
    while (line.len && char_is_one_of(line.data[0], " \t>")) line.data++, line.len--;
    if (line.len && line.data[0] == '|') line.data++, line.len--;
    if (line.len && line.data[line.len - 1] == '|' && (line.len < 2 || line.data[line.len - 2] != '\\')) line.len--;
    return line;
}

static struct row read_row(struct sv line) {
    struct row row = {1, NULL};
    bool code = false;
    line = without_edges(line);
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '\\') {
            i++;
        } else if (line.data[i] == '`') {
            code = !code;
        } else if (line.data[i] == '|') {
            row.cells++;
            if (code && !row.in_code) row.in_code = line.data + i;
        }
    }
    return row;
}

static void judge_row(const struct lesson *lesson, const struct outline_item *item, struct sv line) {
    struct row row = read_row(line);
    if (row.cells == item->columns) return;
    if (row.in_code)
        lint_add(lesson->lint, "W506", lesson->file->file, lint_place(lesson->file, row.in_code),
                 "this | ends a cell, although it stands in code: %u cells where the heading has %u", row.cells,
                 item->columns);
    else
        lint_add(lesson->lint, "W506", lesson->file->file, lint_place(lesson->file, line.data),
                 "%u cells in this row, %u in the heading", row.cells, item->columns);
}

void lesson_table(const struct lesson *lesson, const struct outline_item *item) {
    const char *text = lesson->file->text.data;
    size_t begin = item->offset;
    while (begin && text[begin - 1] != '\n') begin--;
    struct sv rest = {text + begin, lesson->file->text.len - begin}, line;
    for (unsigned i = 0; i < item->rows + 2 && sv_next_line(&rest, &line); i++)
        if (i != 1) judge_row(lesson, item, line); /* the second is the rule below the heading */
}
