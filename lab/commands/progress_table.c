#include "commands/progress_table.h"

#include "base/clock.h"
#include "base/json.h"

/* ---- for a person ---- */

enum { COLUMN_NAME, COLUMN_POINTS, COLUMN_PERCENT, COLUMN_HINTS, COLUMN_STATE, COLUMN_COUNT };

static const struct term_column columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"module, exercise", false, true},
    [COLUMN_POINTS] = {"points", true, false},
    [COLUMN_PERCENT] = {"%", true, false},
    [COLUMN_HINTS] = {"hints", true, false},
    [COLUMN_STATE] = {"state", false, true},
};

/* "passed, 3 attempts, 40 min" */
static void describe(struct str *out, const struct progress_standing *standing) {
    str_append(out, standing->changed ? "changed since you passed" : standing->passed ? "passed" : "started");
    if (standing->attempts) str_printf(out, ", %d attempt%s", standing->attempts, standing->attempts == 1 ? "" : "s");
    if (standing->minutes < 0.5) return;
    char time[TERM_AMOUNT_SIZE];
    int minutes = (int)(standing->minutes + 0.5);
    str_printf(out, ", %s", minutes < 60 ? "" : term_seconds(time, standing->minutes * 60));
    if (minutes < 60) str_printf(out, "%d min", minutes);
}

/* "3, -6": how many were taken, and the points that costs. */
static void describe_hints(struct str *out, int taken, int cost) {
    if (taken) str_printf(out, cost ? "%d, -%d" : "%d", taken, cost);
}

static void add_row(struct term_table *table, const char *name, int points, int possible, int percent,
                    const char *hints, const char *state) {
    char of[32], rounded[16];
    snprintf(of, sizeof of, "%d/%d", points, possible);
    snprintf(rounded, sizeof rounded, "%d", percent);
    const char *const cells[COLUMN_COUNT] = {name, of, rounded, hints, state};
    term_table_row(table, cells);
}

static void add_exercise(struct term_table *table, const struct exercise_standing *one) {
    const struct progress_standing *standing = &one->standing;
    if (!standing->started) return;
    scoped(str) name = STR_INIT, state = STR_INIT, hints = STR_INIT;
    str_printf(&name, "  %s", one->exercise->id);
    describe(&state, standing);
    describe_hints(&hints, standing->hints_taken, standing->hint_cost);
    add_row(table, name.data, standing->best, standing->possible,
            standing->possible ? standing->best * 100 / standing->possible : 0, hints.data, state.data);
    if (standing->passed) term_table_style(table, COLUMN_STATE, STYLE_GOOD);
}

static void add_module(struct term_table *table, const struct module_standing *module, int module_min) {
    if (!module->count) return;
    char state[48] = "passed", hints[16] = "";
    if (!module->passed) snprintf(state, sizeof state, "needs %d %%: %d more", module_min, module->missing);
    if (module->hint_cost) snprintf(hints, sizeof hints, "-%d", module->hint_cost);
    add_row(table, module->module->title, module->points, module->possible, module->percent, hints, state);
    term_table_style(table, COLUMN_NAME, STYLE_STRONG);
    if (module->passed) term_table_style(table, COLUMN_STATE, STYLE_GOOD);
    for (size_t i = 0; i < module->count; i++) add_exercise(table, &module->exercises[i]);
}

/* "certificate: not yet; weakest module: data, 0 % of the 60 % it needs" */
static void describe_certificate(struct str *out, const struct track_standing *standing) {
    size_t without = standing->track->module_count - standing->judged;
    int least = standing->track->module_min;
    if (!standing->judged)
        str_append(out, "no module has exercises yet");
    else if (!standing->passed)
        str_printf(out, "not yet; weakest module: %s, %d %% of the %d %% that it needs", standing->weakest->module->id,
                   standing->weakest->percent, least);
    else
        str_printf(out, "every module %sreaches %d %%", without ? "with exercises " : "", least);
    if (without && standing->judged)
        str_printf(out, "; %zu module%s without exercises yet", without, without == 1 ? " is" : "s are");
}

/* "not judged here: needs docker: layer-cache of dockerfile-basic, 12 points" */
static void print_unjudged(const struct exercise_standing *one, const struct term *term) {
    for (size_t i = 0; i < one->unjudged_count; i++) {
        const struct unjudged *unjudged = &one->unjudged[i];
        scoped(str) line = STR_INIT, shown = STR_INIT;
        str_printf(&line, "not judged here: needs %s: %s of %s, %d point%s",
                   unjudged->needs ? unjudged->needs : "what this machine lacks", unjudged->check->id,
                   one->exercise->id, unjudged->check->points, unjudged->check->points == 1 ? "" : "s");
        term_wrap(&shown, line.data, term->width, 2);
        printf("%s\n", shown.data);
    }
}

void progress_table_print(const struct track_standing *standing, const struct context *context) {
    scoped(str) title = STR_INIT, certificate = STR_INIT, shown = STR_INIT;
    term_cut(&title, &context->out, standing->track->title, context->out.width);
    printf("%s%s%s\n", term_on(&context->out, STYLE_STRONG), title.data, term_off(&context->out));
    if (standing->judged) {
        struct term_table *table = term_table_new(columns, COLUMN_COUNT);
        for (size_t i = 0; i < standing->track->module_count; i++)
            add_module(table, &standing->modules[i], standing->track->module_min);
        term_table_print(table, &context->out, stdout);
        term_table_free(table);
    }
    describe_certificate(&certificate, standing);
    term_wrap(&shown, certificate.data, context->out.width, (int)sizeof "certificate: " - 1);
    printf("certificate: %s\n", shown.data);
    for (size_t i = 0; i < standing->track->module_count; i++)
        for (size_t k = 0; k < standing->modules[i].count; k++)
            print_unjudged(&standing->modules[i].exercises[k], &context->out);
}

/* ---- for a program ---- */

static json_t *unjudged_to_json(const struct exercise_standing *one) {
    json_t *list = json_array();
    for (size_t i = 0; i < one->unjudged_count; i++) {
        json_t *object = json_object();
        json_put(object, "check", json_string(one->unjudged[i].check->id));
        json_put(object, "points", json_integer(one->unjudged[i].check->points));
        json_put(object, "needs", json_text_or_null(one->unjudged[i].needs));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *exercise_to_json(const struct exercise_standing *one) {
    const struct progress_standing *standing = &one->standing;
    json_t *object = json_object();
    json_put(object, "id", json_string(one->exercise->id));
    json_put(object, "started", json_boolean(standing->started));
    json_put(object, "passed", json_boolean(standing->passed));
    json_put(object, "changed", json_boolean(standing->changed));
    json_put(object, "points", json_integer(standing->best));
    json_put(object, "possible", json_integer(standing->possible));
    json_put(object, "attempts", json_integer(standing->attempts));
    json_put(object, "hints", json_integer(standing->hints_taken));
    json_put(object, "hint_cost", json_integer(standing->hint_cost));
    json_put(object, "minutes", json_real(standing->minutes));
    char time[CLOCK_TEXT_SIZE];
    if (standing->last_time) clock_format(standing->last_time, time);
    json_put(object, "last_attempt", json_text_or_null(standing->last_time ? time : NULL));
    if (standing->passed_time) clock_format(standing->passed_time, time);
    json_put(object, "passed_first", json_text_or_null(standing->passed_time ? time : NULL));
    json_put(object, "not_judged", unjudged_to_json(one));
    return object;
}

static json_t *module_to_json(const struct module_standing *module) {
    json_t *object = json_object(), *exercises = json_array();
    json_put(object, "id", json_string(module->module->id));
    json_put(object, "title", json_string(module->module->title));
    json_put(object, "points", json_integer(module->points));
    json_put(object, "possible", json_integer(module->possible));
    json_put(object, "percent", json_integer(module->percent));
    json_put(object, "missing", json_integer(module->missing));
    json_put(object, "passed", json_boolean(module->passed));
    for (size_t i = 0; i < module->count; i++)
        json_array_append_new(exercises, exercise_to_json(&module->exercises[i]));
    json_put(object, "exercises", exercises);
    return object;
}

void progress_table_print_json(const struct track_standing *standing, const struct course *course) {
    autojson json_t *object = json_object();
    json_t *modules = json_array();
    json_put(object, "event", json_string("track_progress"));
    json_put(object, "track", json_string(standing->track->id));
    json_put(object, "course", json_string(course->id));
    json_put(object, "title", json_string(standing->track->title));
    json_put(object, "module_min", json_integer(standing->track->module_min));
    json_put(object, "certificate", json_boolean(standing->passed));
    json_put(object, "judged_modules", json_integer((json_int_t)standing->judged));
    json_put(object, "weakest", json_text_or_null(standing->weakest ? standing->weakest->module->id : NULL));
    for (size_t i = 0; i < standing->track->module_count; i++)
        json_array_append_new(modules, module_to_json(&standing->modules[i]));
    json_put(object, "modules", modules);
    json_print_line(object);
}
