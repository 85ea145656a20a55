/* The tables of docs/format.md. */

#include <stdlib.h>

#include "author/schema.h"
#include "course/course.h"

struct map {
    const struct fields *format;
};

/* The maps of a format, each once, outer ones first. */
struct maps {
    array(struct map) list;
};

static void maps_release(struct maps *maps) { array_free(&maps->list); }

static void gather(struct maps *maps, const struct fields *format) {
    for (size_t i = 0; i < maps->list.count; i++)
        if (maps->list.items[i].format == format) return;
    array_push(&maps->list)->format = format;
}

static void gather_all(struct maps *maps, const struct fields *format) {
    gather(maps, format);
    for (size_t i = 0; i < maps->list.count; i++) {
        const struct fields *outer = maps->list.items[i].format;
        for (size_t k = 0; k < outer->count; k++)
            if (outer->items[k].nested) gather(maps, outer->items[k].nested);
    }
}

/* ---- types ---- */

static void append_bounds(struct str *out, const struct field *field, const char *unit) {
    if (field->least)
        str_printf(out, ", %lld to %lld%s", (long long)field->least, (long long)field->most, unit);
    else if (field->most)
        str_printf(out, ", at most %lld%s", (long long)field->most, unit);
}

static void append_range(struct str *out, const struct field *field) {
    str_printf(out, ", %lld to %lld", (long long)field->least, (long long)field->most);
}

static void append_bounds_of_number(struct str *out, const struct field *field) {
    if (field->least || field->most) append_range(out, field);
}

static void append_sizes(struct str *out, const struct field *field) {
    str_append(out, ", ");
    fields_append_size(out, field->least);
    str_append(out, " to ");
    fields_append_size(out, field->most);
}

static void append_names(struct str *out, const struct field *field) {
    for (size_t i = 0; i < field->name_count; i++)
        str_printf(out, "%s`%s`", i == 0 ? "" : i + 1 == field->name_count ? " or " : ", ", field->names[i]);
}

static void append_constant(struct str *out, const struct field *field) {
    str_printf(out, "`%lld`", (long long)field->least);
}

static void append_bytes(struct str *out, const struct field *field) { append_bounds(out, field, " bytes"); }
static void append_items(struct str *out, const struct field *field) { append_bounds(out, field, ""); }

static void append_list(struct str *out, const struct field *field) {
    str_printf(out, ", each %s", field->nested->what);
    append_items(out, field);
}

static const struct {
    const char *word;
    void (*append)(struct str *, const struct field *);
} types[] = {
    [FIELD_FORMAT] = {"", append_constant},
    [FIELD_INTEGER] = {"whole number", append_range},
    [FIELD_COUNT] = {"whole number", append_range},
    [FIELD_SECONDS] = {"seconds", append_range},
    [FIELD_SIZE] = {"size", append_sizes},
    [FIELD_NUMBER] = {"number", append_bounds_of_number},
    [FIELD_SCALAR] = {"number or one line", append_bytes},
    [FIELD_BOOLEAN] = {"`true` or `false`", NULL},
    [FIELD_ENUM] = {"", append_names},
    [FIELD_TEXT] = {"text", append_bytes},
    [FIELD_LINE] = {"one line", append_bytes},
    [FIELD_ID] = {"id", NULL},
    [FIELD_IDS] = {"list of ids", append_items},
    [FIELD_LINES] = {"list of lines", append_items},
    [FIELD_PATHS] = {"list of paths or patterns", append_items},
    [FIELD_NAMES] = {"list of files' names", append_items},
    [FIELD_TOOL] = {"program's name", NULL},
    [FIELD_TOOLS] = {"list of programs", append_items},
    [FIELD_IMAGES] = {"list of images", append_items},
    [FIELD_MAP] = {"map, below", NULL},
    [FIELD_LIST] = {"list", append_list},
};

/* ---- defaults ---- */

static void append_default(struct str *out, const struct field *field) {
    enum field_kind kind = field->kind;
    if (field->required)
        str_append(out, "required");
    else if (kind == FIELD_INTEGER || kind == FIELD_COUNT || kind == FIELD_SECONDS)
        str_printf(out, "%lld", (long long)field->otherwise);
    else if (kind == FIELD_SIZE)
        fields_append_size(out, field->otherwise);
    else if (kind == FIELD_BOOLEAN)
        str_append(out, field->otherwise ? "`true`" : "`false`");
    else if (kind == FIELD_ENUM)
        str_printf(out, "`%s`", field->names[field->otherwise]);
    else
        str_append(out, "none");
}

static void append_row(struct str *out, const struct field *field) {
    str_printf(out, "| `%s` | %s", field->key, types[field->kind].word);
    if (types[field->kind].append) types[field->kind].append(out, field);
    str_append(out, " | ");
    append_default(out, field);
    str_printf(out, " | %s |\n", field->doc);
}

static void append_format(struct str *out, const struct fields *format) {
    str_printf(out, "| key of %s | type | default | meaning |\n|---|---|---|---|\n", format->what);
    for (size_t i = 0; i < format->count; i++) append_row(out, &format->items[i]);
    if (format->bare) str_printf(out, "\nA bare text stands for %s with that `%s`.\n", format->what, format->bare->key);
}

void schema_append_markdown(struct str *out, const struct schema *schema) {
    scoped(maps) maps = {.list = {0}};
    gather_all(&maps, schema->format);
    for (size_t i = 0; i < maps.list.count; i++) {
        if (i) str_append_char(out, '\n');
        append_format(out, maps.list.items[i].format);
    }
}
