/* lab services start, stop, restart, status, env. */

#include <string.h>

#include "base/json.h"
#include "commands/services.h"

struct services_values {
    const char *exercise, *driver;
};

#define EXERCISE \
    { \
        "exercise", 'x', OPTION_TEXT, offsetof(struct services_values, exercise), "EX", \
            "of this exercise, not of the folder one stands in", 0, 0 \
    }
#define DRIVER \
    { \
        "driver", 0, OPTION_TEXT, offsetof(struct services_values, driver), "native|docker", \
            "as processes of this machine, or as containers (usually as before, else native)", 0, 0 \
    }

static const struct option common[] = {EXERCISE};
static const struct option starting[] = {EXERCISE, DRIVER};

const struct options services_start_options = {starting, LENGTH(starting), sizeof(struct services_values)};
const struct options services_restart_options = {starting, LENGTH(starting), sizeof(struct services_values)};
const struct options services_stop_options = {common, LENGTH(common), sizeof(struct services_values)};
const struct options services_status_options = {common, LENGTH(common), sizeof(struct services_values)};
const struct options services_env_options = {common, LENGTH(common), sizeof(struct services_values)};

/* As they stand then, also when one of them did not start. */
static int start(struct playground *at, const struct context *context, const char *driver, struct err *err) {
    int result = services_start(context, &at->target, at->play, &at->names, driver, err);
    struct err ignored = ERR_INIT;
    if (context->json) (void)services_print(context, at->play, &at->names, &ignored);
    return result;
}

int cmd_services_start(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct services_values *given = values;
    scoped(playground) at = {0};
    if (playground_open(&at, context, given->exercise, argc, argv, false, err)) return -1;
    return start(&at, context, given->driver, err);
}

int cmd_services_stop(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct services_values *given = values;
    scoped(playground) at = {0};
    if (playground_open(&at, context, given->exercise, argc, argv, true, err)) return -1;
    if (services_stop(context, at.play, &at.names, err)) return -1;
    return context->json ? services_print(context, at.play, &at.names, err) : 0;
}

int cmd_services_restart(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct services_values *given = values;
    scoped(playground) at = {0};
    if (playground_open(&at, context, given->exercise, argc, argv, false, err)) return -1;
    if (services_stop(context, at.play, &at.names, err)) return -1;
    return start(&at, context, given->driver, err);
}

int cmd_services_status(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct services_values *given = values;
    scoped(playground) at = {0};
    if (playground_open(&at, context, given->exercise, argc, argv, true, err)) return -1;
    if (!at.names.count && !context->json && !context->quiet)
        printf("%s requires no services, and none ran here. The course has others: lab services start NAME\n",
               at.target.exercise->id);
    return services_print(context, at.play, &at.names, err);
}

/* ---- as variables ---- */

/* In single quotes, which a shell takes as they are, whatever stands between them. */
static void print_export(const char *variable) {
    scoped(str) line = STR_INIT;
    size_t len = strcspn(variable, "=");
    str_printf(&line, "export %.*s='", (int)len, variable);
    for (const char *c = variable + len + 1; *c; c++) {
        if (*c == '\'')
            str_append(&line, "'\\''");
        else
            str_append_char(&line, *c);
    }
    puts((str_append(&line, "'"), line.data));
}

static void print_variable(const char *variable) {
    size_t len = strcspn(variable, "=");
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("variable"));
    json_put(object, "name", json_text(variable, len));
    json_put(object, "value", json_text_or_null(variable + len + 1));
    json_print_line(object);
}

int cmd_services_env(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct services_values *given = values;
    scoped(playground) at = {0};
    struct strings variables;
    if (playground_open(&at, context, given->exercise, argc, argv, false, err)) return -1;
    if (services_variables(at.play, &at.names, &at.arena, &variables, err)) return -1;
    for (size_t i = 0; i < variables.count; i++) {
        if (context->json)
            print_variable(variables.items[i]);
        else
            print_export(variables.items[i]);
    }
    if (variables.count || !at.names.count) return 0;
    err_set(err, ERR_ENVIRONMENT, "none of these services runs");
    return err_help(err, "lab services start");
}
