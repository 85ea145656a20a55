/*
 * xml: by expat. An element is {name, attributes, children, text}: children are its elements, text its own character data, joined.
 * Document type declarations are refused, and with them every entity but the five that XML has of itself.
 */
#include <expat.h>

#include "base/json.h"
#include "checker/format.h"
#include "checker/library.h"
#include "checker/value.h"

/* ---- decoding ---- */

enum { ELEMENT_COST = 3 * FORMAT_COST_TABLE + 4 };

struct open_element {
    json_t *element;
    struct str text;
};

struct reader {
    XML_Parser parser;
    struct open_element open[FORMAT_DEPTH_MOST]; /* the outermost first */
    int depth;
    json_t *root;
    size_t spent;
    const char *refused;        /* why we stopped the parser, or NULL */
    unsigned long line, column; /* of the error */
};

static void note_position(struct reader *r) {
    r->line = XML_GetCurrentLineNumber(r->parser);
    r->column = XML_GetCurrentColumnNumber(r->parser) + 1;
}

static void stop(struct reader *r, const char *why) {
    note_position(r);
    r->refused = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
    struct reader *r = context;
    if (r->depth == FORMAT_DEPTH_MOST) {
        stop(r, "nested deeper than 64 levels");
        return;
    }
    size_t count = 0;
    while (attributes[count]) count += 2;
    if (!format_spend(&r->spent, ELEMENT_COST + count / 2 * FORMAT_COST_FIELD)) {
        stop(r, FORMAT_TOO_MUCH);
        return;
    }
    json_t *element = json_object(), *named = json_object();
    for (size_t i = 0; attributes[i]; i += 2) json_put(named, attributes[i], json_string(attributes[i + 1]));
    json_put(element, "name", json_string(name));
    json_put(element, "attributes", named);
    json_put(element, "children", json_array());
    if (r->depth)
        json_array_append_new(json_object_get(r->open[r->depth - 1].element, "children"), element);
    else
        r->root = element;
    r->open[r->depth++] = (struct open_element){element, STR_INIT};
}

static void XMLCALL on_end(void *context, const XML_Char *name) {
    (void)name;
    struct reader *r = context;
    struct open_element *last = &r->open[--r->depth];
    json_put(last->element, "text", json_text(last->text.data, last->text.len));
    str_release(&last->text);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len) {
    struct reader *r = context;
    if (r->depth) str_append_bytes(&r->open[r->depth - 1].text, text, (size_t)len);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                               int has_internal) {
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(context, "a document type declaration, which is refused");
}

static json_t *fail(struct reader *r, const struct format_options *options, struct err *err) {
    if (!r->refused) note_position(r);
    const char *why = r->refused ? r->refused : XML_ErrorString(XML_GetErrorCode(r->parser));
    err_set(err, ERR_USAGE, "%s:%lu:%lu: %s", options->name, r->line, r->column, why);
    return NULL;
}

static json_t *decode_xml(struct sv text, const struct format_options *options, struct err *err) {
    struct reader r = {.parser = XML_ParserCreate("UTF-8")};
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    json_t *root = NULL;
    if (XML_Parse(r.parser, text.data, (int)text.len, 1) == XML_STATUS_OK)
        root = json_incref(r.root);
    else
        fail(&r, options, err);
    while (r.depth) str_release(&r.open[--r.depth].text);
    json_decref(r.root);
    XML_ParserFree(r.parser);
    return root;
}

/* ---- encoding ---- */

static void write_escaped(struct str *out, const char *text, size_t len) {
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\r', "&#13;"}};
    for (size_t i = 0; i < len; i++) {
        const char *entity = NULL;
        for (size_t k = 0; k < LENGTH(entities); k++)
            if (entities[k].c == text[i]) entity = entities[k].entity;
        if (entity)
            str_append(out, entity);
        else
            str_append_char(out, text[i]);
    }
}

/* XML has no form at all for most control characters. */
static int write_text(struct str *out, const json_t *value, struct err *err) {
    struct str text = STR_INIT;
    int result = 0;
    if (format_scalar(&text, value)) result = err_set(err, ERR_INTERNAL, "text or an attribute that is no text");
    for (size_t i = 0; !result && i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 && !(text.data[i] && strchr("\t\n\r", text.data[i])))
            result = err_set(err, ERR_INTERNAL, "the control character %d", text.data[i]);
    if (!result) write_escaped(out, text.data, text.len);
    str_release(&text);
    return result;
}

/* Letters, digits, "_", ".", "-" and ":" and all beyond ASCII; the first is no digit, "." or "-". */
static bool is_name(const char *name, size_t len) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:-.0123456789";
    if (!len || strchr("-.0123456789", name[0])) return false;
    for (size_t i = 0; i < len; i++)
        if (!(name[i] & 0x80) && !(name[i] && strchr(allowed, name[i]))) return false;
    return true;
}

static int write_attributes(struct str *out, json_t *attributes, struct err *err) {
    for (void *entry = json_object_iter(attributes); entry; entry = json_object_iter_next(attributes, entry)) {
        const char *name = json_object_iter_key(entry);
        if (!is_name(name, json_object_iter_key_len(entry)))
            return err_set(err, ERR_INTERNAL, "an attribute named '%s'", name);
        str_printf(out, " %s=\"", name);
        if (write_text(out, json_object_iter_value(entry), err)) return -1;
        str_append_char(out, '"');
    }
    return 0;
}

static void new_line(struct str *out, int indent, int level) {
    if (!indent) return;
    str_append_char(out, '\n');
    str_append_repeat(out, ' ', (size_t)indent * (size_t)level);
}

static int write_element(struct str *out, const json_t *element, int indent, int level, struct err *err) {
    const json_t *name = json_object_get(element, "name"), *text = json_object_get(element, "text");
    const json_t *children = json_object_get(element, "children");
    if (!json_is_string(name) || !is_name(json_string_value(name), json_string_length(name)))
        return err_set(err, ERR_INTERNAL, "an element without a proper name");
    str_printf(out, "<%s", json_string_value(name));
    if (write_attributes(out, json_object_get(element, "attributes"), err)) return -1;
    bool has_text = text && !(json_is_string(text) && !json_string_length(text));
    if (!has_text && !json_array_size(children)) return str_append(out, "/>"), 0;
    str_append_char(out, '>');
    if (has_text && write_text(out, text, err)) return -1;
    for (size_t i = 0; i < json_array_size(children); i++) {
        if (!has_text) new_line(out, indent, level + 1);
        if (write_element(out, json_array_get(children, i), indent, level + 1, err)) return -1;
    }
    if (!has_text) new_line(out, indent, level);
    str_printf(out, "</%s>", json_string_value(name));
    return 0;
}

static int encode_xml(struct str *out, const json_t *value, const struct format_options *options, struct err *err) {
    return write_element(out, value, options->indent, 0, err);
}

static const struct format xml_format = {
    .name = "xml", .decode = decode_xml, .encode = encode_xml, .encode_options = FORMAT_INDENT};

static int decode(lua_State *L) { return format_decode(L, &xml_format); }
static int encode(lua_State *L) { return format_encode(L, &xml_format); }

static const luaL_Reg functions[] = {{"decode", decode}, {"encode", encode}, {NULL, NULL}};

const struct library library_xml = {"xml", functions, 1, NULL};
