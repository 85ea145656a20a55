/*
 * lab doctor: what this machine has, what it lacks, what each lack costs, and the command that mends it. Looks only:
 * nothing is installed, removed or made, but that Python's answer is remembered in the cache, and that a progress database is
 * opened as every command opens it: brought to the present schema, and backed up when that is due. A tool whose version matters is
 * asked for it in a box. Exit status 4 when
 * something is missing without which exercises do not run.
 */

#include "commands/doctor.h"

#include <stdlib.h>

#include "base/json.h"
#include "commands/commands.h"

struct doctor_values {
    bool attack;
};

static const struct option items[] = {
    {"attack", 0, OPTION_FLAG, offsetof(struct doctor_values, attack), NULL,
     "run hostile programs as a learner's are run, and say which are kept in", 0, 0},
};
const struct options doctor_options = {items, LENGTH(items), sizeof(struct doctor_values)};

static doctor_look *const looks[] = {
    doctor_course, doctor_added_courses, doctor_interpreter, doctor_venv,      doctor_uv,     doctor_environments,
    doctor_tools,  doctor_git,           doctor_progress,    doctor_folders,   doctor_locale, doctor_terminal,
    doctor_kernel, doctor_isolation,     doctor_services,    doctor_leftovers,
};

static const struct {
    const char *name;
    enum style style;
} states[] = {
    [DOCTOR_OK] = {"ok", STYLE_GOOD},
    [DOCTOR_WEAK] = {"weak", STYLE_WARN},
    [DOCTOR_MISSING] = {"missing", STYLE_BAD},
};

/* ---- rows ---- */

static const char *keep(struct doctor *doctor, const char *text) {
    return text && *text ? arena_string(&doctor->arena, text) : NULL;
}

void doctor_add(struct doctor *doctor, const char *what, enum doctor_state state, const char *found, const char *cost,
                const char *mend) {
    const char *named = keep(doctor, what), *there = keep(doctor, found);
    bool lacking = state != DOCTOR_OK;
    *array_push(&doctor->rows) = (struct doctor_row){.what = named,
                                                     .state = state,
                                                     .found = there ? there : "",
                                                     .cost = lacking ? keep(doctor, cost) : NULL,
                                                     .mend = lacking ? keep(doctor, mend) : NULL};
}

static void doctor_release(struct doctor *doctor) {
    array_free(&doctor->rows);
    arena_release(&doctor->arena);
    course_free(doctor->course);
}

static size_t count_state(const struct doctor *doctor, enum doctor_state state) {
    size_t count = 0;
    for (size_t i = 0; i < doctor->rows.count; i++) count += doctor->rows.items[i].state == state;
    return count;
}

/* ---- JSON ---- */

static void print_json(const struct doctor *doctor) {
    for (size_t i = 0; i < doctor->rows.count; i++) {
        const struct doctor_row *row = &doctor->rows.items[i];
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("doctor"));
        json_put(object, "what", json_string(row->what));
        json_put(object, "state", json_string(states[row->state].name));
        json_put(object, "found", json_text(row->found, strlen(row->found)));
        json_put(object, "cost", json_text_or_null(row->cost));
        json_put(object, "mend", json_text_or_null(row->mend));
        json_print_line(object);
    }
    autojson json_t *summary = json_object();
    json_put(summary, "event", json_string("doctor_done"));
    json_put(summary, "weak", json_integer((json_int_t)count_state(doctor, DOCTOR_WEAK)));
    json_put(summary, "missing", json_integer((json_int_t)count_state(doctor, DOCTOR_MISSING)));
    json_print_line(summary);
}

/* ---- text ---- */

enum { WHAT_COLUMNS = 20, STATE_COLUMNS = 9 };

/* One line: what, state, and what was found, which is cut to the terminal's width. */
static void print_row(const struct doctor_row *row, const struct term *term) {
    scoped(str) line = STR_INIT;
    scoped(str) found = STR_INIT;
    term_pad(&line, term, row->what, WHAT_COLUMNS);
    str_append(&line, term_on(term, states[row->state].style));
    term_pad(&line, term, states[row->state].name, STATE_COLUMNS);
    str_append(&line, term_off(term));
    term_escape(&found, row->found, strlen(row->found), false);
    term_cut(&line, term, found.data, term->width - WHAT_COLUMNS - STATE_COLUMNS);
    puts(line.data);
}

static void print_wrapped(const char *label, const char *text, const struct term *term) {
    scoped(str) plain = STR_INIT;
    scoped(str) wrapped = STR_INIT;
    str_printf(&plain, "%s ", label);
    term_escape(&plain, text, strlen(text), false);
    term_wrap(&wrapped, plain.data, term->width - 2, 2 + term_columns(label, strlen(label)) + 1);
    printf("  %s\n", wrapped.data);
}

/* What was found in full, since the table may have cut it; what that costs; the step that mends it, never broken. */
static void print_remedy(const struct doctor_row *row, const struct term *term) {
    printf("\n%s%s%s\n", term_on(term, STYLE_STRONG), row->what, term_off(term));
    print_wrapped("found:", row->found, term);
    if (row->cost) print_wrapped("costs:", row->cost, term);
    if (row->mend) printf("  mend:  %s\n", row->mend);
}

static void print_text(const struct doctor *doctor) {
    const struct term *term = &doctor->context->out;
    for (size_t i = 0; i < doctor->rows.count; i++) {
        bool shown = !doctor->context->quiet || doctor->rows.items[i].state != DOCTOR_OK;
        if (shown) print_row(&doctor->rows.items[i], term);
    }
    for (size_t i = 0; i < doctor->rows.count; i++)
        if (doctor->rows.items[i].state != DOCTOR_OK) print_remedy(&doctor->rows.items[i], term);
    size_t missing = count_state(doctor, DOCTOR_MISSING), weak = count_state(doctor, DOCTOR_WEAK);
    if (doctor->context->quiet) return;
    printf("\n%s", missing ? "Something that is needed is missing" : "All that is needed is there");
    if (weak) printf("%s %zu thing%s could be better", missing ? ";" : ",", weak, weak == 1 ? "" : "s");
    puts(".");
}

int cmd_doctor(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc, (void)argv;
    const struct doctor_values *given = values;
    if (given->attack) return doctor_attack(context, err);
    scoped(doctor) doctor = {.context = context};
    for (size_t i = 0; i < LENGTH(looks); i++) looks[i](&doctor);
    if (context->json)
        print_json(&doctor);
    else
        print_text(&doctor);
    return count_state(&doctor, DOCTOR_MISSING) ? ERR_ENVIRONMENT : 0;
}
