#include <stdio.h>
#include <stdlib.h>

#include "author/preview_state.h"
#include "author/replay.h"
#include "base/json.h"
#include "report/report.h"
#include "term/fold.h"
#include "term/markdown.h"

enum { SEPARATOR = 3 }; /* columns between panes */

static const char *const part_names[PART_COUNT] = {"lesson", "check"};

/* ---- where things lie ---- */

static bool is_wide(const struct preview *preview) { return preview->screen.columns >= PREVIEW_WIDE; }

static int columns(const struct preview *preview, enum preview_part part) {
    int all = preview->screen.columns, left = (all - SEPARATOR) / 2;
    if (!is_wide(preview)) return all;
    return part == PART_LESSON ? left : all - SEPARATOR - left;
}

/* A title and a line of keys are there in any case; between panes one above the other there is a rule. */
int preview_rows(const struct preview *preview, enum preview_part part) {
    int rows = preview->screen.rows - 2, upper = (rows - 1) / 2;
    if (!is_wide(preview)) rows = part == PART_LESSON ? upper : rows - 1 - upper;
    return rows > 0 ? rows : 0;
}

static struct term term_for(const struct preview *preview, enum preview_part part) {
    struct term term = preview->options->term;
    term.tty = false; /* what is running stands in the title */
    term.width = columns(preview, part);
    return term;
}

/* ---- what stands in the panes ---- */

static void lay_lesson(struct preview *preview) {
    scoped(str) text = STR_INIT;
    struct err err = ERR_INIT;
    struct term term = term_for(preview, PART_LESSON);
    if (term_markdown(&text, &term, sv_str(&preview->lesson), &err)) str_printf(&text, "README.md: %s\n", err.message);
    pane_set(&preview->panes[PART_LESSON], sv_str(&text), term.width);
}

/* The events, as the learner's terminal shows them. */
static void replay_events(const struct preview *preview, const struct term *term, FILE *stream) {
    struct report_terminal *report =
        report_terminal_new(stream, *term, preview->options->verbose, preview->options->quiet);
    scoped(replay) replay;
    replay_init(&replay, preview->work.exercise, report_terminal_sink(report));
    size_t index;
    json_t *line;
    json_array_foreach(preview->events, index, line) replay_event(&replay, line);
    report_terminal_free(report);
}

static void show_fault(const struct term *term, const char *fault, FILE *stream) {
    scoped(str) clean = STR_INIT;
    term_escape(&clean, fault, strlen(fault), true);
    fprintf(stream, "%sno check:%s\n\n%s\n", term_on(term, STYLE_BAD), term_off(term), clean.data);
}

static void lay_check(struct preview *preview) {
    struct term term = term_for(preview, PART_CHECK);
    autofree char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    if (!stream) abort();
    if (preview->work.exercise && !preview->fault) replay_events(preview, &term, stream);
    if (preview->fault) show_fault(&term, preview->fault, stream);
    fclose(stream);
    pane_set(&preview->panes[PART_CHECK], (struct sv){text, len}, term.width);
}

/* ---- the picture ---- */

static void append_cut(const struct preview *preview, const char *text, struct str *out) {
    term_cut(out, &preview->options->term, text, preview->screen.columns);
}

static size_t variant_number(const struct preview *preview) {
    return preview->work.variant ? 1 + (size_t)(preview->work.variant - preview->work.variants.items) : 0;
}

static void append_state(const struct preview *preview, struct str *out) {
    if (preview->fault)
        str_append(out, "no check");
    else if (preview->finished)
        str_append(out, "done");
    else
        str_append(out, preview->preparing ? preview->preparing : "running");
}

static void append_title(const struct preview *preview, struct str *out) {
    const struct work *work = &preview->work;
    scoped(str) title = STR_INIT;
    str_printf(&title, "%s  %s", preview->exercise, preview->variant);
    if (work->exercise) str_printf(&title, " (%zu of %zu)", 1 + variant_number(preview), 1 + work->variants.count);
    str_append(&title, preview->options->term.unicode ? " · " : " - ");
    append_state(preview, &title);
    if (work->variant && work->variant->wrong) {
        str_append(&title, preview->options->term.unicode ? " · must fail" : " - must fail");
        for (size_t i = 0; i < work->variant->wrong->fails.count; i++)
            str_printf(&title, "%s %s", i ? "," : "", work->variant->wrong->fails.items[i]);
    }
    str_append(out, term_on(&preview->options->term, STYLE_STRONG));
    append_cut(preview, title.data, out);
    str_append(out, term_off(&preview->options->term));
    str_append_char(out, '\n');
}

/* "lesson 21-40 of 80" */
static void append_place(const struct preview *preview, enum preview_part part, struct str *out) {
    const struct pane *pane = &preview->panes[part];
    size_t rows = (size_t)preview_rows(preview, part), end = pane->top + rows;
    if (end > pane->lines.count) end = pane->lines.count;
    const char *open = part == preview->focus ? "[" : "", *shut = part == preview->focus ? "]" : "";
    str_printf(out, "%s%s %zu-%zu of %zu%s  ", open, part_names[part], pane->lines.count ? pane->top + 1 : 0, end,
               pane->lines.count, shut);
}

static void append_keys(const struct preview *preview, struct str *out) {
    scoped(str) keys = STR_INIT;
    append_place(preview, PART_LESSON, &keys);
    append_place(preview, PART_CHECK, &keys);
    str_append(&keys, "q quit  r again  n p s o 1-9 variant  Tab j k scroll");
    str_append(out, term_on(&preview->options->term, STYLE_FAINT));
    append_cut(preview, keys.data, out);
    str_append(out, term_off(&preview->options->term));
}

static void append_beside(const struct preview *preview, struct str *out) {
    const struct term *term = &preview->options->term;
    for (int row = 0; row < preview_rows(preview, PART_LESSON); row++) {
        pane_line(&preview->panes[PART_LESSON], row, true, out);
        str_printf(out, " %s%s%s ", term_on(term, STYLE_FAINT), term->unicode ? "│" : "|", term_off(term));
        pane_line(&preview->panes[PART_CHECK], row, false, out);
        str_append_char(out, '\n');
    }
}

static void append_above(const struct preview *preview, struct str *out) {
    const struct term *term = &preview->options->term;
    for (int row = 0; row < preview_rows(preview, PART_LESSON); row++) {
        pane_line(&preview->panes[PART_LESSON], row, false, out);
        str_append_char(out, '\n');
    }
    str_append(out, term_on(term, STYLE_FAINT));
    for (int column = 0; column < preview->screen.columns; column++) str_append(out, term->unicode ? "─" : "-");
    str_printf(out, "%s\n", term_off(term));
    for (int row = 0; row < preview_rows(preview, PART_CHECK); row++) {
        pane_line(&preview->panes[PART_CHECK], row, false, out);
        str_append_char(out, '\n');
    }
}

void preview_show(struct preview *preview) {
    scoped(str) picture = STR_INIT;
    if (preview->stale[PART_LESSON]) lay_lesson(preview);
    if (preview->stale[PART_CHECK]) lay_check(preview);
    for (int part = 0; part < PART_COUNT; part++) {
        preview->stale[part] = false;
        pane_scroll(&preview->panes[part], 0, preview_rows(preview, (enum preview_part)part));
    }
    append_title(preview, &picture);
    if (is_wide(preview))
        append_beside(preview, &picture);
    else
        append_above(preview, &picture);
    append_keys(preview, &picture);
    screen_draw(&preview->screen, sv_str(&picture));
}
