#include "term/pane.h"

#include <stdlib.h>

#include "term/fold.h"

void pane_release(struct pane *pane) {
    str_release(&pane->text);
    array_free(&pane->lines);
}

void pane_set(struct pane *pane, struct sv styled, int columns) {
    str_clear(&pane->text);
    pane->lines.count = 0;
    pane->columns = columns;
    term_fold(&pane->text, &(struct fold){.columns = columns}, styled);
    struct sv rest = sv_str(&pane->text), line;
    while (sv_next_line(&rest, &line)) *array_push(&pane->lines) = line;
}

void pane_scroll(struct pane *pane, long lines, int rows) {
    size_t most = pane->lines.count > (size_t)rows ? pane->lines.count - (size_t)rows : 0;
    if (lines < 0 && (size_t)-lines > pane->top)
        pane->top = 0;
    else
        pane->top += (size_t)lines;
    if (pane->top > most) pane->top = most;
}

void pane_line(const struct pane *pane, int row, bool pad, struct str *out) {
    size_t index = pane->top + (size_t)row;
    struct sv line = index < pane->lines.count ? pane->lines.items[index] : (struct sv){"", 0};
    str_append_bytes(out, line.data, line.len);
    int left = pane->columns - term_styled_columns(line);
    if (pad && left > 0) str_append_repeat(out, ' ', (size_t)left);
}
