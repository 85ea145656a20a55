/* lab down: ends all services that lab started for this user, in all workspaces, and looks again. */

#include "base/json.h"
#include "commands/commands.h"
#include "services/play.h"

struct down_values {
    bool data;
};

static const struct option items[] = {
    {"data", 0, OPTION_FLAG, offsetof(struct down_values, data), NULL, "remove what the services keep, too", 0, 0},
};
const struct options down_options = {items, LENGTH(items), sizeof(struct down_values)};

static json_t *json_names(const struct names *names) {
    json_t *list = json_array();
    for (size_t i = 0; i < names->count; i++) json_array_append_new(list, json_text_or_null(names->items[i]));
    return list;
}

static void print_json(const struct play_down *down) {
    for (size_t i = 0; i < down->left.items.count; i++) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("left"));
        json_put(object, "what", json_text_or_null(down->left.items.items[i].what));
        json_put(object, "why", json_text_or_null(down->left.items.items[i].why));
        json_print_line(object);
    }
    autojson json_t *summary = json_object();
    json_put(summary, "event", json_string("down_done"));
    json_put(summary, "stopped", json_integer((json_int_t)down->stopped));
    json_put(summary, "folders", json_integer((json_int_t)down->folders));
    json_put(summary, "volumes", json_integer((json_int_t)down->volumes));
    json_put(summary, "left", json_integer((json_int_t)down->left.items.count));
    json_put(summary, "kept", json_names(&down->kept));
    json_put(summary, "kept_volumes", json_names(&down->kept_volumes));
    json_print_line(summary);
}

static void list_names(struct str *line, const struct names *names, const char *behind) {
    for (size_t i = 0; i < names->count; i++) {
        str_append(line, i ? ", " : "");
        term_escape(line, names->items[i], strlen(names->items[i]), false);
        str_append(line, behind);
    }
}

static void print_kept(const struct play_down *down) {
    scoped(str) line = STR_INIT;
    size_t volumes = down->kept_volumes.count;
    list_names(&line, &down->kept, "/.lab/services");
    if (volumes) str_printf(&line, "%sthe volume%s ", line.len ? " and in " : "", volumes == 1 ? "" : "s");
    list_names(&line, &down->kept_volumes, "");
    if (line.len) printf("Their data stay in %s. lab down --data removes them.\n", line.data);
}

/* " Removed 2 folders of data and 1 volume." */
static void print_removed(const struct play_down *down) {
    scoped(str) what = STR_INIT;
    if (down->folders) str_printf(&what, "%zu folder%s of data", down->folders, down->folders == 1 ? "" : "s");
    if (down->volumes)
        str_printf(&what, "%s%zu volume%s", what.len ? " and " : "", down->volumes, down->volumes == 1 ? "" : "s");
    if (what.len) printf(" Removed %s.", what.data);
}

static void print_text(const struct play_down *down, bool quiet) {
    for (size_t i = 0; i < down->left.items.count; i++) {
        scoped(str) line = STR_INIT;
        const struct play_rest *rest = &down->left.items.items[i];
        term_escape(&line, rest->what, strlen(rest->what), false);
        str_append(&line, ": ");
        term_escape(&line, rest->why, strlen(rest->why), false);
        printf("still there: %s\n", line.data);
    }
    if (quiet) return;
    if (down->stopped)
        printf("Stopped %zu service%s.", down->stopped, down->stopped == 1 ? "" : "s");
    else
        fputs("No service ran.", stdout);
    print_removed(down);
    puts(down->left.items.count ? "" : " Nothing is left running.");
    print_kept(down);
}

static void on_progress(void *context, const struct play_progress *progress) {
    autofree char *label =
        progress->workspace ? str_format("waiting for another lab in %s", progress->workspace) : NULL;
    if (label) term_progress_show(context, label, 0, 0, NULL);
}

static int end_all(struct play_down *down, const struct context *context, bool data, struct err *err) {
    struct term_progress progress = {.stream = stderr, .term = context->err};
    struct play_ending ending = {.data = data, .watcher = {context->quiet ? NULL : on_progress, NULL, &progress}};
    ending.interrupt = command_interrupts(err);
    if (ending.interrupt < 0) return -1;
    int result = play_end_all(down, &ending, err);
    term_progress_end(&progress);
    command_interrupts_end(ending.interrupt, result && err->code == ERR_INTERRUPTED);
    return result;
}

int cmd_down(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct down_values *given = values;
    (void)argc, (void)argv;
    scoped(play_down) down = {0};
    if (end_all(&down, context, given->data, err)) return -1;
    if (context->json)
        print_json(&down);
    else
        print_text(&down, context->quiet);
    return down.left.items.count ? ERR_ENVIRONMENT : 0;
}
