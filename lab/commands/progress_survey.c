#include "commands/progress_survey.h"

#include "base/json.h"

/* ---- for a person ---- */

static const struct term_column columns[] = {
    {"", false, true}, {"passed", true, false}, {"points", true, false}, {"%", true, false}};

static void add_row(struct term_table *table, const char *name, const struct tally *tally) {
    char passed[32], points[32], percent[16];
    if (!tally->exercises) return;
    snprintf(passed, sizeof passed, "%d/%d", tally->passed, tally->exercises);
    snprintf(points, sizeof points, "%d/%d", tally->points, tally->possible);
    snprintf(percent, sizeof percent, "%d", percent_of(tally->points, tally->possible));
    term_table_row(table, (const char *const[]){name, passed, points, percent});
}

static void add_levels(struct term_table *table, const struct survey *survey) {
    for (int i = 0; i < LEVEL_COUNT; i++) {
        autofree char *name = str_format("  %d %s", i, level_title(i));
        add_row(table, name, &survey->levels[i]);
    }
}

static void add_phases(struct term_table *table, const struct survey *survey) {
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        autofree char *name = str_format("  %s", phase_name((enum phase)i));
        add_row(table, name, &survey->phases[i]);
    }
}

static void add_layers(struct term_table *table, const struct survey *survey) {
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        autofree char *name = str_format("  %s", layer_title((enum layer)i));
        add_row(table, name, &survey->layers[i]);
    }
}

void progress_survey_print(const struct survey *survey, const struct context *context) {
    if (!survey->count) return;
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    term_table_heading(table, "maturity level");
    add_levels(table, survey);
    term_table_heading(table, "phase of the life cycle");
    add_phases(table, survey);
    term_table_heading(table, "layer");
    add_layers(table, survey);
    putchar('\n');
    term_table_print(table, &context->out, stdout);
    term_table_free(table);
    if (context->quiet) return;
    scoped(str) shown = STR_INIT;
    term_wrap(&shown, SURVEY_SCALE, context->out.width, 0);
    printf("%s\n", shown.data);
}

void progress_skills_print(const struct survey *survey, const struct chosen_role *role, const struct context *context) {
    if (!survey->skill_count) return;
    putchar('\n');
    if (role->known) {
        int asked, met = survey_met(survey, role->role, &asked);
        autofree char *text = str_format("skills: %d of %d where the role %s needs them (lab skills)", met, asked,
                                         role_title(role->role));
        advice_paragraph(context, text);
    } else {
        puts("skills: lab skills");
    }
    advice_print(survey, role, context);
}

/* ---- for a program ---- */

static json_t *tally_json(const char *key, json_t *id, const struct tally *tally) {
    json_t *object = json_object();
    json_put(object, key, id);
    json_put(object, "exercises", json_integer(tally->exercises));
    json_put(object, "passed", json_integer(tally->passed));
    json_put(object, "points", json_integer(tally->points));
    json_put(object, "possible", json_integer(tally->possible));
    return object;
}

static json_t *skill_json(const struct skill_standing *standing) {
    json_t *object = tally_json("id", json_string(standing->skill->id), &standing->tally);
    json_put(object, "level", json_integer(standing->level));
    return object;
}

void progress_survey_print_json(const struct survey *survey, const struct course *course, const struct track *only) {
    json_t *levels = json_array(), *phases = json_array(), *layers = json_array(), *skills = json_array();
    for (int i = 0; i < LEVEL_COUNT; i++)
        json_array_append_new(levels, tally_json("level", json_integer(i), &survey->levels[i]));
    for (size_t i = 0; i < PHASE_COUNT; i++)
        json_array_append_new(phases, tally_json("phase", json_string(phase_name((enum phase)i)), &survey->phases[i]));
    for (size_t i = 0; i < LAYER_COUNT; i++)
        json_array_append_new(layers, tally_json("layer", json_string(layer_name((enum layer)i)), &survey->layers[i]));
    for (size_t i = 0; i < survey->skill_count; i++) json_array_append_new(skills, skill_json(&survey->skills[i]));
    autojson json_t *object = tally_json("event", json_string("course_progress"), &survey->whole);
    json_put(object, "course", json_string(course->id));
    json_put(object, "track", json_text_or_null(only ? only->id : NULL));
    json_put(object, "levels", levels);
    json_put(object, "phases", phases);
    json_put(object, "layers", layers);
    json_put(object, "skills", skills);
    json_print_line(object);
}
