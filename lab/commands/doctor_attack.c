/*
 * lab doctor --attack: runs hostile programs as it runs a learner's, through the whole of lab, and says which are
 * kept in. They are the checks of a small course; what an attack reached makes its check fail. A check that fails for
 * the reason "refused" is one where lab itself refused what a program had left for it, as it should.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/doctor.h"
#include "commands/doctor_bait.h"
#include "workspace/python.h"

enum outcome { OUTCOME_CONTAINED, OUTCOME_REFUSED, OUTCOME_ESCAPED, OUTCOME_UNTRIED, OUTCOMES };

static const struct {
    const char *word;
    enum style style;
    bool contained;
} outcomes[OUTCOMES] = {
    [OUTCOME_CONTAINED] = {"contained", STYLE_GOOD, true},
    [OUTCOME_REFUSED] = {"refused", STYLE_GOOD, true},
    [OUTCOME_ESCAPED] = {"ESCAPED", STYLE_BAD, false},
    [OUTCOME_UNTRIED] = {"not tried", STYLE_WARN, false},
};

struct assault {
    struct sink sink; /* of each exercise's attempt */
    const struct context *context;
    struct bait bait;
    struct course *course;
    struct python python;
    int interrupt;
    size_t counts[OUTCOMES];
    json_t *isolation;
    char *lack; /* why the first one could not be tried */
};

static void assault_release(struct assault *assault) {
    json_decref(assault->isolation);
    free(assault->lack);
    course_free(assault->course);
    python_release(&assault->python);
    mem_close_descriptor(&assault->interrupt);
    bait_release(&assault->bait);
}

/* ---- where the attacks are ---- */

static bool is_suite(const char *folder) {
    autofree char *program = path_join(folder, "exercises/shared/attack");
    return !access(program, X_OK);
}

/* Beside the program where it was built, or in what was installed with it. */
static char *find_beside(void) {
    static const char *const beside[] = {"attack", "../share/lab/attack"};
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0) return NULL;
    program[len] = '\0';
    autofree char *folder = path_parent(program);
    for (size_t i = 0; i < LENGTH(beside); i++) {
        autofree char *candidate = path_join(folder, beside[i]);
        if (is_suite(candidate)) return realpath(candidate, NULL);
    }
    return NULL;
}

static char *find_suite(struct err *err) {
    static const char installed[] = LAB_INSTALLED_COURSE "/attack";
    const char *given = getenv("LAB_ATTACK");
    char *suite = given && *given ? is_suite(given) ? realpath(given, NULL) : NULL : find_beside();
    if (!suite && !(given && *given) && is_suite(installed)) suite = mem_copy_string(installed);
    if (suite) return suite;
    if (given && *given)
        err_set(err, ERR_ENVIRONMENT, "LAB_ATTACK names %s, which holds no attacks", given);
    else
        err_set(err, ERR_ENVIRONMENT, "the attacks are not installed with this lab");
    err_help(err, "make && make install, or export LAB_ATTACK=DIR");
    return NULL;
}

/* ---- what came of one ---- */

static enum outcome judge(const struct check_result *result) {
    if (result->verdict == VERDICT_PASS) return OUTCOME_CONTAINED;
    if (result->verdict == VERDICT_BLOCKED) return OUTCOME_UNTRIED;
    bool refused = result->verdict == VERDICT_FAIL && result->reason && !strcmp(result->reason, "refused");
    return refused ? OUTCOME_REFUSED : OUTCOME_ESCAPED;
}

/* What was seen, in the words of whoever saw it; NULL when nothing was. Allocated. */
static char *describe(const struct check_result *result) {
    const json_t *first = json_array_get(result->failures, 0);
    const char *whole = json_get_string(first, "message", NULL);
    const char *what = json_get_string(first, "what", NULL), *actual = json_get_string(first, "actual", NULL);
    if (whole || !what || !actual) return mem_copy_string(whole ? whole : result->message);
    return str_format("%s: %s", what, actual);
}

static void print_json(const char *category, const struct check_result *result, enum outcome outcome) {
    autojson json_t *object = json_object();
    autofree char *seen = outcome == OUTCOME_CONTAINED ? NULL : describe(result);
    json_put(object, "event", json_string("attack"));
    json_put(object, "id", json_string(result->check->id));
    json_put(object, "category", json_string(category));
    json_put(object, "title", json_string(result->check->title));
    json_put(object, "contained", json_boolean(outcomes[outcome].contained));
    json_put(object, "message", json_text_or_null(seen));
    json_print_line(object);
}

static void print_line(const struct context *context, const struct check_result *result, enum outcome outcome) {
    const struct term *term = &context->out;
    scoped(str) line = STR_INIT;
    if (context->quiet && outcomes[outcome].contained) return;
    str_printf(&line, "  %s", term_on(term, outcomes[outcome].style));
    term_pad(&line, term, outcomes[outcome].word, 9);
    str_printf(&line, "%s  %-22s  %s", term_off(term), result->check->id, result->check->title);
    autofree char *seen = outcomes[outcome].contained ? NULL : describe(result);
    if (seen) str_append(&line, "; ");
    if (seen) term_escape(&line, seen, strlen(seen), false);
    puts(line.data);
}

static void note_isolation(struct assault *assault, const char *const *layers) {
    json_array_clear(assault->isolation);
    for (; layers && *layers; layers++) json_array_append_new(assault->isolation, json_string(*layers));
}

static void take(struct sink *sink, const struct event *event) {
    struct assault *assault = (struct assault *)(void *)sink;
    if (event->kind == EVENT_ATTEMPT_STARTED) note_isolation(assault, event->attempt->isolation);
    if (event->kind != EVENT_CHECK_DONE) return;
    enum outcome outcome = judge(event->result);
    assault->counts[outcome]++;
    bool lacking = outcome == OUTCOME_UNTRIED && !event->result->blocked_by;
    if (lacking && !assault->lack) assault->lack = mem_copy_string(event->result->message);
    if (assault->context->json)
        print_json(event->attempt->exercise->id, event->result, outcome);
    else
        print_line(assault->context, event->result, outcome);
    fflush(stdout);
}

/* ---- running them ---- */

struct overlay {
    int from, to;
};

static int lay_over(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    const struct overlay *overlay = context;
    scoped(str) text = STR_INIT;
    if (!S_ISREG(info->st_mode)) return 1;
    if (beneath_read(overlay->from, path, &text, (size_t)info->st_size)) return -1;
    return beneath_write(overlay->to, path, text.data, text.len, 0644);
}

/* The exercise's folder planted/ is what a learner has made of the workspace. */
static int plant(const struct exercise *exercise, const char *workspace, struct err *err) {
    autofree char *planted = path_join(exercise->directory, "planted");
    if (!fs_is_directory(planted)) return 0;
    autoclose int from = open(planted, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int to = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct overlay overlay = {from, to};
    if (from >= 0 && to >= 0 && !beneath_walk(from, ".", 8, lay_over, &overlay)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot lay %s over the workspace", planted);
}

static int attack_with(struct assault *assault, const struct exercise *exercise, enum attempt_verdict *verdict,
                       struct err *err) {
    autofree char *directory = str_format("%s/work/%s", assault->bait.home, exercise->id);
    const char *environment = assault->python.directory;
    __attribute__((cleanup(workspace_close_pointer))) struct workspace *workspace = NULL;
    if (workspace_create(directory, assault->course, exercise, environment, err) || plant(exercise, directory, err) ||
        workspace_open(&workspace, directory, err))
        return -1;
    struct sink *sinks[] = {&assault->sink};
    struct attempt_options options = {.course = assault->course,
                                      .exercise = exercise,
                                      .workspace = workspace,
                                      .environment = environment,
                                      .cache = path_places(NULL)->cache,
                                      .interrupt = assault->interrupt};
    struct attempt_summary summary = {0};
    if (attempt_run(&options, sinks, LENGTH(sinks), &summary, err)) return -1;
    *verdict = summary.verdict;
    return 0;
}

static int attack_with_all(struct assault *assault, const struct track *track, struct err *err) {
    for (size_t i = 0; i < track->module_count; i++) {
        const struct strings *ids = &track->modules[i].exercises;
        for (size_t k = 0; k < ids->count; k++) {
            enum attempt_verdict verdict;
            const struct exercise *exercise = course_exercise(assault->course, ids->items[k], err);
            if (!exercise || attack_with(assault, exercise, &verdict, err)) return -1;
            if (verdict == ATTEMPT_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        }
    }
    return 0;
}

static int prepare(struct assault *assault, const char *suite, struct err *err) {
    assault->interrupt = command_interrupts(err);
    return assault->interrupt < 0 || bait_lay(&assault->bait, suite, err) ||
                   python_ensure(&assault->python, "", NULL, NULL, err) || bait_set_variables(&assault->bait, err) ||
                   course_open(&assault->course, assault->bait.course, err)
               ? -1
               : 0;
}

/* ---- the end ---- */

static void print_isolation(const json_t *isolation) {
    size_t index;
    json_t *layer;
    fputs("\nlayers in force:", stdout);
    json_array_foreach(isolation, index, layer) printf("%s %s", index ? "," : "", json_string_value(layer));
    putchar('\n');
}

static int conclude(const struct assault *assault, struct err *err) {
    const size_t *counts = assault->counts;
    size_t contained = counts[OUTCOME_CONTAINED] + counts[OUTCOME_REFUSED];
    size_t all = contained + counts[OUTCOME_ESCAPED] + counts[OUTCOME_UNTRIED];
    if (assault->context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("attack_done"));
        json_put(object, "contained", json_integer((json_int_t)contained));
        json_put(object, "of", json_integer((json_int_t)all));
        json_put(object, "isolation", json_incref(assault->isolation));
        json_print_line(object);
    } else {
        if (!assault->context->quiet) print_isolation(assault->isolation);
        printf("contained %zu of %zu\n", contained, all);
    }
    if (assault->lack && !counts[OUTCOME_ESCAPED])
        return err_set(err, ERR_ENVIRONMENT, "an attack could not be tried: %s", assault->lack);
    return contained == all ? 0 : 1;
}

int doctor_attack(const struct context *context, struct err *err) {
    autofree char *suite = find_suite(err);
    if (!suite || bait_enter(err)) return -1;
    scoped(assault)
        assault = {.sink = {take}, .context = context, .bait = BAIT_INIT, .interrupt = -1, .isolation = json_array()};
    if (prepare(&assault, suite, err) || attack_with_all(&assault, &assault.course->tracks[0], err)) return -1;
    return conclude(&assault, err);
}
