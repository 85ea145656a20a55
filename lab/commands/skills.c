/* lab skills: the skills of the course, what was earned of each, and what to do next in a role. */

#include "base/json.h"
#include "commands/advice.h"
#include "commands/commands.h"
#include "commands/listing.h"
#include "progress/survey.h"

#define NO_ROLE "none"

struct skills_values {
    const char *role;
};

static const struct option items[] = {
    {"role", 0, OPTION_TEXT, offsetof(struct skills_values, role), "ROLE",
     "practitioner, mlops-engineer or ai-platform-engineer; it is remembered, and none forgets it", 0, 0},
};
const struct options skills_options = {items, LENGTH(items), sizeof(struct skills_values)};

/* What is shown of one course. */
struct view {
    const struct context *context;
    struct course *course;
    struct survey survey;
    struct stated stated;
    struct chosen_role role;
};

/* ---- for a person ---- */

enum { COLUMN_SKILL, COLUMN_POINTS, COLUMN_LEVEL, COLUMN_STATED, COLUMN_FIRST_ROLE };
enum { COLUMNS_MOST = COLUMN_FIRST_ROLE + ROLE_COUNT };

static const struct term_column all_roles[] = {
    {"skill", false, true},        {"points", true, false},   {"level", true, false},    {"stated", true, false},
    {"practitioner", true, false}, {"engineer", true, false}, {"platform", true, false},
};
static const struct term_column one_role[] = {
    {"skill", false, true},  {"points", true, false}, {"level", true, false},
    {"stated", true, false}, {"target", true, false}, {"", false, true},
};

static void describe_state(char *text, size_t size, const struct skill_standing *standing, enum role role) {
    int gap = skill_gap(standing, role);
    if (gap)
        snprintf(text, size, "%d to go%s", gap, standing->count ? "" : ", no exercise yet");
    else
        snprintf(text, size, "%s", standing->skill->targets[role] ? "reached" : "");
}

static void add_row(struct term_table *table, const struct view *view, const struct skill_standing *standing) {
    char points[32] = "", level[8], stated[8] = "", targets[ROLE_COUNT][8], state[48] = "";
    const char *cells[COLUMNS_MOST] = {standing->skill->id, points, level, stated};
    int said = stated_level(&view->stated, standing->skill->id);
    if (standing->count) snprintf(points, sizeof points, "%d/%d", standing->tally.points, standing->tally.possible);
    snprintf(level, sizeof level, "%d", standing->level);
    if (said != STATED_NONE) snprintf(stated, sizeof stated, "%d", said);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        snprintf(targets[i], sizeof targets[i], "%d", standing->skill->targets[i]);
        cells[COLUMN_FIRST_ROLE + i] = targets[i];
    }
    if (view->role.known) {
        describe_state(state, sizeof state, standing, view->role.role);
        cells[COLUMN_FIRST_ROLE] = targets[view->role.role];
        cells[COLUMN_FIRST_ROLE + 1] = state;
    }
    term_table_row(table, cells);
    if (view->role.known && standing->skill->targets[view->role.role] && !skill_gap(standing, view->role.role))
        term_table_style(table, COLUMN_FIRST_ROLE + 1, STYLE_GOOD);
}

static void print_legend(const struct view *view) {
    autofree char *text = str_format(
        "A level is earned by points of the exercises that train the skill: 1 from %d %%, 2 from %d %%, 3 from %d %% with "
        "%d of them passed. What you state yourself counts for nothing here.",
        SURVEY_LEVEL_1, SURVEY_LEVEL_2, SURVEY_LEVEL_3, SURVEY_PASSED_3);
    putchar('\n');
    advice_paragraph(view->context, text);
}

static void print_text(const struct view *view) {
    const struct term *term = &view->context->out;
    bool role = view->role.known;
    if (role) printf("%s%s%s\n", term_on(term, STYLE_STRONG), role_title(view->role.role), term_off(term));
    struct term_table *table =
        role ? term_table_new(one_role, LENGTH(one_role)) : term_table_new(all_roles, LENGTH(all_roles));
    for (size_t i = 0; i < view->survey.skill_count; i++) add_row(table, view, &view->survey.skills[i]);
    term_table_print(table, term, stdout);
    term_table_free(table);
    if (!view->context->quiet) print_legend(view);
    putchar('\n');
    advice_print(&view->survey, &view->role, view->context);
}

/* ---- for a program ---- */

static json_t *exercise_json(const struct exercise_standing *one) {
    json_t *object = json_object();
    json_put(object, "id", json_string(one->exercise->id));
    json_put(object, "points", json_integer(one->standing.best));
    json_put(object, "possible", json_integer(one->standing.possible));
    json_put(object, "passed", json_boolean(one->standing.passed));
    return object;
}

static void print_skill(const struct view *view, const struct skill_standing *standing) {
    const char *id = standing->skill->id;
    int said = stated_level(&view->stated, id);
    autojson json_t *object = json_object();
    json_t *targets = json_object(), *exercises = json_array();
    for (size_t i = 0; i < ROLE_COUNT; i++)
        json_put(targets, role_name((enum role)i), json_integer(standing->skill->targets[i]));
    for (size_t i = 0; i < standing->count; i++)
        json_array_append_new(exercises, exercise_json(standing->exercises[i]));
    json_put(object, "event", json_string("skill"));
    json_put(object, "course", json_string(view->course->id));
    json_put(object, "id", json_string(id));
    json_put(object, "what", json_string(standing->skill->what));
    json_put(object, "points", json_integer(standing->tally.points));
    json_put(object, "possible", json_integer(standing->tally.possible));
    json_put(object, "level", json_integer(standing->level));
    json_put(object, "stated", said == STATED_NONE ? json_null() : json_integer(said));
    json_put(object, "evidence", json_text_or_null(stated_evidence(&view->stated, id)));
    json_put(object, "targets", targets);
    json_put(object, "exercises", exercises);
    json_print_line(object);
}

static void print_json(const struct view *view) {
    for (size_t i = 0; i < view->survey.skill_count; i++) print_skill(view, &view->survey.skills[i]);
    advice_print_json(&view->survey, &view->role, view->course);
}

/* ---- all courses ---- */

static int show_course(const struct context *context, struct progress *progress, struct course *course, bool several,
                       size_t *shown, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    scoped(stated) stated = {.text = STR_INIT};
    struct view view = {.context = context, .course = course};
    if (survey_course(&view.survey, progress, course, NULL, &arena, err)) return -1;
    if (!view.survey.skill_count) return 0;
    if (learner_role(&view.role, progress, err) || learner_stated(&stated, context, progress, course, err)) return -1;
    view.stated = stated;
    if (several) listing_course(context, course, *shown);
    ++*shown;
    if (context->json)
        print_json(&view);
    else
        print_text(&view);
    return 0;
}

static int show_courses(const struct context *context, struct progress *progress, const struct library *library,
                        struct err *err) {
    bool several = library_opened(library) > 1;
    size_t shown = 0;
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        struct err fault = ERR_INIT;
        if (!shelved->course || !show_course(context, progress, shelved->course, several, &shown, &fault)) continue;
        if (several) err_wrap(&fault, "the course %s", shelved->course->id);
        if (command_leave_out(context, shelved, &fault, err)) return -1;
    }
    if (shown) return 0;
    err_set(err, ERR_USAGE, "%s no table of skills", several ? "these courses have" : "this course has");
    return err_help(err, "its author adds " SKILLS_FILE "; lab progress counts points without it");
}

static int remember_role(struct progress *progress, const char *name, struct err *err) {
    enum role role;
    if (!strcmp(name, NO_ROLE)) return progress_set(progress, PROGRESS_ROLE, NULL, err);
    return role_parse(&role, name, err) ? -1 : progress_set(progress, PROGRESS_ROLE, name, err);
}

int cmd_skills(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct skills_values *given = values;
    (void)argc, (void)argv;
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    scoped(library) library = {0};
    if (command_library(context, &library, err) || progress_open_usual(&progress, err)) return -1;
    if (given->role && remember_role(progress, given->role, err)) return -1;
    return show_courses(context, progress, &library, err);
}
