#include "term/markdown.h"

#include <stdlib.h>

#include "term/fold.h"
#include "term/markdown_inside.h"

enum { CODE_INDENT = 4, TAB_STOP = 4, LEAST_ROOM = 20 };

static void renderer_release(struct renderer *r) {
    str_release(&r->text);
    str_release(&r->first);
    str_release(&r->rest);
    array_free(&r->containers);
    markdown_table_release(&r->table);
}

/* ---- lines ---- */

static void printed(struct renderer *r) {
    str_append_char(r->out, '\n');
    str_clear(&r->first);
    str_append(&r->first, r->rest.data);
    r->pending = false;
    r->any = true;
}

/* An empty line between blocks, with the marks of quotations before it. */
static void gap(struct renderer *r) {
    if (!r->any || r->pending) return;
    size_t len = r->rest.len;
    while (len && r->rest.data[len - 1] == ' ') len--;
    str_append_bytes(r->out, r->rest.data, len);
    printed(r);
}

/* Prints the text that was gathered. */
static void flush(struct renderer *r) {
    if (!r->text.len) return;
    struct fold fold = {r->term->width, r->first.data, r->rest.data, true};
    term_fold(r->out, &fold, sv_str(&r->text));
    str_clear(&r->text);
    printed(r);
}

static void rule(struct renderer *r, const char *sign, const char *ascii, int columns) {
    str_append(r->out, r->first.data);
    for (int i = 0; i < columns; i++) str_append(r->out, r->term->unicode ? sign : ascii);
    printed(r);
}

static int room(const struct renderer *r) { return r->term->width - term_styled_columns(sv_str(&r->rest)); }

static void code_line(struct renderer *r, struct sv line) {
    str_append(r->out, r->first.data);
    str_append_repeat(r->out, ' ', CODE_INDENT);
    struct sv rest = line;
    for (size_t column = 0; rest.len; column++) {
        const char *tab = memchr(rest.data, '\t', rest.len);
        size_t len = tab ? (size_t)(tab - rest.data) : rest.len;
        term_escape(r->out, rest.data, len, false);
        column += (size_t)term_columns(rest.data, len);
        if (!tab) break;
        str_append_repeat(r->out, ' ', TAB_STOP - column % TAB_STOP);
        column += TAB_STOP - column % TAB_STOP - 1;
        rest = (struct sv){tab + 1, rest.len - len - 1};
    }
    printed(r);
}

static void show_code(struct renderer *r) {
    struct sv rest = sv_str(&r->text), line;
    while (sv_next_line(&rest, &line)) code_line(r, line);
    str_clear(&r->text);
}

static void heading(struct renderer *r, unsigned level) {
    if (!r->text.len) return;
    int columns = term_styled_columns(sv_str(&r->text));
    flush(r);
    if (level == 1) rule(r, "═", "=", columns < room(r) ? columns : room(r));
    if (level == 2) rule(r, "─", "-", columns < room(r) ? columns : room(r));
}

/* ---- blocks ---- */

static void enter_container(struct renderer *r, struct container container) {
    container.prefix_len = r->rest.len;
    *array_push(&r->containers) = container;
}

static void leave_container(struct renderer *r) {
    struct container *container = &r->containers.items[--r->containers.count];
    if (r->pending) { /* an item without anything in it: the mark alone */
        str_append(r->out, r->first.data);
        printed(r);
    }
    r->rest.len = container->prefix_len;
    r->rest.data[r->rest.len] = '\0';
    str_clear(&r->first);
    str_append(&r->first, r->rest.data);
}

/* Puts a mark before the next line, and as many columns of `rest` before those that follow. */
static void mark(struct renderer *r, const char *first, const char *rest) {
    if (room(r) - term_styled_columns(sv_of(first)) < LEAST_ROOM) return; /* nested too deeply to be shown so */
    str_append(&r->first, first);
    str_append(&r->rest, rest);
}

static void enter_item(struct renderer *r, const MD_BLOCK_LI_DETAIL *detail) {
    struct container *list = &r->containers.items[r->containers.count - 1];
    if (!list->tight && list->begun) gap(r);
    list->begun = true;
    autofree char *sign =
        list->number ? str_format("%u. ", list->number++) : mem_copy_string(r->term->unicode ? "• " : "- ");
    autofree char *first = str_format("%s%s", sign, detail->is_task ? detail->task_mark == ' ' ? "[ ] " : "[x] " : "");
    scoped(str) rest = STR_INIT;
    str_append_repeat(&rest, ' ', (size_t)term_styled_columns(sv_of(first)));
    enter_container(r, (struct container){0});
    mark(r, first, rest.data);
    r->pending = true;
}

static void enter_list(struct renderer *r, unsigned number, int is_tight) {
    if (!r->containers.count) gap(r);
    enter_container(r, (struct container){.number = number, .tight = is_tight});
}

static void enter_quote(struct renderer *r) {
    gap(r);
    autofree char *sign =
        str_format("%s%s%s ", term_on(r->term, STYLE_FAINT), r->term->unicode ? "│" : ">", term_off(r->term));
    enter_container(r, (struct container){0});
    mark(r, sign, sign);
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    if (type != MD_BLOCK_TR && type != MD_BLOCK_TH && type != MD_BLOCK_TD) flush(r);
    switch ((int)type) {
    case MD_BLOCK_QUOTE: enter_quote(r); break;
    case MD_BLOCK_UL: enter_list(r, 0, ((MD_BLOCK_UL_DETAIL *)detail)->is_tight); break;
    case MD_BLOCK_OL: {
        unsigned start = ((MD_BLOCK_OL_DETAIL *)detail)->start;
        enter_list(r, start ? start : 1, ((MD_BLOCK_OL_DETAIL *)detail)->is_tight);
        break;
    }
    case MD_BLOCK_LI: enter_item(r, detail); break;
    case MD_BLOCK_H:
        gap(r);
        str_append(&r->text, term_on(r->term, STYLE_STRONG));
        r->spans[0]++;
        break;
    case MD_BLOCK_CODE:
        r->in_code = true;
        gap(r);
        break;
    case MD_BLOCK_P: gap(r); break;
    case MD_BLOCK_HR:
        gap(r);
        rule(r, "─", "-", room(r));
        break;
    case MD_BLOCK_TABLE:
        gap(r);
        r->table.columns = ((MD_BLOCK_TABLE_DETAIL *)detail)->col_count;
        return r->table.columns > TABLE_COLUMNS_MOST ? -1 : 0; /* md4c takes only negative values for an end */
    default: break;
    }
    return 0;
}

static void leave_table(struct renderer *r) {
    markdown_table_show(&r->table, r->term, r->rest.data, r->out);
    if (r->table.cells.count) r->out->len--; /* printed() ends the line */
    printed(r);
    markdown_table_release(&r->table);
    r->table = (struct markdown_table){.arena = ARENA_INIT};
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    switch ((int)type) {
    case MD_BLOCK_QUOTE:
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
    case MD_BLOCK_LI:
        flush(r);
        leave_container(r);
        break;
    case MD_BLOCK_H:
        r->spans[0]--;
        str_append(&r->text, term_off(r->term));
        heading(r, ((MD_BLOCK_H_DETAIL *)detail)->level);
        break;
    case MD_BLOCK_CODE:
        r->in_code = false;
        show_code(r);
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        markdown_table_add(&r->table, sv_str(&r->text));
        str_clear(&r->text);
        break;
    case MD_BLOCK_TABLE: leave_table(r); break;
    default: flush(r); break;
    }
    return 0;
}

int term_markdown(struct str *out, const struct term *term, struct sv text, struct err *err) {
    if (text.len > MARKDOWN_MOST)
        return err_set(err, ERR_COURSE, "the text has %zu bytes; at most %d are shown", text.len, MARKDOWN_MOST);
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH | MD_FLAG_PERMISSIVEURLAUTOLINKS |
                 MD_FLAG_NOHTML,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = markdown_enter_span,
        .leave_span = markdown_leave_span,
        .text = markdown_text,
    };
    scoped(renderer) r = {.out = out,
                          .term = term,
                          .text = STR_INIT,
                          .first = STR_INIT,
                          .rest = STR_INIT,
                          .table = {.arena = ARENA_INIT}};
    if (md_parse(text.data, (MD_SIZE)text.len, &parser, &r))
        return err_set(err, ERR_COURSE, "a table of it has more than %d columns", TABLE_COLUMNS_MOST);
    return 0;
}
