#include "commands/advice.h"

#include "base/json.h"

static const char *verb_for(const struct exercise_standing *one) { return one->standing.started ? "check" : "start"; }

/* "kubernetes is at level 0 of the 3 that the role MLOps Engineer needs. "The pod that never serves" trains it, in about …" */
static void describe(struct str *out, const struct survey_advice *advice, enum role role) {
    const struct skill_standing *skill = advice->skill;
    const struct exercise_standing *one = advice->exercise;
    str_printf(out, "%s is at level %d of the %d that the role %s needs. \"%s\" trains it, in about %d minutes.",
               skill->skill->id, skill->level, skill->skill->targets[role], role_title(role), one->exercise->title,
               one->exercise->minutes);
    if (one->unjudged_count)
        str_printf(out, " Some of it was not judged here: it needs %s.",
                   one->unjudged[0].needs ? one->unjudged[0].needs : "what this machine lacks");
}

void advice_paragraph(const struct context *context, const char *text) {
    scoped(str) shown = STR_INIT;
    term_wrap(&shown, text, context->out.width, 0);
    printf("%s\n", shown.data);
}

static void print_next(const struct survey_advice *advice, enum role role, const struct context *context) {
    const struct term *term = &context->out;
    scoped(str) why = STR_INIT, shown = STR_INIT;
    describe(&why, advice, role);
    term_wrap(&shown, why.data, term->width, 2);
    printf("%slab %s %s%s\n  %s\n", term_on(term, STYLE_STRONG), verb_for(advice->exercise),
           advice->exercise->exercise->name, term_off(term), shown.data);
}

void advice_print(const struct survey *survey, const struct chosen_role *role, const struct context *context) {
    struct survey_advice advice;
    if (!role->known) {
        advice_paragraph(context,
                         "What to do next depends on a role: lab skills --role practitioner, mlops-engineer or "
                         "ai-platform-engineer");
    } else if (survey_next(survey, role->role, &advice)) {
        print_next(&advice, role->role, context);
    } else {
        autofree char *text = str_format("No exercise of this course that is left trains a skill below what the role "
                                         "%s needs.",
                                         role_title(role->role));
        advice_paragraph(context, text);
    }
}

void advice_print_json(const struct survey *survey, const struct chosen_role *role, const struct course *course) {
    struct survey_advice advice = {0};
    const struct exercise *exercise = NULL;
    if (role->known && survey_next(survey, role->role, &advice)) exercise = advice.exercise->exercise;
    autofree char *command = exercise ? str_format("lab %s %s", verb_for(advice.exercise), exercise->name) : NULL;
    scoped(str) why = STR_INIT;
    if (exercise) describe(&why, &advice, role->role);
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("skills_next"));
    json_put(object, "course", json_string(course->id));
    json_put(object, "role", json_text_or_null(role->known ? role_name(role->role) : NULL));
    json_put(object, "skill", json_text_or_null(exercise ? advice.skill->skill->id : NULL));
    json_put(object, "gap", json_integer(exercise ? skill_gap(advice.skill, role->role) : 0));
    json_put(object, "exercise", json_text_or_null(exercise ? exercise->id : NULL));
    json_put(object, "title", json_text_or_null(exercise ? exercise->title : NULL));
    json_put(object, "minutes", exercise ? json_integer(exercise->minutes) : json_null());
    json_put(object, "command", json_text_or_null(command));
    json_put(object, "why", json_text_or_null(exercise ? why.data : NULL));
    json_print_line(object);
}
