/* The progress line of long work. */

#include "term/term.h"

enum { BAR_COLUMNS = 20, TENTHS = 10 };

static int part_of(size_t done, size_t total, int whole) {
    if (!total) return 0;
    return done >= total ? whole : (int)((double)done / (double)total * whole);
}

/* "building ml  [########            ]  2 of 5  numpy" */
static void redraw(const struct term_progress *progress, size_t done, size_t total, const char *note) {
    scoped(str) line = STR_INIT;
    str_append(&line, progress->label);
    if (total) {
        int full = part_of(done, total, BAR_COLUMNS);
        str_append(&line, "  [");
        str_append_repeat(&line, '#', (size_t)full);
        str_append_repeat(&line, ' ', (size_t)(BAR_COLUMNS - full));
        str_printf(&line, "]  %zu of %zu", done, total);
    }
    if (note && *note) str_printf(&line, "  %s", note);
    scoped(str) shown = STR_INIT;
    term_cut(&shown, &progress->term, line.data, progress->term.width - 1);
    fprintf(progress->stream, "\r%s\033[K", shown.data);
}

static void print_line(const struct term_progress *progress, size_t done, size_t total, const char *note) {
    scoped(str) line = STR_INIT;
    str_append(&line, progress->label);
    if (total) str_printf(&line, ": %zu of %zu", done, total);
    if (note && *note) str_printf(&line, total ? ", %s" : ": %s", note);
    scoped(str) shown = STR_INIT;
    term_escape(&shown, line.data, line.len, false);
    fprintf(progress->stream, "%s\n", shown.data);
}

void term_progress_show(struct term_progress *progress, const char *label, size_t done, size_t total,
                        const char *note) {
    char fresh[sizeof progress->label];
    snprintf(fresh, sizeof fresh, "%s", label);
    bool changed = strcmp(fresh, progress->label) != 0;
    int tenth = part_of(done, total, TENTHS);
    memcpy(progress->label, fresh, sizeof fresh);
    if (progress->term.tty)
        redraw(progress, done, total, note);
    else if (changed || tenth > progress->shown)
        print_line(progress, done, total, note);
    else
        return;
    progress->shown = tenth;
    fflush(progress->stream);
}

void term_progress_end(struct term_progress *progress) {
    if (progress->term.tty && progress->label[0]) fputs("\r\033[K", progress->stream);
    fflush(progress->stream);
    progress->label[0] = '\0';
    progress->shown = 0;
}
