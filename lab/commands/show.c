/* lab show EX: what an exercise is about, its checks, where its lesson is and what to type. */

#include "attempt/tool.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "commands/commands.h"
#include "commands/listing.h"

const struct options show_options;

static char *lesson_path(const struct target *target) {
    if (target->started) return path_join(target->directory, "README.md");
    return path_join(target->exercise->directory, "README.md");
}

/* ---- json ---- */

static json_t *check_json(const struct check *check) {
    json_t *object = json_object();
    json_put(object, "id", json_string(check->id));
    json_put(object, "title", json_string(check->title));
    json_put(object, "points", json_integer(check->points));
    json_put(object, "decisive", json_boolean(check->decisive));
    json_put(object, "needs", listing_json_strings(&check->needs));
    return object;
}

/* Hidden checks are counted, not named. */
struct hidden {
    size_t count;
    int points;
};

static struct hidden count_hidden(const struct exercise *exercise) {
    struct hidden hidden = {0};
    for (size_t i = 0; i < exercise->check_count; i++) {
        if (!exercise->checks[i].hidden) continue;
        hidden.count++;
        hidden.points += exercise->checks[i].points;
    }
    return hidden;
}

static void print_json(const struct target *target) {
    const struct exercise *exercise = target->exercise;
    struct hidden hidden = count_hidden(exercise);
    autofree char *lesson = lesson_path(target);
    autojson json_t *object = json_object();
    json_t *checks = json_array();
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!exercise->checks[i].hidden) json_array_append_new(checks, check_json(&exercise->checks[i]));
    listing_json_exercise(object, target->course, exercise);
    json_put(object, "objective", json_string(exercise->objective));
    json_put(object, "checks", checks);
    json_put(object, "hidden", json_pack("{s:I, s:i}", "checks", (json_int_t)hidden.count, "points", hidden.points));
    json_put(object, "lesson", json_text(lesson, strlen(lesson)));
    json_put(object, "workspace", json_text_or_null(target->started ? target->directory : NULL));
    json_print_line(object);
}

/* ---- text ---- */

enum { LABEL_COLUMNS = 10 };

/* A label and text wrapped behind it. */
static void print_fact(const struct term *term, const char *label, const char *text) {
    scoped(str) out = STR_INIT;
    term_pad(&out, term, label, LABEL_COLUMNS);
    term_wrap(&out, text, term->width, LABEL_COLUMNS);
    puts(out.data);
}

static void append_joined(struct str *out, const struct strings *strings) {
    for (size_t i = 0; i < strings->count; i++) str_printf(out, "%s%s", i ? ", " : "", strings->items[i]);
}

static void append_places(struct str *out, const struct course *course, const struct exercise *exercise) {
    for (size_t i = 0; i < course->track_count; i++) {
        const struct track *track = &course->tracks[i];
        for (size_t k = 0; k < track->module_count; k++)
            if (listing_has(&track->modules[k], exercise))
                str_printf(out, "%s%s, %s", out->len ? "; " : "", track->title, track->modules[k].title);
    }
}

static void print_facts(const struct term *term, const struct target *target) {
    const struct exercise *exercise = target->exercise;
    scoped(str) skills = STR_INIT;
    scoped(str) places = STR_INIT;
    scoped(str) tools = STR_INIT;
    autofree char *effort = str_format("%d minutes, difficulty %d of 3, %d points", exercise->minutes,
                                       exercise->difficulty, exercise->points);
    autofree char *about = str_format("maturity level %d, phase %s, layer %s", exercise->level,
                                      phase_name(exercise->phase), layer_name(exercise->layer));
    append_joined(&skills, &exercise->skills);
    append_places(&places, target->course, exercise);
    print_fact(term, "effort", effort);
    print_fact(term, "about", about);
    for (size_t i = 0; i < exercise->tools.count; i++) {
        if (i) str_append(&tools, ", ");
        tool_append(&tools, &exercise->tools.items[i]);
    }
    if (skills.len) print_fact(term, "skills", skills.data);
    if (tools.len) print_fact(term, "tools", tools.data);
    if (places.len) print_fact(term, "track", places.data);
}

static void add_check(struct term_table *table, const struct check *check) {
    scoped(str) needs = STR_INIT;
    autofree char *points = str_format("%d", check->points);
    append_joined(&needs, &check->needs);
    term_table_row(table,
                   (const char *const[]){check->id, check->title, points, check->decisive ? "yes" : "", needs.data});
}

static void print_checks(const struct term *term, const struct exercise *exercise) {
    static const struct term_column columns[] = {{"check", false, false},
                                                 {"title", false, true},
                                                 {"points", true, false},
                                                 {"decisive", false, false},
                                                 {"needs", false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!exercise->checks[i].hidden) add_check(table, &exercise->checks[i]);
    putchar('\n');
    term_table_print(table, term, stdout);
    term_table_free(table);
    struct hidden hidden = count_hidden(exercise);
    if (hidden.count)
        printf("and %zu hidden check%s, worth %d points\n", hidden.count, hidden.count == 1 ? "" : "s", hidden.points);
}

static void print_next(const struct term *term, const struct target *target) {
    autofree char *lesson = lesson_path(target);
    autofree char *command = str_format("lab %s %s", target->started ? "check" : "start", target->exercise->name);
    putchar('\n');
    print_fact(term, "lesson", lesson);
    print_fact(term, target->started ? "then" : "begin", command);
}

static void print_text(const struct context *context, const struct target *target) {
    const struct term *term = &context->out;
    const struct exercise *exercise = target->exercise;
    autofree char *heading = str_format("%s: %s", exercise->id, exercise->title);
    scoped(str) title = STR_INIT;
    scoped(str) objective = STR_INIT;
    term_wrap(&title, heading, term->width, 0);
    term_wrap(&objective, exercise->objective, term->width, 0);
    printf("%s%s%s\n%s\n\n", term_on(term, STYLE_STRONG), title.data, term_off(term), objective.data);
    print_facts(term, target);
    print_checks(term, exercise);
    print_next(term, target);
}

/* With an id the course is enough; without one the workspace says which exercise it is. */
static int find_target(const struct context *context, const char *id, struct target *target, struct err *err) {
    if (!id) return command_target(context, NULL, NULL, target, err);
    struct catalogued found;
    if (library_open(&target->library, context->course, NULL, err) ||
        library_exercise(&target->library, id, &found, err))
        return -1;
    target->course = found.course;
    target->exercise = found.exercise;
    return 0;
}

int cmd_show(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values;
    scoped(target) target = {0};
    if (find_target(context, argc ? argv[0] : NULL, &target, err)) return -1;
    if (context->json)
        print_json(&target);
    else
        print_text(context, &target);
    return 0;
}
