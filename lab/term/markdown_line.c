/* What stands in a line of Markdown: emphasis, links, entities. */

#include <stdlib.h>
#include <utf8proc.h>

#include "term/markdown_inside.h"

static const enum style span_styles[SPANS_MOST] = {STYLE_STRONG, STYLE_SLANTED, STYLE_LINK};

static void change_span(struct renderer *r, int span, int by) {
    r->spans[span] += by;
    if (by > 0) {
        str_append(&r->text, term_on(r->term, span_styles[span]));
        return;
    }
    str_append(&r->text, term_off(r->term));
    for (int i = 0; i < SPANS_MOST; i++)
        if (r->spans[i]) str_append(&r->text, term_on(r->term, span_styles[i]));
}

int markdown_enter_span(MD_SPANTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    (void)detail;
    switch ((int)type) {
    case MD_SPAN_STRONG: change_span(r, 0, 1); break;
    case MD_SPAN_EM: change_span(r, 1, 1); break;
    case MD_SPAN_A:
        change_span(r, 2, 1);
        r->link = r->text.len;
        break;
    case MD_SPAN_CODE: str_append(&r->text, "`"); break;
    case MD_SPAN_IMG: str_append(&r->text, "[image: "); break;
    default: break;
    }
    return 0;
}

static bool may_be_named(struct sv target) {
    static const char *const schemes[] = {"http://", "https://", "mailto:"};
    for (size_t i = 0; i < LENGTH(schemes); i++)
        if (target.len >= strlen(schemes[i]) && !memcmp(target.data, schemes[i], strlen(schemes[i]))) return true;
    return target.len && target.data[0] != '#' && !memchr(target.data, ':', target.len);
}

/* The target behind the link's text, unless it is the text, or of a kind that nobody should follow. */
static void name_target(struct renderer *r, const MD_ATTRIBUTE *target) {
    struct sv address = {target->text, target->size};
    scoped(str) shown = STR_INIT;
    if (!may_be_named(address)) return;
    term_escape(&shown, address.data, address.len, false);
    if (memmem(r->text.data + r->link, r->text.len - r->link, shown.data, shown.len)) return;
    str_printf(&r->text, " (%s)", shown.data);
}

int markdown_leave_span(MD_SPANTYPE type, void *detail, void *context) {
    struct renderer *r = context;
    switch ((int)type) {
    case MD_SPAN_STRONG: change_span(r, 0, -1); break;
    case MD_SPAN_EM: change_span(r, 1, -1); break;
    case MD_SPAN_A:
        change_span(r, 2, -1);
        name_target(r, &((MD_SPAN_A_DETAIL *)detail)->href);
        break;
    case MD_SPAN_CODE: str_append(&r->text, "`"); break;
    case MD_SPAN_IMG: str_append(&r->text, "]"); break;
    default: break;
    }
    return 0;
}

/* &amp; and its like, &#8212; and &#x2014;; others as they stand. */
static void entity(struct str *out, struct sv text) {
    static const struct {
        const char *name, *means;
    } names[] = {{"&amp;", "&"},  {"&lt;", "<"},         {"&gt;", ">"},         {"&quot;", "\""},      {"&apos;", "'"},
                 {"&nbsp;", " "}, {"&ndash;", "\u2013"}, {"&mdash;", "\u2014"}, {"&hellip;", "\u2026"}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (!sv_equals(text, names[i].name)) continue;
        str_append(out, names[i].means);
        return;
    }
    autofree char *copy = mem_copy(text.data, text.len);
    bool numeric = text.len > 3 && copy[1] == '#', hex = numeric && (copy[2] | 0x20) == 'x';
    long code = numeric ? strtol(copy + (hex ? 3 : 2), NULL, hex ? 16 : 10) : 0;
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t len = code > 0 && code <= 0x10ffff && utf8proc_codepoint_valid((utf8proc_int32_t)code)
                               ? utf8proc_encode_char((utf8proc_int32_t)code, bytes)
                               : 0;
    term_escape(out, len > 0 ? (const char *)bytes : text.data, len > 0 ? (size_t)len : text.len, false);
}

int markdown_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context) {
    struct renderer *r = context;
    if (r->in_code) {
        str_append_bytes(&r->text, text, size); /* escaped line by line */
        return 0;
    }
    switch ((int)type) {
    case MD_TEXT_BR: str_append_char(&r->text, '\n'); break;
    case MD_TEXT_SOFTBR: str_append_char(&r->text, ' '); break;
    case MD_TEXT_NULLCHAR: str_append(&r->text, "\ufffd"); break;
    case MD_TEXT_ENTITY: entity(&r->text, (struct sv){text, size}); break;
    default: term_escape(&r->text, text, size, false); break;
    }
    return 0;
}
