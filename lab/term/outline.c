#include "term/outline.h"

#include <md4c.h>
#include <stdlib.h>
#include <utf8proc.h>

enum {
    EVENTS_MOST = 400 * 1000, /* calls from the parser, far beyond what a text of this size needs */
    TARGET_REACH = 4096,      /* bytes behind a link's words in which its target is looked for */
    ITEMS_OPEN = 32           /* links in pictures in links … */
};

/* A text on its way into the outline. */
struct reading {
    const char *text;
    size_t len, cursor; /* what lies before the cursor was seen */
    struct arena *arena;
    array(struct outline_item) items;
    array(struct sv) lines; /* of the open code block */
    size_t open[ITEMS_OPEN], depth;
    struct str words[ITEMS_OPEN];
    size_t places[ITEMS_OPEN]; /* of the first word, SIZE_MAX: none yet */
    bool line_begun;           /* the last line of the code block goes on */
    size_t indent;             /* spaces of a line of code that the parser handed out as its own */
    size_t events;
    bool given_up;
};

static bool is_within(const struct reading *r, const char *p) { return p >= r->text && p < r->text + r->len; }

static struct outline_item *current(struct reading *r) {
    return r->depth ? &r->items.items[r->open[r->depth - 1]] : NULL;
}

static struct outline_item *open_item(struct reading *r, enum outline_kind kind) {
    r->given_up |= r->depth == ITEMS_OPEN;
    if (r->given_up) return NULL;
    r->open[r->depth] = r->items.count;
    r->places[r->depth] = SIZE_MAX;
    str_clear(&r->words[r->depth++]);
    struct outline_item *item = array_push(&r->items);
    *item = (struct outline_item){.kind = kind, .offset = r->cursor, .text = "", .target = "", .lang = ""};
    return item;
}

/* ---- lines of the text ---- */

static size_t line_begin(const struct reading *r, size_t at) {
    while (at && r->text[at - 1] != '\n') at--;
    return at;
}

static size_t next_line(const struct reading *r, size_t at) {
    const char *end = memchr(r->text + at, '\n', r->len - at);
    return end ? (size_t)(end - r->text) + 1 : r->len;
}

/* Where a fence begins on the line at `at`, behind the marks of quotes and lists; SIZE_MAX when there is none. */
static size_t fence_on_line(const struct reading *r, size_t at, char mark) {
    while (at + 3 <= r->len && r->text[at] != '\n') {
        if (r->text[at] == mark) return r->text[at + 1] == mark && r->text[at + 2] == mark ? at : SIZE_MAX;
        if (!char_is_one_of(r->text[at], " \t>-*+.)0123456789")) return SIZE_MAX;
        at++;
    }
    return SIZE_MAX;
}

static bool is_blank_line(const struct reading *r, size_t at) {
    while (at < r->len && char_is_one_of(r->text[at], " \t>\r")) at++;
    return at == r->len || r->text[at] == '\n';
}

/* The fence that opens the block whose first line of code is at `first`: one of the lines before it. */
static size_t opening_fence(const struct reading *r, size_t first, char mark) {
    for (size_t at = line_begin(r, first); at > r->cursor;) {
        at = line_begin(r, at - 1);
        size_t fence = fence_on_line(r, at, mark);
        if (fence != SIZE_MAX) return fence;
        if (!is_blank_line(r, at)) break;
    }
    return SIZE_MAX;
}

static size_t next_fence(const struct reading *r, size_t at, char mark) {
    for (; at < r->len; at = next_line(r, at)) {
        size_t fence = fence_on_line(r, at, mark);
        if (fence != SIZE_MAX) return fence;
    }
    return SIZE_MAX;
}

/* ---- code ---- */

static void add_code(struct reading *r, const char *text, size_t size) {
    if (!is_within(r, text)) { /* the parser's own spaces and line ends */
        bool ends = memchr(text, '\n', size) != NULL;
        if (ends && !r->line_begun) *array_push(&r->lines) = (struct sv){NULL, 0};
        if (ends) r->line_begun = false;
        r->indent = ends ? 0 : r->indent + size;
        return;
    }
    for (; r->indent && text > r->text && (text[-1] == ' ' || text[-1] == '\t'); r->indent--) text--, size++;
    r->indent = 0;
    if (r->line_begun) {
        struct sv *line = &r->lines.items[r->lines.count - 1];
        line->len = (size_t)(text + size - line->data);
    } else {
        *array_push(&r->lines) = (struct sv){text, size};
    }
    r->line_begun = text[size - 1] != '\n';
}

static void find_fences(struct reading *r, struct outline_item *item, char mark) {
    const struct sv *first = NULL, *last = NULL;
    for (size_t i = 0; i < r->lines.count; i++) {
        if (!r->lines.items[i].data) continue;
        if (!first) first = &r->lines.items[i];
        last = &r->lines.items[i];
    }
    size_t open = first ? opening_fence(r, (size_t)(first->data - r->text), mark)
                        : next_fence(r, r->cursor ? next_line(r, line_begin(r, r->cursor)) : 0, mark);
    if (!first && open == SIZE_MAX) open = next_fence(r, line_begin(r, r->cursor), mark);
    if (open != SIZE_MAX) item->offset = open;
    size_t at = last ? (size_t)(last->data - r->text) : item->offset;
    at = at < r->len ? next_line(r, at) : at;
    while (at < r->len && is_blank_line(r, at)) at = next_line(r, at);
    item->closed = at < r->len && fence_on_line(r, at, mark) != SIZE_MAX;
    r->cursor = item->closed ? next_line(r, at) : at;
}

static void end_code(struct reading *r, struct outline_item *item, char mark) {
    if (mark)
        find_fences(r, item, mark);
    else if (r->lines.count && r->lines.items[0].data)
        item->offset = (size_t)(r->lines.items[0].data - r->text);
    item->line_count = r->lines.count;
    item->lines = arena_alloc(r->arena, (r->lines.count + 1) * sizeof *item->lines);
    if (r->lines.count) memcpy(item->lines, r->lines.items, r->lines.count * sizeof *item->lines);
    r->lines.count = 0;
    r->line_begun = false;
}

/* ---- words, links ---- */

static void add_words(struct reading *r, const char *text, size_t size) {
    for (size_t i = 0; i < r->depth; i++) {
        str_append_bytes(&r->words[i], text, size);
        if (r->places[i] == SIZE_MAX && is_within(r, text)) r->places[i] = (size_t)(text - r->text);
    }
    if (is_within(r, text)) r->cursor = (size_t)(text - r->text) + size;
}

static char *attribute(struct reading *r, const MD_ATTRIBUTE *attribute) {
    return arena_copy(r->arena, attribute->text ? attribute->text : "", attribute->size);
}

/* A target stands behind the words of its link, unless the link is one by reference. */
static void place_target(struct reading *r, struct outline_item *item) {
    size_t len = strlen(item->target), reach = r->len - r->cursor;
    if (reach > TARGET_REACH) reach = TARGET_REACH;
    const char *found = len ? memmem(r->text + r->cursor, reach, item->target, len) : NULL;
    const char *stop = memchr(r->text + r->cursor, ']', reach);
    bool beside = found && stop && found > stop && found - stop <= 4;
    if (beside) item->offset = (size_t)(found - r->text);
}

static void close_item(struct reading *r) {
    struct outline_item *item = current(r);
    if (!item) return;
    size_t place = r->places[r->depth - 1];
    const struct str *words = &r->words[r->depth - 1];
    item->text = arena_copy(r->arena, words->data, words->len);
    if (place != SIZE_MAX) item->offset = place;
    if (item->kind == OUTLINE_LINK || item->kind == OUTLINE_IMAGE) place_target(r, item);
    r->depth--;
}

/* ---- what md4c calls ---- */

/* Not 0 when the text is given up. The parser does not always listen to that. */
static int count_event(struct reading *r) {
    r->given_up |= ++r->events > EVENTS_MOST;
    return r->given_up;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct reading *r = context;
    if (type == MD_BLOCK_H) {
        struct outline_item *item = open_item(r, OUTLINE_HEADING);
        if (item) item->level = ((const MD_BLOCK_H_DETAIL *)detail)->level;
    } else if (type == MD_BLOCK_CODE) {
        const MD_BLOCK_CODE_DETAIL *code = detail;
        struct outline_item *item = open_item(r, OUTLINE_CODE);
        if (item) item->lang = attribute(r, &code->lang);
        if (item) item->fenced = code->fence_char != '\0';
    } else if (type == MD_BLOCK_TABLE) {
        const MD_BLOCK_TABLE_DETAIL *table = detail;
        struct outline_item *item = open_item(r, OUTLINE_TABLE);
        if (item) item->columns = table->col_count;
        if (item) item->rows = table->body_row_count;
    }
    return count_event(r);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *context) {
    struct reading *r = context;
    if (r->given_up) return 1;
    if (type == MD_BLOCK_CODE) {
        struct outline_item *item = current(r);
        if (item) end_code(r, item, ((const MD_BLOCK_CODE_DETAIL *)detail)->fence_char);
        if (r->depth) r->depth--;
    } else if (type == MD_BLOCK_H || type == MD_BLOCK_TABLE) {
        close_item(r);
    }
    return count_event(r);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *context) {
    struct reading *r = context;
    if (type == MD_SPAN_A) {
        struct outline_item *item = open_item(r, OUTLINE_LINK);
        if (item) item->target = attribute(r, &((const MD_SPAN_A_DETAIL *)detail)->href);
    } else if (type == MD_SPAN_IMG) {
        struct outline_item *item = open_item(r, OUTLINE_IMAGE);
        if (item) item->target = attribute(r, &((const MD_SPAN_IMG_DETAIL *)detail)->src);
    }
    return count_event(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *context) {
    struct reading *r = context;
    (void)detail;
    if (r->given_up) return 1;
    if (type == MD_SPAN_A || type == MD_SPAN_IMG) close_item(r);
    return count_event(r);
}

static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context) {
    struct reading *r = context;
    const struct outline_item *item = current(r);
    if (!size || r->given_up) return count_event(r);
    if (item && item->kind == OUTLINE_CODE)
        add_code(r, text, size);
    else if (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR)
        add_words(r, " ", 1);
    else
        add_words(r, text, size);
    return count_event(r);
}

bool outline_read(struct outline *outline, struct arena *arena, const char *text, size_t len) {
    *outline = (struct outline){0};
    if (len > OUTLINE_TEXT_MOST) return false;
    struct reading r = {.text = text, .len = len, .arena = arena};
    for (size_t i = 0; i < ITEMS_OPEN; i++) r.words[i] = (struct str)STR_INIT;
    const MD_PARSER parser = {
        .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_NOHTML,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = take_text,
    };
    bool read = !md_parse(text, (MD_SIZE)len, &parser, &r) && !r.given_up;
    outline->count = read ? r.items.count : 0;
    outline->items = arena_alloc(arena, (outline->count + 1) * sizeof *outline->items);
    if (outline->count) memcpy(outline->items, r.items.items, outline->count * sizeof *outline->items);
    for (size_t i = 0; i < ITEMS_OPEN; i++) str_release(&r.words[i]);
    array_free(&r.items);
    array_free(&r.lines);
    return read;
}

/* ---- anchors ---- */

/* Letters, marks, numbers and connectors: the categories that utf8proc has between these two. */
static bool stays_in_anchor(utf8proc_int32_t code) {
    utf8proc_category_t category = utf8proc_category(code);
    return code == '-' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_PC);
}

void outline_anchor(struct str *out, const char *words) {
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)words;
    utf8proc_int32_t code;
    for (utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(words), used; left > 0; at += used, left -= used) {
        used = utf8proc_iterate(at, left, &code);
        if (used < 1) {
            used = 1;
        } else if (code == ' ') {
            str_append_char(out, '-');
        } else if (stays_in_anchor(code)) {
            utf8proc_uint8_t bytes[4];
            utf8proc_ssize_t size = utf8proc_encode_char(utf8proc_tolower(code), bytes);
            str_append_bytes(out, bytes, (size_t)size);
        }
    }
}
