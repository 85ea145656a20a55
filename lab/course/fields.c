#include "course/fields.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/path.h"
#include "course/course.h"
#include "course/tools.h"

/* A value on its way into a struct. */
struct slot {
    const struct field_reader *reader;
    const struct field *field;
    const struct yaml_node *node;
    char *base; /* of the struct */
};

static void *place_of(const struct slot *slot) { return slot->base + slot->field->offset; }

#define FAULT(slot, ...) problems_add((slot)->reader->problems, (slot)->node->at, __VA_ARGS__)

static void fault_kind(const struct slot *slot, const char *expected) {
    FAULT(slot, "'%s' must be %s, not %s", slot->field->key, expected, yaml_kind_name(slot->node->kind));
}

/* ---- numbers ---- */

static bool in_range(const struct slot *slot, double value) {
    const struct field *field = slot->field;
    if (value >= (double)field->least && value <= (double)field->most) return true;
    FAULT(slot, "'%s' must be from %lld to %lld, not %.*s", field->key, (long long)field->least, (long long)field->most,
          (int)(slot->node->text_len > 40 ? 40 : slot->node->text_len), slot->node->text);
    return false;
}

static bool take_whole(const struct slot *slot, int64_t *value) {
    if (slot->node->kind != YAML_INTEGER) {
        fault_kind(slot, "a whole number");
        return false;
    }
    *value = slot->node->integer;
    return in_range(slot, slot->node->number);
}

static void read_integer(const struct slot *slot) {
    int64_t value;
    if (take_whole(slot, &value)) *(int *)place_of(slot) = (int)value;
}

static void read_count(const struct slot *slot) {
    int64_t value;
    if (take_whole(slot, &value)) *(int64_t *)place_of(slot) = value;
}

static void read_format(const struct slot *slot) {
    if (slot->node->kind == YAML_INTEGER && slot->node->integer == slot->field->least) return;
    FAULT(slot, "'%s' must be %lld: this lab reads format %lld", slot->field->key, (long long)slot->field->least,
          (long long)slot->field->least);
}

static void read_seconds(const struct slot *slot) {
    if (slot->node->kind != YAML_INTEGER && slot->node->kind != YAML_NUMBER)
        fault_kind(slot, "a number of seconds");
    else if (in_range(slot, slot->node->number))
        *(double *)place_of(slot) = slot->node->number;
}

static void read_number(const struct slot *slot) {
    const struct field *field = slot->field;
    if (slot->node->kind != YAML_INTEGER && slot->node->kind != YAML_NUMBER)
        fault_kind(slot, "a number");
    else if (!isfinite(slot->node->number))
        FAULT(slot, "'%s' must be a finite number", field->key);
    else if ((!field->least && !field->most) || in_range(slot, slot->node->number))
        *(double *)place_of(slot) = slot->node->number;
}

/* "1.5KiB" in bytes; a negative value when text is no size. */
static double parse_size(const char *text) {
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {{"", 1}, {"B", 1}, {"KiB", 1024.0}, {"MiB", 1024.0 * 1024}, {"GiB", 1024.0 * 1024 * 1024}};
    char *end;
    if (!isdigit((unsigned char)text[0])) return -1;
    double value = strtod(text, &end);
    if (strspn(text, "0123456789.") != (size_t)(end - text)) return -1;
    while (*end == ' ') end++;
    for (size_t i = 0; i < LENGTH(units); i++)
        if (!strcmp(end, units[i].unit)) return value * units[i].bytes;
    return -1;
}

void fields_append_size(struct str *out, int64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    for (; unit + 1 < LENGTH(units) && bytes % 1024 == 0 && bytes; unit++) bytes /= 1024;
    str_printf(out, "%lld%s", (long long)bytes, units[unit]);
}

static void fault_size(const struct slot *slot) {
    scoped(str) range = STR_INIT;
    fields_append_size(&range, slot->field->least);
    str_append(&range, " to ");
    fields_append_size(&range, slot->field->most);
    FAULT(slot, "'%s' must be from %s", slot->field->key, range.data);
}

static void read_size(const struct slot *slot) {
    bool scalar = slot->node->kind == YAML_STRING || slot->node->kind == YAML_INTEGER;
    double bytes = scalar ? parse_size(slot->node->text) : -1;
    if (bytes < 0)
        FAULT(slot, "'%s' must be a size such as 512MiB, in B, KiB, MiB or GiB", slot->field->key);
    else if (bytes < (double)slot->field->least || bytes > (double)slot->field->most)
        fault_size(slot);
    else
        *(int64_t *)place_of(slot) = llround(bytes);
}

static void read_boolean(const struct slot *slot) {
    static const char *const habits[] = {"yes", "no", "on", "off"};
    if (slot->node->kind == YAML_BOOLEAN) {
        *(bool *)place_of(slot) = slot->node->boolean;
        return;
    }
    for (size_t i = 0; i < LENGTH(habits); i++) {
        if (slot->node->kind != YAML_STRING || strcasecmp(slot->node->text, habits[i]) != 0) continue;
        FAULT(slot, "'%s' must be true or false; in YAML 1.2 '%s' is text", slot->field->key, slot->node->text);
        return;
    }
    fault_kind(slot, "true or false");
}

/* ---- text ---- */

/* Appends the names as "a, b or c". */
static void append_choice(struct str *out, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) str_printf(out, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
}

static void fault_enum(const struct slot *slot, const char *word) {
    scoped(str) choice = STR_INIT;
    append_choice(&choice, slot->field->names, slot->field->name_count);
    const char *nearest =
        word ? problems_nearest(slot->reader->problems, word, slot->field->names, slot->field->name_count) : NULL;
    if (nearest)
        FAULT(slot, "'%s' must be %s; did you mean '%s'?", slot->field->key, choice.data, nearest);
    else
        FAULT(slot, "'%s' must be %s", slot->field->key, choice.data);
}

static void read_enum(const struct slot *slot) {
    const char *word = slot->node->kind == YAML_STRING ? slot->node->text : NULL;
    for (size_t i = 0; word && i < slot->field->name_count; i++) {
        if (!sv_equals((struct sv){word, slot->node->text_len}, slot->field->names[i])) continue;
        *(int *)place_of(slot) = (int)i;
        return;
    }
    fault_enum(slot, word);
}

static bool has_control(const struct yaml_node *node, bool lines) {
    for (size_t i = 0; i < node->text_len; i++) {
        i += ascii_prefix(node->text + i, node->text_len - i);
        unsigned char c = i < node->text_len ? (unsigned char)node->text[i] : ' ';
        if ((c < 0x20 && !(c == '\n' && lines)) || c == 0x7f) return true;
    }
    return false;
}

static bool is_blank(const struct yaml_node *node) { return strspn(node->text, " \n") == node->text_len; }

/* Notes what is wrong with a text; false when something is. */
static bool check_text(const struct slot *slot, bool lines, const char *expected) {
    const struct yaml_node *node = slot->node;
    const char *key = slot->field->key;
    if (node->kind == YAML_NULL)
        FAULT(slot, "'%s' is empty", key);
    else if (node->kind != YAML_STRING)
        FAULT(slot, "'%s' must be %s, not %s%s", key, expected, yaml_kind_name(node->kind),
              node->kind < YAML_LIST ? "; put it in quotes" : "");
    else if (is_blank(node))
        FAULT(slot, "'%s' is empty", key);
    else if (has_control(node, lines))
        FAULT(slot, "'%s' holds a control character or a second line", key);
    else if (slot->field->most && node->text_len > (size_t)slot->field->most)
        FAULT(slot, "'%s' is %zu bytes long; at most %lld are shown well", key, node->text_len,
              (long long)slot->field->most);
    else
        return true;
    return false;
}

static bool check_id(const struct slot *slot) {
    if (!check_text(slot, false, "an id")) return false;
    if (path_is_id(slot->node->text)) return true;
    FAULT(slot, "'%s' is no id: lower-case letters, digits and single dashes, at most 64", slot->node->text);
    return false;
}

static bool check_path(const struct slot *slot) {
    if (!check_text(slot, false, "a path")) return false;
    if (path_is_inside(slot->node->text)) return true;
    FAULT(slot, "the path '%s' leaves the exercise's folder", slot->node->text);
    return false;
}

static bool check_name(const struct slot *slot) {
    if (!check_text(slot, false, "a file's name")) return false;
    if (path_is_inside(slot->node->text) && !strchr(slot->node->text, '/')) return true;
    FAULT(slot, "'%s' is no file's name", slot->node->text);
    return false;
}

static bool check_tool(const struct slot *slot) {
    if (!check_text(slot, false, "a program's name")) return false;
    if (tool_is_name(slot->node->text)) return true;
    FAULT(slot, "'%.60s' is no program's name", slot->node->text);
    return false;
}

static bool check_image(const struct slot *slot) {
    if (!check_text(slot, false, "an image's name")) return false;
    if (image_is_name(slot->node->text)) return true;
    FAULT(slot, "'%.60s' is no image's name", slot->node->text);
    return false;
}

static bool check_line(const struct slot *slot) { return check_text(slot, false, "text"); }
static bool check_lines(const struct slot *slot) { return check_text(slot, true, "text"); }

static const char *copy_text(const struct slot *slot) {
    return arena_copy(slot->reader->arena, slot->node->text, slot->node->text_len);
}

static void read_one(const struct slot *slot, bool (*check)(const struct slot *)) {
    if (check(slot)) *(const char **)place_of(slot) = copy_text(slot);
}

static void read_scalar(const struct slot *slot) {
    bool number = slot->node->kind == YAML_INTEGER || slot->node->kind == YAML_NUMBER;
    if (number ? !isfinite(slot->node->number) : !check_line(slot)) {
        if (number) FAULT(slot, "'%s' must be a finite number", slot->field->key);
        return;
    }
    *(struct scalar *)place_of(slot) = (struct scalar){copy_text(slot), number ? slot->node->number : NAN};
}

static void read_text(const struct slot *slot) { read_one(slot, check_lines); }
static void read_line(const struct slot *slot) { read_one(slot, check_line); }
static void read_id(const struct slot *slot) { read_one(slot, check_id); }
static void read_tool(const struct slot *slot) { read_one(slot, check_tool); }

/* ---- lists ---- */

static bool check_list(const struct slot *slot) {
    const struct field *field = slot->field;
    if (slot->node->kind != YAML_LIST) {
        fault_kind(slot, "a list");
        return false;
    }
    if (slot->node->count < (size_t)field->least)
        FAULT(slot, "'%s' needs at least %lld item%s", field->key, (long long)field->least,
              field->least == 1 ? "" : "s");
    else if (field->most && slot->node->count > (size_t)field->most)
        FAULT(slot, "'%s' has %zu items; at most %lld are allowed", field->key, slot->node->count,
              (long long)field->most);
    else
        return true;
    return false;
}

static void read_strings(const struct slot *slot, bool (*check)(const struct slot *)) {
    if (!check_list(slot)) return;
    struct strings *strings = place_of(slot);
    struct field item_field = {.key = slot->field->key};
    strings->items = arena_alloc(slot->reader->arena, (slot->node->count + 1) * sizeof *strings->items);
    for (size_t i = 0; i < slot->node->count; i++) {
        struct slot item = {slot->reader, &item_field, &slot->node->items[i], NULL};
        if (check(&item)) strings->items[strings->count++] = copy_text(&item);
    }
}

static void read_ids(const struct slot *slot) { read_strings(slot, check_id); }
static void read_lines(const struct slot *slot) { read_strings(slot, check_line); }
static void read_paths(const struct slot *slot) { read_strings(slot, check_path); }
static void read_names(const struct slot *slot) { read_strings(slot, check_name); }

static void read_images(const struct slot *slot) { read_strings(slot, check_image); }

static void read_tools(const struct slot *slot) {
    if (!check_list(slot)) return;
    struct tools *tools = place_of(slot);
    struct field item_field = {.key = slot->field->key};
    tools->items = arena_alloc(slot->reader->arena, (slot->node->count + 1) * sizeof *tools->items);
    for (size_t i = 0; i < slot->node->count; i++) {
        char why[TOOL_WHY_SIZE];
        struct tool_need need;
        struct slot item = {slot->reader, &item_field, &slot->node->items[i], NULL};
        if (!check_line(&item)) continue;
        if (!tool_read(&need, slot->reader->arena, item.node->text, why))
            FAULT(&item, "%s", why);
        else if (tools_find(tools, need.name))
            FAULT(&item, "'%s' is listed twice", need.name);
        else
            tools->items[tools->count++] = need;
    }
}

static void read_map(const struct slot *slot) {
    fields_read(slot->reader, slot->field->nested, slot->node, place_of(slot));
}

static void read_list(const struct slot *slot) {
    if (!check_list(slot)) return;
    const struct fields *nested = slot->field->nested;
    char *items = arena_alloc(slot->reader->arena, slot->node->count * nested->size);
    for (size_t i = 0; i < slot->node->count; i++)
        fields_read(slot->reader, nested, &slot->node->items[i], items + i * nested->size);
    char *place = place_of(slot);
    memcpy(place, &items, sizeof items);
    memcpy(place + sizeof items, &slot->node->count, sizeof slot->node->count);
}

/* ---- maps ---- */

static void (*const readers[])(const struct slot *) = {
    [FIELD_FORMAT] = read_format,   [FIELD_INTEGER] = read_integer, [FIELD_COUNT] = read_count,
    [FIELD_SECONDS] = read_seconds, [FIELD_SIZE] = read_size,       [FIELD_BOOLEAN] = read_boolean,
    [FIELD_ENUM] = read_enum,       [FIELD_TEXT] = read_text,       [FIELD_LINE] = read_line,
    [FIELD_ID] = read_id,           [FIELD_IDS] = read_ids,         [FIELD_LINES] = read_lines,
    [FIELD_PATHS] = read_paths,     [FIELD_NAMES] = read_names,     [FIELD_MAP] = read_map,
    [FIELD_LIST] = read_list,       [FIELD_NUMBER] = read_number,   [FIELD_SCALAR] = read_scalar,
    [FIELD_TOOL] = read_tool,       [FIELD_TOOLS] = read_tools,     [FIELD_IMAGES] = read_images,
};

static void set_defaults(const struct fields *fields, char *base) {
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        void *place = base + field->offset;
        if (field->kind == FIELD_INTEGER || field->kind == FIELD_ENUM)
            *(int *)place = (int)field->otherwise;
        else if (field->kind == FIELD_COUNT || field->kind == FIELD_SIZE)
            *(int64_t *)place = field->otherwise;
        else if (field->kind == FIELD_SECONDS)
            *(double *)place = (double)field->otherwise;
        else if (field->kind == FIELD_NUMBER)
            *(double *)place = NAN;
        else if (field->kind == FIELD_BOOLEAN)
            *(bool *)place = field->otherwise;
        else if (field->kind == FIELD_MAP)
            set_defaults(field->nested, place);
    }
}

/* The row of a key, looked for from `first` on, since authors mostly keep the order of the table; `count` for none. */
static size_t find_field(const struct fields *fields, const char *key, size_t first) {
    for (size_t i = 0; i < fields->count; i++) {
        size_t row = first + i < fields->count ? first + i : first + i - fields->count;
        if (!strcmp(fields->items[row].key, key)) return row;
    }
    return fields->count;
}

static void fault_unknown(const struct field_reader *reader, const struct fields *fields,
                          const struct yaml_entry *entry) {
    array(const char *) keys = {0};
    for (size_t i = 0; i < fields->count; i++) *array_push(&keys) = fields->items[i].key;
    const char *nearest = problems_nearest(reader->problems, entry->key, keys.items, keys.count);
    if (nearest)
        problems_add(reader->problems, entry->at, "unknown key '%.80s', did you mean '%s'?", entry->key, nearest);
    else
        problems_add(reader->problems, entry->at, "unknown key '%.80s' in %s", entry->key, fields->what);
    array_free(&keys);
}

static void read_entries(const struct field_reader *reader, const struct fields *fields, const struct yaml_node *node,
                         char *base) {
    uint64_t found = 0; /* a bit a row */
    size_t next = 0;
    for (size_t i = 0; i < node->count; i++) {
        size_t row = find_field(fields, node->entries[i].key, next);
        if (row == fields->count) {
            fault_unknown(reader, fields, &node->entries[i]);
            continue;
        }
        const struct field *field = &fields->items[row];
        readers[field->kind](&(struct slot){reader, field, &node->entries[i].value, base});
        found |= UINT64_C(1) << row;
        next = row + 1;
    }
    for (size_t row = 0; row < fields->count; row++)
        if (fields->items[row].required && !(found & UINT64_C(1) << row))
            problems_add(reader->problems, node->at, "'%s' is missing in %s", fields->items[row].key, fields->what);
}

static void keep_place(const struct fields *fields, const struct yaml_node *node, char *base) {
    if (!fields->placed) return;
    const struct yaml_node *value = yaml_get(node, fields->placed);
    *(struct yaml_position *)(void *)(base + fields->place) = value ? value->at : node->at;
}

void fields_read(const struct field_reader *reader, const struct fields *fields, const struct yaml_node *node,
                 void *base) {
    set_defaults(fields, base);
    keep_place(fields, node, base);
    if (fields->bare && node->kind < YAML_LIST) {
        readers[fields->bare->kind](&(struct slot){reader, fields->bare, node, base});
    } else if (node->kind != YAML_MAP) {
        problems_add(reader->problems, node->at, "%s must be a map, not %s", fields->what, yaml_kind_name(node->kind));
    } else {
        read_entries(reader, fields, node, base);
    }
}
