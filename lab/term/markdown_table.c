#include "term/markdown_table.h"

#include <stdlib.h>

#include "term/fold.h"

enum { GAP = 2, LEAST_COLUMN = 6 };

void markdown_table_release(struct markdown_table *table) {
    arena_release(&table->arena);
    array_free(&table->cells);
}

void markdown_table_add(struct markdown_table *table, struct sv cell) {
    *array_push(&table->cells) = (struct sv){arena_copy(&table->arena, cell.data, cell.len), cell.len};
}

/* Columns as wide as their widest cell; while they do not fit, the widest gives way. */
static void choose_widths(const struct markdown_table *table, int room, int widths[TABLE_COLUMNS_MOST]) {
    int total = GAP * (int)(table->columns - 1);
    for (size_t i = 0; i < table->cells.count; i++) {
        int wide = term_styled_columns(table->cells.items[i]), *width = &widths[i % table->columns];
        if (wide > *width) *width = wide;
    }
    for (size_t i = 0; i < table->columns; i++) total += widths[i];
    while (total > room) {
        size_t widest = 0;
        for (size_t i = 1; i < table->columns; i++)
            if (widths[i] > widths[widest]) widest = i;
        if (widths[widest] <= LEAST_COLUMN) return;
        widths[widest]--;
        total--;
    }
}

/* One line of each cell beside the other; false when no cell has a further one. */
static bool show_line(struct sv *rests, size_t columns, const int *widths, const char *prefix, struct str *out) {
    struct sv lines[TABLE_COLUMNS_MOST] = {{NULL, 0}};
    bool any = false;
    for (size_t i = 0; i < columns; i++) any |= sv_next_line(&rests[i], &lines[i]);
    if (!any) return false;
    str_append(out, prefix);
    size_t end = out->len;
    for (size_t i = 0, column = 0; i < columns; i++) {
        if (lines[i].len) {
            str_append_repeat(out, ' ', column);
            str_append_bytes(out, lines[i].data, lines[i].len);
            column = 0;
            end = out->len;
        }
        column += (size_t)(widths[i] - term_styled_columns(lines[i]) + GAP);
    }
    out->len = end;
    str_append_char(out, '\n');
    return true;
}

static void show_row(const struct sv *cells, size_t columns, const int *widths, const char *prefix, struct str *out) {
    struct str folded[TABLE_COLUMNS_MOST];
    struct sv rests[TABLE_COLUMNS_MOST];
    for (size_t i = 0; i < columns; i++) {
        folded[i] = (struct str)STR_INIT;
        term_fold(&folded[i], &(struct fold){.columns = widths[i], .words = true}, cells[i]);
        rests[i] = sv_str(&folded[i]);
    }
    while (show_line(rests, columns, widths, prefix, out)) {}
    for (size_t i = 0; i < columns; i++) str_release(&folded[i]);
}

static void show_rule(const struct term *term, size_t columns, const int *widths, const char *prefix, struct str *out) {
    str_append(out, prefix);
    str_append(out, term_on(term, STYLE_FAINT));
    for (size_t i = 0; i < columns; i++) {
        if (i) str_append_repeat(out, ' ', GAP);
        for (int column = 0; column < widths[i]; column++) str_append(out, term->unicode ? "─" : "-");
    }
    str_append(out, term_off(term));
    str_append_char(out, '\n');
}

void markdown_table_show(const struct markdown_table *table, const struct term *term, const char *prefix,
                         struct str *out) {
    int widths[TABLE_COLUMNS_MOST] = {0};
    if (!table->columns) return;
    choose_widths(table, term->width - term_styled_columns(sv_of(prefix)), widths);
    for (size_t i = 0; i + table->columns <= table->cells.count; i += table->columns) {
        show_row(table->cells.items + i, table->columns, widths, prefix, out);
        if (!i) show_rule(term, table->columns, widths, prefix, out);
    }
}
