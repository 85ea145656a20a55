/* lab author schema [NAME]: the formats of a course's files as JSON Schema, for editors. */

#include "author/schema.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/author.h"

struct schema_values {
    const char *out;
    bool markdown;
};

static const struct option items[] = {
    {"out", 0, OPTION_TEXT, offsetof(struct schema_values, out), "DIR",
     "write NAME.schema.json there; without NAME, all", 0, 0},
    {"markdown", 0, OPTION_FLAG, offsetof(struct schema_values, markdown), NULL,
     "the format as tables, which docs/format.md holds", 0, 0},
};
const struct options author_schema_options = {items, LENGTH(items), sizeof(struct schema_values)};

static void print_schema(const struct context *context, const struct schema *schema) {
    if (context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("schema"));
        json_put(object, "name", json_string(schema->name));
        json_put(object, "schema", schema_json(schema));
        json_print_line(object);
        return;
    }
    scoped(str) text = STR_INIT;
    schema_append(&text, schema);
    fputs(text.data, stdout);
}

static void print_written(const struct context *context, const struct schema *schema, const char *file) {
    if (context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("schema_written"));
        json_put(object, "name", json_string(schema->name));
        json_put(object, "file", json_text(file, strlen(file)));
        json_print_line(object);
    } else if (!context->quiet) {
        scoped(str) shown = STR_INIT;
        term_escape(&shown, file, strlen(file), false);
        puts(shown.data);
    }
}

static int write_schema(const struct context *context, const struct schema *schema, const char *folder,
                        struct err *err) {
    autofree char *name = str_format("%s.schema.json", schema->name);
    autofree char *file = path_join(folder, name);
    scoped(str) text = STR_INIT;
    schema_append(&text, schema);
    if (fs_write(file, text.data, text.len, err)) return -1;
    print_written(context, schema, file);
    return 0;
}

static int write_schemas(const struct context *context, const struct schema *only, const char *folder,
                         struct err *err) {
    if (fs_make_directories(folder, err)) return -1;
    for (size_t i = 0; i < schema_count; i++)
        if ((!only || only == &schemas[i]) && write_schema(context, &schemas[i], folder, err)) return -1;
    return 0;
}

static int print_markdown(const struct context *context, const struct schema *schema, struct err *err) {
    if (context->json) return err_set(err, ERR_USAGE, "--markdown is for people, and --json for programs; give one");
    scoped(str) text = STR_INIT;
    schema_append_markdown(&text, schema);
    fputs(text.data, stdout);
    return 0;
}

int cmd_author_schema(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct schema_values *given = values;
    const struct schema *schema = argc ? schema_find(argv[0], err) : NULL;
    if (argc && !schema) return -1;
    if (given->out && given->markdown)
        return err_set(err, ERR_USAGE, "--markdown prints its tables; --out writes schemas; give one");
    if (given->out) return write_schemas(context, schema, given->out, err);
    if (!schema) {
        err_set(err, ERR_USAGE, "which format? name one, or give a folder for all");
        return err_help(err, "lab author schema exercise, or lab author schema --out DIR");
    }
    if (given->markdown) return print_markdown(context, schema, err);
    print_schema(context, schema);
    return 0;
}
