/* lab author new ID: a small exercise that is complete and proved, to be changed into one's own. */

#include "author/scaffold.h"
#include "base/json.h"
#include "commands/author.h"

struct new_values {
    const char *track, *module, *like;
};

static const struct option items[] = {
    {"track", 0, OPTION_TEXT, offsetof(struct new_values, track), "TRACK", "the track that lists it", 0, 0},
    {"module", 0, OPTION_TEXT, offsetof(struct new_values, module), "MODULE", "the module of that track", 0, 0},
    {"like", 0, OPTION_TEXT, offsetof(struct new_values, like), "EX",
     "take requirements, limits, skills, phase, layer, level and difficulty from that exercise", 0, 0},
};
const struct options author_new_options = {items, LENGTH(items), sizeof(struct new_values)};

static void print_json(const struct scaffold *made, const char *id) {
    autojson json_t *object = json_object();
    json_t *files = json_array();
    for (size_t i = 0; i < made->files.count; i++) json_array_append_new(files, json_string(made->files.items[i]));
    json_put(object, "event", json_string("exercise_made"));
    json_put(object, "exercise", json_string(id));
    json_put(object, "course", json_text(made->directory, strlen(made->directory)));
    json_put(object, "course_made", json_boolean(made->course_made));
    json_put(object, "track", json_string(made->track));
    json_put(object, "track_made", json_boolean(made->track_made));
    json_put(object, "module", json_string(made->module));
    json_put(object, "files", files);
    json_print_line(object);
}

/* What stands before the command's name so that it meets this course from anywhere. */
static void append_lab(struct str *out, const struct context *context) {
    str_append(out, "lab");
    if (!context->course) return;
    scoped(str) shown = STR_INIT;
    term_escape(&shown, context->course, strlen(context->course), false);
    str_append(out, " --course ");
    str_append_shell_word(out, shown.data);
}

static void print_text(const struct context *context, const struct scaffold *made, const char *id) {
    scoped(str) lab = STR_INIT, directory = STR_INIT;
    append_lab(&lab, context);
    term_escape(&directory, made->directory, strlen(made->directory), false);
    if (made->course_made) printf("course  %s, which is new\n", directory.data);
    printf("made    exercises/%s: a lesson, a start, three checks, a solution and two wrong variants\n", id);
    printf("listed  in %s, module %s%s\n\n", made->track_file, made->module, made->track_made ? " (both new)" : "");
    printf("Next:   edit exercises/%s: README.md, exercise.yaml and checker.lua say how\n", id);
    printf("        %s author test %s\n", lab.data, id);
    printf("        %s author preview %s\n", lab.data, id);
}

int cmd_author_new(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc;
    const struct new_values *given = values;
    struct scaffold_request request = {argv[0], given->track, given->module, given->like};
    scoped(scaffold) made = SCAFFOLD_INIT;
    if (scaffold_exercise(&made, context->course, &request, err)) return -1;
    if (context->json)
        print_json(&made, request.id);
    else if (context->quiet)
        printf("exercises/%s\n", request.id);
    else
        print_text(context, &made, request.id);
    return 0;
}
