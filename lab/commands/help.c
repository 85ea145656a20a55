#include "commands/help.h"

#include "base/json.h"
#include "base/str.h"

enum { LABEL_COLUMNS = 28 };

const struct command *command_find(const struct command_table *table, const char *name, struct err *err) {
    array(const char *) names = {0};
    for (size_t i = 0; i < table->count; i++) {
        if (!strcmp(table->items[i].name, name)) {
            array_free(&names);
            return &table->items[i];
        }
        *array_push(&names) = table->items[i].name;
    }
    const char *nearest = string_nearest(name, names.items, names.count);
    array_free(&names);
    if (nearest)
        err_set(err, ERR_USAGE, "unknown command '%s', did you mean '%s'?", name, nearest);
    else
        err_set(err, ERR_USAGE, "unknown command '%s'", name);
    err_help(err, "lab help");
    return NULL;
}

/* Appends "  label   text", the text wrapped behind its column; a label too long for it gets a line of its own. */
static void append_row(struct str *out, const struct term *term, const char *label, const char *text) {
    int columns = term->width > LABEL_COLUMNS + 20 ? term->width : LABEL_COLUMNS + 20;
    int used = term_columns(label, strlen(label)) + 2;
    str_printf(out, "  %s", label);
    if (used + 2 > LABEL_COLUMNS) {
        str_append_char(out, '\n');
        used = 0;
    }
    str_append_repeat(out, ' ', (size_t)(LABEL_COLUMNS - used));
    term_wrap(out, text, columns, LABEL_COLUMNS);
    str_append_char(out, '\n');
}

static void append_heading(struct str *out, const struct term *term, const char *text) {
    str_printf(out, "\n%s%s%s\n", term_on(term, STYLE_STRONG), text, term_off(term));
}

static void append_command(struct str *out, const struct term *term, const struct command *command) {
    autofree char *label = str_format("%s %s", command->name, command->arguments);
    append_row(out, term, label, command->summary);
}

static void append_groups(struct str *out, const struct command_table *table, const struct term *term) {
    const char *group = "";
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(group, table->items[i].group) != 0) append_heading(out, term, group = table->items[i].group);
        append_command(out, term, &table->items[i]);
    }
}

static void print_command_json(const struct command *command) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("command"));
    json_put(object, "name", json_string(command->name));
    json_put(object, "arguments", json_string(command->arguments));
    json_put(object, "summary", json_string(command->summary));
    json_put(object, "group", json_string(command->group));
    json_print_line(object);
}

void help_overview(const struct command_table *table, const struct context *context) {
    if (context->json) {
        for (size_t i = 0; i < table->count; i++) print_command_json(&table->items[i]);
        return;
    }
    scoped(str) out = STR_INIT;
    str_append(&out, "lab: hands-on MLOps courses, checked on your own machine\n");
    append_groups(&out, table, &context->out);
    append_heading(&out, &context->out, "to begin");
    append_row(&out, &context->out, "lab list", "see the exercises");
    append_row(&out, &context->out, "lab start seed-it", "open the first one");
    append_row(&out, &context->out, "lab help COMMAND", "what a command does, and its options");
    fputs(out.data, stdout);
}

static void append_option(struct str *out, const struct term *term, const struct option *option) {
    scoped(str) label = STR_INIT;
    if (option->letter)
        str_printf(&label, "-%c, ", option->letter);
    else
        str_append(&label, "    ");
    str_printf(&label, "--%s", option->name);
    if (option->argument) str_printf(&label, " %s", option->argument);
    append_row(out, term, label.data, option->help);
}

static void append_options(struct str *out, const struct term *term, const char *heading, const struct option *items,
                           size_t count) {
    if (count) append_heading(out, term, heading);
    for (size_t i = 0; i < count; i++) append_option(out, term, &items[i]);
}

void help_command(const struct command *command, const struct option_set *global, const struct context *context) {
    if (context->json) {
        for (size_t i = 0; command->verbs && i < command->verbs->count; i++)
            print_command_json(&command->verbs->items[i]);
        if (!command->verbs) print_command_json(command);
        return;
    }
    const struct options *own = command->options;
    scoped(str) out = STR_INIT;
    str_printf(&out, "usage: lab %s%s%s%s\n\n", command->name, own->count ? " [OPTION…]" : "",
               command->arguments[0] ? " " : "", command->arguments);
    term_wrap(&out, command->summary, context->out.width, 0);
    str_append_char(&out, '\n');
    if (command->verbs) append_groups(&out, command->verbs, &context->out);
    append_options(&out, &context->out, "options", own->items, own->count);
    append_options(&out, &context->out, "options of every command", global->items, global->count);
    fputs(out.data, stdout);
}
