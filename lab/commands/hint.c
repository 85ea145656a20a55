/*
 * `lab hint`: the next rung of the ladder of the first check that fails, and never a later one. A rung is noted as taken
 * before it is shown; what it costs is said before, and asked about on a terminal.
 */

#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "commands/commands.h"
#include "progress/progress.h"

enum { MOST_RUNGS = 64 };

struct values {
    bool again, yes;
};

static const struct option items[] = {
    {"again", 0, OPTION_FLAG, offsetof(struct values, again), NULL, "show those that were taken", 0, 0},
    {"yes", 'y', OPTION_FLAG, offsetof(struct values, yes), NULL, "do not ask before one that costs points", 0, 0},
};
const struct options hint_options = {items, LENGTH(items), sizeof(struct values)};

/* Everything that one hint is about. */
struct consultation {
    const struct context *context;
    struct target target;
    struct progress *progress;
    struct progress_hints hints; /* taken before this call */
    int taken;                   /* how many there are now */
    struct progress_standing standing;
    struct progress_last last;
    const struct check *check; /* the first that fails, or NULL */
    const struct hint *ladder[MOST_RUNGS];
    size_t rungs;
};

static void consultation_release(struct consultation *consultation) {
    progress_hints_release(&consultation->hints);
    progress_close(consultation->progress);
    target_release(&consultation->target);
}

/* ---- printing ---- */

static void print_say(const struct term *term, const char *say) {
    scoped(str) text = STR_INIT;
    term_wrap(&text, say, term->width, 2);
    printf("  %s\n", text.data);
}

/* Prints a line of words, wrapped. */
static void print_note(const struct consultation *consultation, const char *label, const char *text) {
    scoped(str) shown = STR_INIT;
    int indent = term_columns(label, strlen(label)) + 2;
    term_wrap(&shown, text, consultation->context->out.width, indent);
    printf("%s  %s\n", label, shown.data);
}

/* One rung as an event; number 0: not on the present ladder. */
static void print_json(const struct consultation *consultation, const char *check, const char *say, size_t number,
                       bool again) {
    const struct exercise *exercise = consultation->target.exercise;
    int taken = consultation->taken;
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("hint"));
    json_put(object, "exercise", json_string(exercise->id));
    json_put(object, "check", json_text_or_null(check));
    json_put(object, "say", json_text_or_null(say));
    json_put(object, "number", number ? json_integer((json_int_t)number) : json_null());
    json_put(object, "of", number ? json_integer((json_int_t)consultation->rungs) : json_null());
    json_put(object, "again", json_boolean(again));
    json_put(object, "taken", json_integer(taken));
    json_put(object, "cost", json_integer(progress_hint_cost(taken, exercise->points)));
    json_print_line(object);
}

/* "costs nothing", "costs 2 of 40 points (5 %)": what so many hints cost together. */
static void describe_cost(struct str *out, const struct exercise *exercise, int taken) {
    int cost = progress_hint_cost(taken, exercise->points);
    if (!progress_hint_percent(taken))
        str_append(out, "costs nothing");
    else
        str_printf(out, "costs %d of %d points (%d %%)%s", cost, exercise->points, progress_hint_percent(taken),
                   taken > 2 ? " together with those before" : "");
}

static void print_title(const struct consultation *consultation, size_t number) {
    const struct term *term = &consultation->context->out;
    scoped(str) title = STR_INIT;
    str_printf(&title, "hint %zu of %zu for %s: %s", number, consultation->rungs, consultation->check->id,
               consultation->check->title);
    scoped(str) shown = STR_INIT;
    term_cut(&shown, term, title.data, term->width);
    printf("%s%s%s\n", term_on(term, STYLE_STRONG), shown.data, term_off(term));
}

static void print_outlook(const struct consultation *consultation, size_t number) {
    const struct exercise *exercise = consultation->target.exercise;
    int taken = consultation->taken;
    scoped(str) cost = STR_INIT;
    describe_cost(&cost, exercise, taken);
    if (progress_hint_percent(taken)) str_append(&cost, ", off attempts made from now on");
    print_note(consultation, "this", cost.data);
    if (number >= consultation->rungs) return;
    str_clear(&cost);
    str_printf(&cost, "lab hint %s: number %zu of %zu ", exercise->name, number + 1, consultation->rungs);
    if (progress_hint_percent(taken + 1) == progress_hint_percent(taken))
        str_append(&cost, "costs nothing more");
    else
        describe_cost(&cost, exercise, taken + 1);
    print_note(consultation, "next", cost.data);
}

/* ---- the cases ---- */

/* No check fails: says why there is no hint. */
static int explain_none(const struct consultation *consultation) {
    const struct exercise *exercise = consultation->target.exercise;
    const char *stuck = NULL, *state = NULL;
    for (size_t i = 0; i < consultation->last.count && !stuck; i++) {
        if (consultation->last.checks[i].verdict == VERDICT_PASS) continue;
        stuck = consultation->last.checks[i].id;
        state = verdict_name(consultation->last.checks[i].verdict);
    }
    if (consultation->context->json)
        print_json(consultation, stuck, NULL, 0, false);
    else if (stuck)
        printf("no check failed in the last attempt; %s is %s, and lab check %s says why\n", stuck, state,
               exercise->id);
    else
        printf("every check passed in the last attempt of %s; no hint is needed (lab next)\n", exercise->id);
    return 0;
}

static int show_all_again(const struct consultation *consultation) {
    for (size_t i = 0; i < consultation->rungs; i++) {
        if (consultation->context->json) {
            print_json(consultation, consultation->check->id, consultation->ladder[i]->say, i + 1, true);
            continue;
        }
        print_title(consultation, i + 1);
        print_say(&consultation->context->out, consultation->ladder[i]->say);
    }
    if (consultation->context->json) return 0;
    autofree char *lesson = path_join(consultation->target.exercise->directory, "README.md");
    scoped(str) text = STR_INIT;
    str_printf(&text, "%s; the lesson is %s",
               consultation->rungs ? "these are all hints there are" : "this check has no hints", lesson);
    print_note(consultation, "more", text.data);
    return 0;
}

static int show_taken(const struct consultation *consultation) {
    const struct progress_hints *taken = &consultation->hints;
    for (size_t i = 0; i < taken->count; i++) {
        if (consultation->context->json) {
            print_json(consultation, taken->items[i].check, taken->items[i].say, 0, true);
            continue;
        }
        printf("%s\n", taken->items[i].check);
        print_say(&consultation->context->out, taken->items[i].say);
    }
    if (!taken->count && !consultation->context->json)
        printf("no hint of %s was taken yet\n", consultation->target.exercise->id);
    return 0;
}

/* Asks before points are lost; not when nothing is left to lose. */
static bool agrees(const struct consultation *consultation, size_t number, bool yes) {
    int taken = consultation->taken;
    bool free = progress_hint_percent(taken + 1) == progress_hint_percent(taken);
    if (yes || free || consultation->context->json || consultation->standing.best >= consultation->standing.possible)
        return true;
    scoped(str) question = STR_INIT;
    str_printf(&question, "hint %zu of %zu ", number, consultation->rungs);
    describe_cost(&question, consultation->target.exercise, taken + 1);
    str_append(&question, ", off attempts made from now on; show it?");
    return command_confirm(question.data, true);
}

static int take(struct consultation *consultation, size_t number, bool yes, struct err *err) {
    const char *say = consultation->ladder[number - 1]->say;
    if (!agrees(consultation, number, yes)) return 0;
    if (progress_take_hint(consultation->progress, consultation->target.exercise->key, consultation->check->id, say,
                           &consultation->taken, err))
        return -1;
    if (consultation->context->json) {
        print_json(consultation, consultation->check->id, say, number, false);
        return 0;
    }
    print_title(consultation, number);
    print_say(&consultation->context->out, say);
    print_outlook(consultation, number);
    return 0;
}

/* ---- finding the ladder ---- */

static void set_ladder(struct consultation *consultation, const struct check *check, const char *reason) {
    size_t rungs = exercise_ladder(consultation->target.exercise, check, *reason ? reason : NULL, consultation->ladder,
                                   MOST_RUNGS);
    consultation->check = check;
    consultation->rungs = rungs < MOST_RUNGS ? rungs : MOST_RUNGS;
}

/* The first check, no bonus, that failed when it last ran. */
static int choose_earlier(struct consultation *consultation, struct err *err) {
    const struct exercise *exercise = consultation->target.exercise;
    autofree struct progress_result *results = mem_alloc(exercise->check_count * sizeof *results);
    if (progress_results(consultation->progress, exercise, results, err)) return -1;
    for (size_t i = 0; i < exercise->check_count && !consultation->check; i++)
        if (results[i].known && verdict_is_failure(results[i].verdict) && !exercise->checks[i].bonus)
            set_ladder(consultation, &exercise->checks[i], results[i].reason);
    return 0;
}

/* The first check in the author's order that failed in the last attempt. Where that was one of some checks and none of them
 * failed, what failed before is still to be mended. */
static int choose_ladder(struct consultation *consultation, struct err *err) {
    const struct progress_last *last = &consultation->last;
    for (size_t i = 0; i < last->count && !consultation->check; i++) {
        const struct check *check = exercise_check(consultation->target.exercise, last->checks[i].id);
        if (check && verdict_is_failure(last->checks[i].verdict))
            set_ladder(consultation, check, last->checks[i].reason);
    }
    return consultation->check ? 0 : choose_earlier(consultation, err);
}

static int prepare(struct consultation *consultation, const char *id, bool again, struct err *err) {
    if (command_target(consultation->context, id, NULL, &consultation->target, err)) return -1;
    const struct exercise *exercise = consultation->target.exercise;
    bool found;
    if (progress_open_usual(&consultation->progress, err) ||
        progress_standing(consultation->progress, exercise, &consultation->standing, err) ||
        progress_hints(consultation->progress, exercise->key, &consultation->hints, err) ||
        progress_last_attempt(consultation->progress, exercise->key, &consultation->last, &found, err))
        return -1;
    if (!found && !again) {
        err_set(err, ERR_USAGE, "hints follow the first check that fails, and %s was not checked yet", exercise->id);
        return err_help(err, "lab %s %s", consultation->target.started ? "check" : "start", exercise->name);
    }
    consultation->taken = (int)consultation->hints.count;
    return choose_ladder(consultation, err);
}

int cmd_hint(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct values *given = values;
    scoped(consultation) consultation = {.context = context};
    if (prepare(&consultation, argc ? argv[0] : NULL, given->again, err)) return -1;
    if (given->again) return show_taken(&consultation);
    if (!consultation.check) return explain_none(&consultation);
    for (size_t i = 0; i < consultation.rungs; i++)
        if (!progress_hints_have(&consultation.hints, consultation.ladder[i]->say))
            return take(&consultation, i + 1, given->yes, err);
    return show_all_again(&consultation);
}
