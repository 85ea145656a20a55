#include "term/term.h"

#include <stdlib.h>

enum { GAP = 2, LEAST_FLEXIBLE = 6, LEAST_TEXT = 4 };

struct cell {
    char *text;
    enum style style;
};

struct row {
    struct cell *cells; /* of a heading: one */
    bool heading;
};

struct term_table {
    struct term_column *columns;
    size_t count;
    array(struct row) rows; /* the first holds the titles */
};

static struct row *add_row(struct term_table *table, const char *const *cells, size_t count, bool heading) {
    struct row *row = array_push(&table->rows);
    *row = (struct row){.cells = mem_alloc(count * sizeof *row->cells), .heading = heading};
    for (size_t i = 0; i < count; i++) row->cells[i].text = mem_copy_string(cells[i] ? cells[i] : "");
    return row;
}

struct term_table *term_table_new(const struct term_column *columns, size_t count) {
    struct term_table *table = mem_alloc(sizeof *table);
    table->columns = mem_alloc(count * sizeof *columns);
    memcpy(table->columns, columns, count * sizeof *columns);
    table->count = count;
    autofree const char **titles = mem_alloc(count * sizeof *titles);
    for (size_t i = 0; i < count; i++) titles[i] = columns[i].title;
    const struct row *row = add_row(table, titles, count, false);
    for (size_t i = 0; i < count; i++) row->cells[i].style = STYLE_FAINT;
    return table;
}

void term_table_row(struct term_table *table, const char *const *cells) { add_row(table, cells, table->count, false); }

void term_table_heading(struct term_table *table, const char *text) { add_row(table, &text, 1, true); }

void term_table_style(struct term_table *table, size_t column, enum style style) {
    table->rows.items[table->rows.count - 1].cells[column].style = style;
}

void term_table_free(struct term_table *table) {
    if (!table) return;
    for (size_t i = 0; i < table->rows.count; i++) {
        const struct row *row = &table->rows.items[i];
        for (size_t k = 0; k < (row->heading ? 1 : table->count); k++) free(row->cells[k].text);
        free(row->cells);
    }
    array_free(&table->rows);
    free(table->columns);
    free(table);
}

static int columns_of(const char *text) { return term_columns(text, strlen(text)); }

static int natural_width(const struct term_table *table, size_t column) {
    int width = 0;
    for (size_t i = 0; i < table->rows.count; i++) {
        if (table->rows.items[i].heading) continue;
        int cell = columns_of(table->rows.items[i].cells[column].text);
        if (cell > width) width = cell;
    }
    return width;
}

/* The widest column that may still give room: a flexible one, or when `any`, every text column. NULL: none. */
static int *widest(const struct term_table *table, int *widths, bool any) {
    int *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct term_column *column = &table->columns[i];
        if (any ? column->right : !column->flexible) continue;
        if (widths[i] <= (any ? LEAST_TEXT : LEAST_FLEXIBLE)) continue;
        if (!found || widths[i] > *found) found = &widths[i];
    }
    return found;
}

/* Takes columns off until a row fits; numbers are never cut, so that a row of many may stay too long. */
static void fit(const struct term_table *table, int *widths, int width) {
    int total = GAP * ((int)table->count - 1);
    for (size_t i = 0; i < table->count; i++) {
        if (!table->columns[i].right && widths[i] > width) widths[i] = width;
        total += widths[i];
    }
    for (int *giving; total > width && (giving = widest(table, widths, false)); total--) (*giving)--;
    for (int *giving; total > width && (giving = widest(table, widths, true)); total--) (*giving)--;
}

static void append_cell(struct str *line, const struct term *term, const char *text, int width, bool right) {
    int spare = width - columns_of(text);
    if (right && spare > 0) {
        str_append_repeat(line, ' ', (size_t)spare);
        width -= spare;
    }
    term_pad(line, term, text, width);
}

static void trim(struct str *line) {
    while (line->len && line->data[line->len - 1] == ' ') line->data[--line->len] = '\0';
}

static void print_row(const struct term_table *table, const struct term *term, const struct cell *cells,
                      const int *widths, FILE *stream) {
    scoped(str) line = STR_INIT;
    for (size_t i = 0; i < table->count; i++) {
        if (i) str_append_repeat(&line, ' ', GAP);
        bool styled = cells[i].style != STYLE_PLAIN && term->color;
        if (styled) str_append(&line, term_on(term, cells[i].style));
        append_cell(&line, term, cells[i].text, widths[i], table->columns[i].right);
        if (styled) str_append(&line, term_off(term));
    }
    trim(&line);
    fprintf(stream, "%s\n", line.data);
}

static void print_heading(const struct term *term, const char *text, FILE *stream) {
    scoped(str) line = STR_INIT;
    term_cut(&line, term, text, term->width);
    fprintf(stream, "%s%s%s\n", term_on(term, STYLE_STRONG), line.data, term_off(term));
}

static bool has_titles(const struct term_table *table) {
    for (size_t i = 0; i < table->count; i++)
        if (table->rows.items[0].cells[i].text[0]) return true;
    return false;
}

void term_table_print(const struct term_table *table, const struct term *term, FILE *stream) {
    autofree int *widths = mem_alloc(table->count * sizeof *widths);
    for (size_t i = 0; i < table->count; i++) widths[i] = natural_width(table, i);
    fit(table, widths, term->width);
    for (size_t i = has_titles(table) ? 0 : 1; i < table->rows.count; i++) {
        const struct row *row = &table->rows.items[i];
        if (row->heading)
            print_heading(term, row->cells[0].text, stream);
        else
            print_row(table, term, row->cells, widths, stream);
    }
}
