/*
 * `lab next`: what to do, and why. An exercise that is begun comes first, the most recent one; then the next of the track
 * that one works in; then the first of any track that is not passed.
 */

#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/commands.h"
#include "progress/track.h"

const struct options next_options = {0};

struct advice {
    const char *reason; /* unfinished, next, first, done */
    const struct exercise *exercise;
    const struct check *check; /* the first that fails, or NULL */
    struct str why;
    struct progress_standing standing;
};

static void advice_release(struct advice *advice) { str_release(&advice->why); }

struct learner {
    struct library library;
    struct progress *progress;
    struct progress_recent recent;
};

static void learner_release(struct learner *learner) {
    progress_recent_release(&learner->recent);
    progress_close(learner->progress);
    library_release(&learner->library);
}

/* The exercise of a key, present or former, that the progress knows; NULL when no course here has such a one. */
static const struct exercise *known(const struct learner *learner, const char *key) {
    struct err ignored = ERR_INIT;
    struct catalogued found;
    return library_by_key(&learner->library, key, &found, &ignored) ? NULL : found.exercise;
}

/* Brings what was done under former ids under the present ones, then asks once more. */
static int adopt_former(struct learner *learner, struct err *err) {
    bool renamed = false;
    for (size_t i = 0; i < learner->recent.count; i++) {
        const struct exercise *exercise = known(learner, learner->recent.exercises[i]);
        if (!exercise || !strcmp(exercise->key, learner->recent.exercises[i])) continue;
        if (progress_adopt(learner->progress, exercise, err)) return -1;
        renamed = true;
    }
    if (!renamed) return 0;
    progress_recent_release(&learner->recent);
    return progress_recent(learner->progress, &learner->recent, err);
}

/* ---- an exercise that is begun ---- */

static void explain_unfinished(struct advice *advice) {
    const struct exercise *exercise = advice->exercise;
    if (!advice->standing.attempts)
        str_printf(&advice->why, "%s is started, and has not been checked yet.", exercise->id);
    else if (advice->check)
        str_printf(&advice->why, "%s has %d of %d points; \"%s\" does not pass yet.", exercise->id,
                   advice->standing.best, advice->standing.possible, advice->check->title);
    else
        str_printf(&advice->why, "%s has %d of %d points, and not every check of it has run and passed.", exercise->id,
                   advice->standing.best, advice->standing.possible);
}

/* 1 when exercise is begun, not passed, and not waiting for something that this machine lacks. */
static int consider_unfinished(struct learner *learner, const struct exercise *exercise, struct advice *advice,
                               struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct exercise_standing one = {.exercise = exercise};
    if (exercise_stand(&one, learner->progress, &arena, err)) return -1;
    if (one.standing.passed || one.waits) return 0;
    advice->reason = "unfinished";
    advice->exercise = exercise;
    advice->check = one.failing;
    advice->standing = one.standing;
    explain_unfinished(advice);
    return 1;
}

static int find_unfinished(struct learner *learner, struct advice *advice, struct err *err) {
    for (size_t i = 0; i < learner->recent.count; i++) {
        const struct exercise *exercise = known(learner, learner->recent.exercises[i]);
        if (!exercise) continue;
        int found = consider_unfinished(learner, exercise, advice, err);
        if (found) return found;
    }
    return 0;
}

/* ---- an exercise to begin ---- */

static bool was_worked_on(const struct learner *learner, const struct course *course, const char *id) {
    size_t len = strlen(course->scope);
    for (size_t i = 0; i < learner->recent.count; i++) {
        const char *key = learner->recent.exercises[i];
        if (!strncmp(key, course->scope, len) && !strcmp(key + len, id)) return true;
    }
    return false;
}

/* A track, and its course. */
struct path {
    struct course *course;
    const struct track *track; /* NULL: none */
};

/* How many of a track's exercises were worked on. */
static size_t share(const struct learner *learner, const struct course *course, const struct track *track) {
    size_t count = 0;
    for (size_t i = 0; i < track->module_count; i++)
        for (size_t k = 0; k < track->modules[i].exercises.count; k++)
            count += was_worked_on(learner, course, track->modules[i].exercises.items[k]);
    return count;
}

/* The track that one works in. */
static struct path present_path(const struct learner *learner) {
    struct path present = {0};
    size_t most = 0;
    for (size_t i = 0; i < learner->library.count; i++) {
        struct course *course = learner->library.items[i].course;
        for (size_t k = 0; course && k < course->track_count; k++) {
            size_t count = share(learner, course, &course->tracks[k]);
            if (count <= most) continue;
            most = count;
            present = (struct path){course, &course->tracks[k]};
        }
    }
    return present;
}

/* 1 when the track has an exercise that was not worked on, in its order. */
static int find_new(struct learner *learner, struct path path, bool present, struct advice *advice, struct err *err) {
    for (size_t i = 0; i < path.track->module_count; i++) {
        const struct module *module = &path.track->modules[i];
        for (size_t k = 0; k < module->exercises.count; k++) {
            const char *id = module->exercises.items[k];
            if (was_worked_on(learner, path.course, id)) continue;
            advice->exercise = course_exercise(path.course, id, err);
            if (!advice->exercise) return -1;
            advice->reason = present ? "next" : "first";
            str_printf(&advice->why, "%s is the %s exercise of %s, in its module \"%s\".", id,
                       present ? "next" : "first open", path.track->title, module->title);
            return progress_standing(learner->progress, advice->exercise, &advice->standing, err) ? -1 : 1;
        }
    }
    return 0;
}

static int find_first(const struct context *context, struct learner *learner, const struct shelved *shelved,
                      struct advice *advice, struct err *err) {
    struct course *course = shelved->course;
    struct err fault = ERR_INIT;
    int found = 0;
    for (size_t i = 0; !found && course && i < course->track_count; i++)
        found = find_new(learner, (struct path){course, &course->tracks[i]}, false, advice, &fault);
    return found < 0 ? command_leave_out(context, shelved, &fault, err) : found;
}

static int find_advice(const struct context *context, struct learner *learner, struct advice *advice, struct err *err) {
    int found = find_unfinished(learner, advice, err);
    struct path present = present_path(learner);
    if (!found && present.track) found = find_new(learner, present, true, advice, err);
    for (size_t i = 0; !found && i < learner->library.count; i++)
        found = find_first(context, learner, &learner->library.items[i], advice, err);
    if (found) return found < 0 ? -1 : 0;
    advice->reason = "done";
    str_append(&advice->why,
               library_opened(&learner->library) > 1
                   ? "every exercise of these courses' tracks is passed, or waits for what this machine lacks."
                   : "every exercise of this course's tracks is passed, or waits for what this machine lacks.");
    return 0;
}

/* ---- saying it ---- */

static void command_of(struct str *out, const struct advice *advice) {
    if (!advice->exercise)
        str_append(out, "lab progress");
    else
        str_printf(out, "lab %s %s", strcmp(advice->reason, "unfinished") ? "start" : "check", advice->exercise->name);
}

static void print_json(const struct advice *advice, const char *command) {
    const struct exercise *exercise = advice->exercise;
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("next"));
    json_put(object, "reason", json_string(advice->reason));
    json_put(object, "command", json_string(command));
    json_put(object, "why", json_string(advice->why.data));
    json_put(object, "exercise", json_text_or_null(exercise ? exercise->id : NULL));
    json_put(object, "key", json_text_or_null(exercise ? exercise->key : NULL));
    json_put(object, "title", json_text_or_null(exercise ? exercise->title : NULL));
    json_put(object, "check", json_text_or_null(advice->check ? advice->check->id : NULL));
    json_put(object, "points", json_integer(advice->standing.best));
    json_put(object, "possible", json_integer(advice->standing.possible));
    json_print_line(object);
}

/* Indented by so many columns. */
static void print_text(const struct context *context, const struct advice *advice, const char *command, int indent) {
    const struct term *term = &context->out;
    printf("%*s%s%s%s\n", indent, "", term_on(term, STYLE_STRONG), command, term_off(term));
    scoped(str) why = STR_INIT;
    term_wrap(&why, advice->why.data, term->width, indent + 2);
    printf("%*s%s\n", indent + 2, "", why.data);
    if (advice->check) printf("%*sstuck? lab hint %s\n", indent + 2, "", advice->exercise->name);
}

static int advise(const struct context *context, struct learner *learner, struct advice *advice, struct err *err) {
    if (command_library(context, &learner->library, err) || progress_open_usual(&learner->progress, err) ||
        progress_recent(learner->progress, &learner->recent, err) || adopt_former(learner, err))
        return -1;
    return find_advice(context, learner, advice, err);
}

int cmd_next(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values, (void)argc, (void)argv;
    scoped(learner) learner = {0};
    scoped(advice) advice = {.why = STR_INIT};
    if (advise(context, &learner, &advice, err)) return -1;
    scoped(str) command = STR_INIT;
    command_of(&command, &advice);
    if (context->json)
        print_json(&advice, command.data);
    else
        print_text(context, &advice, command.data, 0);
    return 0;
}

/* ---- at the end of the overview ---- */

static void print_heading(const struct term *term, const char *text) {
    printf("\n%s%s%s\n", term_on(term, STYLE_STRONG), text, term_off(term));
}

static void print_here(const struct context *context) {
    struct err ignored = ERR_INIT;
    scoped(target) target = {0};
    if (command_target(context, NULL, NULL, &target, &ignored)) return;
    scoped(str) title = STR_INIT, directory = STR_INIT;
    term_escape(&title, target.exercise->title, strlen(target.exercise->title), false);
    term_escape(&directory, target.directory, strlen(target.directory), false);
    print_heading(&context->out, "where you are");
    printf("  %s: %s\n  %s\n", target.exercise->id, title.data, directory.data);
}

void next_overview(const struct context *context) {
    struct err ignored = ERR_INIT;
    scoped(learner) learner = {0};
    scoped(advice) advice = {.why = STR_INIT};
    print_here(context);
    if (!progress_exists() || advise(context, &learner, &advice, &ignored)) return;
    scoped(str) command = STR_INIT;
    command_of(&command, &advice);
    print_heading(&context->out, "what to do next");
    print_text(context, &advice, command.data, 2);
}
