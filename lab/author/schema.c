#include "author/schema.h"

#include <stdlib.h>

#include "base/json.h"
#include "course/format.h"
#include "course/services.h"

const struct schema schemas[] = {
    {"course", "course.yaml", &course_format, "A lab course: whose it is, and which lab it needs."},
    {"exercise", "exercise.yaml", &exercise_format,
     "An exercise of a lab course: what it is, and which checks it has."},
    {"service", COMPOSE_FILE, &service_format,
     "x-lab of a service in docker-compose.yml: how lab runs it, and what its users are told."},
    {"skills", "exercises/shared/skills.yaml", &skills_format,
     "The skills that a lab course trains, and the level of each that a role needs."},
    {"track", "tracks/ID.yaml", &track_format, "A track of a lab course: modules, and their exercises in order."},
    {"wrong", "wrong.yaml", &wrong_format,
     "A wrong variant of an exercise: what is wrong, and which checks must see it."},
};
const size_t schema_count = LENGTH(schemas);

const struct schema *schema_find(const char *name, struct err *err) {
    scoped(str) names = STR_INIT;
    for (size_t i = 0; i < schema_count; i++) {
        if (!strcmp(schemas[i].name, name)) return &schemas[i];
        str_printf(&names, "%s%s", i == 0 ? "" : i + 1 == schema_count ? " or " : ", ", schemas[i].name);
    }
    err_set(err, ERR_USAGE, "no format '%s': it is %s", name, names.data);
    return NULL;
}

/* ---- texts, as patterns ---- */

/*
 * Patterns are those that ECMAScript, Python and PCRE read alike. Python's `$` also matches before a final line feed, which
 * the `(?!\n)` behind it forbids.
 */
#define END       "$(?!\\n)"
#define NOT_BLANK "(?! *$)"
#define ONE_LINE  "[^\\x00-\\x1f\\x7f]+"
#define COMPONENT "(?!\\.{1,2}(/|$)|\\.[gG][iI][tT](/|$))[^/\\x00-\\x1f\\x7f]+"

static const char *const text_pattern = "^(?![ \\n]*$)[^\\x00-\\x09\\x0b-\\x1f\\x7f]+$";
static const char *const line_pattern = "^" NOT_BLANK ONE_LINE END;
static const char *const id_pattern = "^[a-z0-9]+(-[a-z0-9]+)*" END; /* path_is_id */
static const char *const path_pattern = "^" NOT_BLANK COMPONENT "(/" COMPONENT ")*" END;
static const char *const name_pattern = "^" NOT_BLANK COMPONENT END;
static const char *const size_pattern = "^[0-9]+(\\.[0-9]*)? *(B|KiB|MiB|GiB)?" END;

/* tool_is_name, tool_read */
#define TOOL_NAME "[A-Za-z0-9][A-Za-z0-9._+-]{0,63}"
#define VERSION   "[0-9]{1,5}(\\.[0-9]{1,5}){0,2}"
static const char *const tool_pattern = "^" TOOL_NAME END;
static const char *const need_pattern = "^(?!docker *>)" TOOL_NAME "( *>= *" VERSION ")?" END;

static const char *const image_pattern = "^[a-z0-9][A-Za-z0-9._/:@-]{0,254}" END; /* image_is_name */

enum { ID_MOST = 64 };

/* Makes the schema that of a text of at most `most` bytes (0: any number). A character is a byte at least. */
static void put_string(json_t *schema, const char *pattern, int64_t most) {
    json_put(schema, "type", json_string("string"));
    json_put(schema, "pattern", json_string(pattern));
    if (most) json_put(schema, "maxLength", json_integer(most));
}

static void put_text(json_t *schema, const struct field *field) { put_string(schema, text_pattern, field->most); }
static void put_line(json_t *schema, const struct field *field) { put_string(schema, line_pattern, field->most); }

static void put_id(json_t *schema, const struct field *field) {
    (void)field;
    put_string(schema, id_pattern, ID_MOST);
}

static void put_tool(json_t *schema, const struct field *field) {
    (void)field;
    put_string(schema, tool_pattern, 0);
}

/* ---- numbers ---- */

static void put_range(json_t *schema, const char *type, const struct field *field) {
    json_put(schema, "type", json_string(type));
    json_put(schema, "minimum", json_integer(field->least));
    json_put(schema, "maximum", json_integer(field->most));
}

static void put_format(json_t *schema, const struct field *field) {
    json_put(schema, "type", json_string("integer"));
    json_put(schema, "const", json_integer(field->least));
}

static void put_integer(json_t *schema, const struct field *field) {
    put_range(schema, "integer", field);
    if (!field->required) json_put(schema, "default", json_integer(field->otherwise));
}

static void put_seconds(json_t *schema, const struct field *field) {
    put_range(schema, "number", field);
    if (!field->required) json_put(schema, "default", json_integer(field->otherwise));
}

static void put_number(json_t *schema, const struct field *field) {
    json_put(schema, "type", json_string("number"));
    if (!field->least && !field->most) return;
    json_put(schema, "minimum", json_integer(field->least));
    json_put(schema, "maximum", json_integer(field->most));
}

static void put_scalar(json_t *schema, const struct field *field) {
    json_t *choices = json_array(), *text = json_object(), *number = json_object();
    put_string(text, line_pattern, field->most);
    json_put(number, "type", json_string("number"));
    json_array_append_new(choices, text);
    json_array_append_new(choices, number);
    json_put(schema, "anyOf", choices);
}

static void put_size(json_t *schema, const struct field *field) {
    json_t *choices = json_array(), *text = json_object(), *bytes = json_object();
    put_string(text, size_pattern, 0);
    put_range(bytes, "integer", field);
    json_array_append_new(choices, text);
    json_array_append_new(choices, bytes);
    json_put(schema, "anyOf", choices);
    if (field->required) return;
    scoped(str) otherwise = STR_INIT;
    fields_append_size(&otherwise, field->otherwise);
    json_put(schema, "default", json_string(otherwise.data));
}

static void put_boolean(json_t *schema, const struct field *field) {
    json_put(schema, "type", json_string("boolean"));
    if (!field->required) json_put(schema, "default", json_boolean(field->otherwise));
}

static void put_enum(json_t *schema, const struct field *field) {
    json_t *names = json_array();
    for (size_t i = 0; i < field->name_count; i++) json_array_append_new(names, json_string(field->names[i]));
    json_put(schema, "enum", names);
    if (!field->required) json_put(schema, "default", json_string(field->names[field->otherwise]));
}

/* ---- lists ---- */

static void put_array(json_t *schema, const struct field *field, json_t *items) {
    json_put(schema, "type", json_string("array"));
    json_put(schema, "items", items);
    if (field->least) json_put(schema, "minItems", json_integer(field->least));
    if (field->most) json_put(schema, "maxItems", json_integer(field->most));
}

static void put_strings(json_t *schema, const struct field *field, const char *pattern, int64_t most) {
    json_t *item = json_object();
    put_string(item, pattern, most);
    put_array(schema, field, item);
}

static void put_ids(json_t *schema, const struct field *field) { put_strings(schema, field, id_pattern, ID_MOST); }
static void put_lines(json_t *schema, const struct field *field) { put_strings(schema, field, line_pattern, 0); }
static void put_paths(json_t *schema, const struct field *field) { put_strings(schema, field, path_pattern, 0); }
static void put_names(json_t *schema, const struct field *field) { put_strings(schema, field, name_pattern, 0); }

static void put_tools(json_t *schema, const struct field *field) { put_strings(schema, field, need_pattern, 0); }

static void put_images(json_t *schema, const struct field *field) { put_strings(schema, field, image_pattern, 0); }

/* ---- maps ---- */

static void put_format_of(json_t *schema, const struct fields *format);

static void put_map(json_t *schema, const struct field *field) { put_format_of(schema, field->nested); }

static void put_list(json_t *schema, const struct field *field) {
    json_t *item = json_object();
    put_format_of(item, field->nested);
    put_array(schema, field, item);
}

static void (*const kinds[])(json_t *, const struct field *) = {
    [FIELD_FORMAT] = put_format,   [FIELD_INTEGER] = put_integer, [FIELD_COUNT] = put_integer,
    [FIELD_SECONDS] = put_seconds, [FIELD_SIZE] = put_size,       [FIELD_BOOLEAN] = put_boolean,
    [FIELD_ENUM] = put_enum,       [FIELD_TEXT] = put_text,       [FIELD_LINE] = put_line,
    [FIELD_ID] = put_id,           [FIELD_IDS] = put_ids,         [FIELD_LINES] = put_lines,
    [FIELD_PATHS] = put_paths,     [FIELD_NAMES] = put_names,     [FIELD_MAP] = put_map,
    [FIELD_LIST] = put_list,       [FIELD_NUMBER] = put_number,   [FIELD_SCALAR] = put_scalar,
    [FIELD_TOOL] = put_tool,       [FIELD_TOOLS] = put_tools,     [FIELD_IMAGES] = put_images,
};

static json_t *field_schema(const struct field *field) {
    json_t *schema = json_object();
    json_put(schema, "description", json_string(field->doc));
    kinds[field->kind](schema, field);
    return schema;
}

static void put_object(json_t *schema, const struct fields *format) {
    json_t *required = json_array(), *properties = json_object();
    for (size_t i = 0; i < format->count; i++) {
        const struct field *field = &format->items[i];
        if (field->required) json_array_append_new(required, json_string(field->key));
        json_put(properties, field->key, field_schema(field));
    }
    json_put(schema, "type", json_string("object"));
    json_put(schema, "additionalProperties", json_false());
    if (json_array_size(required))
        json_put(schema, "required", required);
    else
        json_decref(required);
    json_put(schema, "properties", properties);
}

/* The map, or what a bare text stands for. */
static void put_format_of(json_t *schema, const struct fields *format) {
    if (!format->bare) {
        put_object(schema, format);
        return;
    }
    json_t *choices = json_array(), *object = json_object();
    put_object(object, format);
    json_array_append_new(choices, field_schema(format->bare));
    json_array_append_new(choices, object);
    json_put(schema, "anyOf", choices);
}

json_t *schema_json(const struct schema *schema) {
    json_t *object = json_object();
    json_put(object, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
    json_put(object, "title", json_string(schema->file));
    json_put(object, "description", json_string(schema->about));
    put_format_of(object, schema->format);
    return object;
}

void schema_append(struct str *out, const struct schema *schema) {
    autojson json_t *object = schema_json(schema);
    autofree char *text = json_dumps(object, JSON_INDENT(2));
    str_printf(out, "%s\n", text);
}
