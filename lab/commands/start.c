/* lab start EX: the workspace of an exercise, its Python environment first, so that what stands there can be used. */

#include "attempt/tool.h"
#include "base/json.h"
#include "commands/commands.h"
#include "commands/environment.h"
#include "commands/services.h"
#include "progress/progress.h"
#include "workspace/workspace.h"

struct start_values {
    const char *directory;
    bool no_services;
};

static const struct option items[] = {
    {"dir", 0, OPTION_TEXT, offsetof(struct start_values, directory), "DIR", "make the workspace there", 0, 0},
    {"no-services", 0, OPTION_FLAG, offsetof(struct start_values, no_services), NULL,
     "do not start the services that it requires", 0, 0},
};
const struct options start_options = {items, LENGTH(items), sizeof(struct start_values)};

/* ---- printing ---- */

static const char *const outcome_names[] = {
    [WORKSPACE_ABSENT] = "made", [WORKSPACE_STARTED] = "already", [WORKSPACE_DAMAGED] = "mended"};

/* What the machine lacks of the exercise's tools, each as {tool, message, help}. */
static json_t *lacking_tools(const struct exercise *exercise, const char *environment) {
    json_t *list = json_array();
    for (size_t i = 0; i < exercise->tools.count; i++) {
        const struct tool_need *tool = &exercise->tools.items[i];
        struct err why = ERR_INIT;
        if (!tool_look(tool, environment, -1, &why)) continue;
        json_t *lack = json_object();
        json_put(lack, "tool", json_string(tool->name));
        json_put(lack, "message", json_text(why.message, strlen(why.message)));
        json_put(lack, "help", json_text_or_null(why.help[0] ? why.help : NULL));
        json_array_append_new(list, lack);
    }
    return list;
}

static void print_lacking(const struct term *term, const json_t *lacking) {
    size_t index;
    json_t *lack;
    json_array_foreach((json_t *)(uintptr_t)lacking, index, lack) {
        scoped(str) line = STR_INIT;
        const char *message = json_get_string(lack, "message", ""), *help = json_get_string(lack, "help", NULL);
        str_append(&line, "needs   ");
        term_escape(&line, message, strlen(message), false);
        printf("%s%s%s\n", term_on(term, STYLE_WARN), line.data, term_off(term));
        if (help) printf("        %s\n", help);
    }
}

static void print_json(const struct target *target, const struct python *python, enum workspace_state before,
                       json_t *lacking) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("workspace"));
    json_put(object, "exercise", json_string(target->exercise->id));
    json_put(object, "directory", json_text_or_null(target->directory));
    json_put(object, "outcome", json_string(outcome_names[before]));
    json_put(object, "lesson", json_string("README.md"));
    json_put(object, "environment", json_text_or_null(python->directory));
    json_put(object, "lacks", json_incref(lacking));
    json_print_line(object);
}

static void print_heading(const struct term *term, const struct exercise *exercise) {
    scoped(str) title = STR_INIT, objective = STR_INIT;
    term_escape(&title, exercise->title, strlen(exercise->title), false);
    term_wrap(&objective, exercise->objective, term->width, 0);
    printf("%s%s: %s%s\n%s\n\n", term_on(term, STYLE_STRONG), exercise->id, title.data, term_off(term), objective.data);
}

static void print_outcome(const struct context *context, const struct target *target, enum workspace_state before,
                          const json_t *lacking, struct play *play) {
    scoped(str) directory = STR_INIT, word = STR_INIT;
    term_escape(&directory, target->directory, strlen(target->directory), false);
    str_append_shell_word(&word, directory.data);
    if (context->quiet) {
        puts(directory.data);
        return;
    }
    const struct exercise *exercise = target->exercise;
    print_heading(&context->out, exercise);
    if (before == WORKSPACE_STARTED) puts("It is started already; nothing was changed.");
    if (before == WORKSPACE_DAMAGED) puts("Its repository was lost and is made anew; your files are as they were.");
    printf("folder  %s\n", directory.data);
    printf("read    README.md, the lesson (about %d minutes with the work)\n", exercise->minutes);
    if (play) services_print_addresses(play, target);
    print_lacking(&context->out, lacking);
    putchar('\n');
    printf("Next:   cd %s\n", word.data);
    printf("        change the files as the lesson says, then: lab check\n");
}

/* ---- doing ---- */

/* That it was opened is worth noting, but no reason to call a finished workspace a failure. */
static void note_started(const struct context *context, const struct target *target) {
    struct err problem = ERR_INIT;
    struct progress *progress = NULL;
    if (progress_open_usual(&progress, &problem) ||
        progress_started(progress, target->exercise->key, target->directory, &problem))
        if (!context->quiet) fprintf(stderr, "the start is not noted in your progress: %s\n", problem.message);
    progress_close(progress);
}

int cmd_start(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc;
    const struct start_values *given = values;
    enum workspace_state before = WORKSPACE_STARTED;
    scoped(target) target = {0};
    scoped(python) python = {0};
    if (command_target(context, argv[0], given->directory, &target, err)) return -1;
    if (!target.started && workspace_state(&before, target.directory, target.exercise->id, err)) return -1;
    if (command_environment(context, &target, &python, err)) return -1;
    if (!target.started && workspace_create(target.directory, target.course, target.exercise, python.directory, err))
        return -1;
    note_started(context, &target);
    target.started = true;
    __attribute__((cleanup(play_close_pointer))) struct play *play = NULL;
    autojson json_t *lacking = lacking_tools(target.exercise, python.directory);
    int result = given->no_services ? 0 : services_of_target(context, &target, &play, err);
    if (context->json)
        print_json(&target, &python, before, lacking);
    else
        print_outcome(context, &target, before, lacking, play);
    return result;
}
