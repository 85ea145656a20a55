/* What the commands that have to do with services share. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "commands/course.h"
#include "commands/services.h"

/* ---- which services ---- */

void playground_release(struct playground *playground) {
    play_close(playground->play);
    arena_release(&playground->arena);
    target_release(&playground->target);
}

static bool has_name(const struct strings *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (!strcmp(names->items[i], name)) return true;
    return false;
}

static void add_names(struct strings *names, const struct strings *more) {
    for (size_t i = 0; i < more->count; i++)
        if (!has_name(names, more->items[i])) names->items[names->count++] = more->items[i];
}

/* Those on the command line: of the course, or such as ran. */
static int check_names(const struct playground *playground, const struct strings *ran, struct err *err) {
    for (size_t i = 0; i < playground->names.count; i++)
        if (!has_name(ran, playground->names.items[i]) &&
            !play_service(playground->play, playground->names.items[i], err))
            return -1;
    return 0;
}

static int none_required(const struct playground *playground, struct err *err) {
    err_set(err, ERR_USAGE, "%s requires no services", playground->target.exercise->id);
    return err_help(err, "name one: lab services start NAME");
}

static int choose_names(struct playground *playground, int argc, char **argv, bool ran, struct err *err) {
    const struct strings *required = &playground->target.exercise->services;
    struct strings found = {NULL, 0},
                   given = {arena_alloc(&playground->arena, ((size_t)argc + 1) * sizeof *given.items), 0};
    struct strings *names = &playground->names;
    if (ran && play_names(playground->play, &playground->arena, &found, err)) return -1;
    for (int i = 0; i < argc; i++) given.items[given.count++] = argv[i];
    names->items =
        arena_alloc(&playground->arena, (given.count + required->count + found.count + 1) * sizeof *names->items);
    add_names(names, argc ? &given : required);
    if (argc) return check_names(playground, &found, err);
    add_names(names, &found);
    return names->count || ran ? 0 : none_required(playground, err);
}

int playground_open(struct playground *playground, const struct context *context, const char *exercise, int argc,
                    char **argv, bool ran, struct err *err) {
    struct target *target = &playground->target;
    if (command_started(context, exercise, NULL, target, err)) return -1;
    if (play_open(&playground->play, target->directory, target->course, err)) return -1;
    return choose_names(playground, argc, argv, ran, err);
}

/* ---- showing how it goes on ---- */

enum { SHOWN_MOST = 32 };

struct row {
    const char *name; /* the service's, which lives as long as the course */
    enum play_deed deed;
    double seconds;
};

struct show {
    const struct context *context;
    const struct play *play;
    struct term_progress progress;
    struct row rows[SHOWN_MOST];
    size_t count;
};

static const char *const doing[] = {
    [PLAY_PREPARES] = "preparing", [PLAY_STARTS] = "starting", [PLAY_SEEDS] = "seeding", [PLAY_STOPPED] = NULL};

static struct row *row_of(struct show *show, const char *name) {
    for (size_t i = 0; i < show->count; i++)
        if (!strcmp(show->rows[i].name, name)) return &show->rows[i];
    if (show->count == SHOWN_MOST) return NULL;
    show->rows[show->count].name = name;
    return &show->rows[show->count++];
}

static const char *doing_what(const struct row *row) {
    return (size_t)row->deed < LENGTH(doing) ? doing[row->deed] : NULL;
}

/* "starting mlflow 3.1 s, redis 0.2 s"; without seconds where lines are not redrawn. */
static void show_pending(struct show *show) {
    scoped(str) line = STR_INIT;
    const char *before = "";
    for (size_t i = 0; i < show->count; i++) {
        char amount[TERM_AMOUNT_SIZE];
        const char *what = doing_what(&show->rows[i]);
        if (!what) continue;
        if (line.len) str_append(&line, ", ");
        if (strcmp(before, what) != 0) str_printf(&line, "%s ", before = what);
        str_append(&line, show->rows[i].name);
        if (show->progress.term.tty) str_printf(&line, " %s", term_seconds(amount, show->rows[i].seconds));
    }
    if (line.len) term_progress_show(&show->progress, line.data, 0, 0, NULL);
}

/* A line that stays. */
static void show_done(struct show *show, const struct play_progress *progress) {
    static const char *const words[] = {[PLAY_READY] = "ready after",
                                        [PLAY_RUNS] = "runs already",
                                        [PLAY_FAILED] = "failed after",
                                        [PLAY_STOPPED] = "stopped"};
    char amount[TERM_AMOUNT_SIZE];
    struct arena arena = ARENA_INIT;
    bool timed = progress->deed == PLAY_READY || (progress->deed == PLAY_FAILED && progress->seconds > 0);
    bool up = progress->deed == PLAY_READY || progress->deed == PLAY_RUNS;
    const char *word = progress->deed == PLAY_FAILED && !timed ? "failed" : words[progress->deed];
    if (show->progress.term.tty) term_progress_end(&show->progress);
    fprintf(stderr, "%-12s %s%s%s", progress->service, word, timed ? " " : "",
            timed ? term_seconds(amount, progress->seconds) : "");
    if (up) fprintf(stderr, "  %s", play_address(show->play, &arena, progress->service, progress->port));
    fputc('\n', stderr);
    arena_release(&arena);
}

static void on_progress(void *context, const struct play_progress *progress) {
    struct show *show = context;
    struct row *row = progress->service ? row_of(show, progress->service) : NULL;
    if (show->context->quiet) return;
    if (!progress->service) {
        term_progress_show(&show->progress, "waiting for another lab that starts or stops services here", 0, 0, NULL);
        return;
    }
    bool over = progress->deed >= PLAY_READY;
    if (over && (!row || row->deed != progress->deed)) show_done(show, progress);
    if (row) *row = (struct row){row->name, progress->deed, progress->seconds};
    show_pending(show);
}

static void on_python(void *context, const char *label, size_t done, size_t total, double bytes) {
    struct show *show = context;
    char amount[TERM_AMOUNT_SIZE];
    term_progress_show(&show->progress, label, done, total, bytes > 0 ? term_bytes(amount, bytes) : NULL);
}

/* ---- doing ---- */

typedef int play_deed_of(struct play *play, const struct play_request *request, struct err *err);

static int work(play_deed_of *deed, const struct context *context, struct play *play, const struct strings *names,
                const enum play_driver *driver, struct err *err) {
    struct show show = {.context = context, .play = play, .progress = {.stream = stderr, .term = context->err}};
    const struct python_watcher python = {on_python, &show};
    struct play_request request = {
        .names = names, .driver = driver, .watcher = {on_progress, context->quiet ? NULL : &python, &show}};
    request.interrupt = command_interrupts(err);
    if (request.interrupt < 0) return -1;
    int result = deed(play, &request, err);
    term_progress_end(&show.progress);
    command_interrupts_end(request.interrupt, result && err->code == ERR_INTERRUPTED);
    return result;
}

int services_start(const struct context *context, const struct target *target, struct play *play,
                   const struct strings *names, const char *driver, struct err *err) {
    enum play_driver chosen;
    if ((driver && play_driver_find(&chosen, driver, err)) || course_agree(target->course, err)) return -1;
    return work(play_start, context, play, names, driver ? &chosen : NULL, err);
}

int services_stop(const struct context *context, struct play *play, const struct strings *names, struct err *err) {
    return work(play_stop, context, play, names, NULL, err);
}

/* ---- on the way to something else ---- */

int services_of_target(const struct context *context, const struct target *target, struct play **play,
                       struct err *err) {
    if (!target->exercise->services.count) return 0;
    if (play_open(play, target->directory, target->course, err)) return -1;
    return services_start(context, target, *play, &target->exercise->services, NULL, err);
}

int services_variables(struct play *play, const struct strings *names, struct arena *arena, struct strings *variables,
                       struct err *err) {
    static const char *const own[][2] = {{"LAB_LLM_BASE_URL", "OPENAI_BASE_URL="},
                                         {"LAB_LLM_API_KEY", "OPENAI_API_KEY="}};
    if (play_gives(play, names, arena, variables, err)) return -1;
    for (size_t i = 0; i < LENGTH(own); i++) {
        const char *value = getenv(own[i][0]);
        for (size_t k = 0; value && *value && k < variables->count; k++)
            if (string_starts_with(variables->items[k], own[i][1]))
                variables->items[k] = arena_printf(arena, "%s%s", own[i][1], value);
    }
    return 0;
}

int services_enter(struct play *play, const struct target *target, struct err *err) {
    struct arena arena = ARENA_INIT;
    struct strings variables = {NULL, 0};
    int result = play ? services_variables(play, &target->exercise->services, &arena, &variables, err) : 0;
    for (size_t i = 0; i < variables.count; i++) {
        const char *value = strchr(variables.items[i], '=');
        autofree char *name = mem_copy(variables.items[i], (size_t)(value - variables.items[i]));
        setenv(name, value + 1, 1);
    }
    arena_release(&arena);
    return result;
}

/* ---- printing ---- */

/* "40 s", "12 min", "3 h", "2 d". */
static char *age(int64_t since) {
    int64_t seconds = clock_wall() - since;
    if (seconds < 0) seconds = 0;
    if (seconds < 120) return str_format("%lld s", (long long)seconds);
    if (seconds < 7200) return str_format("%lld min", (long long)(seconds / 60));
    if (seconds < 172800) return str_format("%lld h", (long long)(seconds / 3600));
    return str_format("%lld d", (long long)(seconds / 86400));
}

static void print_object(const struct play *play, struct arena *arena, const struct play_status *status) {
    char since[CLOCK_TEXT_SIZE] = "";
    bool runs = status->state >= PLAY_COMES_UP;
    clock_format(status->since, since);
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("service_status"));
    json_put(object, "name", json_text_or_null(status->name));
    json_put(object, "state", json_string(play_state_name(status->state)));
    json_put(object, "driver", json_string(play_driver_name(status->driver)));
    json_put(object, "port", runs ? json_integer(status->port) : json_null());
    json_put(object, "address", json_text_or_null(runs ? play_address(play, arena, status->name, status->port) : NULL));
    json_put(object, "pid", status->pid ? json_integer(status->pid) : json_null());
    json_put(object, "since", json_text_or_null(runs ? since : NULL));
    json_put(object, "memory", status->memory ? json_integer((json_int_t)status->memory) : json_null());
    json_put(object, "outdated", json_boolean(status->outdated));
    json_print_line(object);
}

static void add_row(struct term_table *table, const struct play *play, struct arena *arena,
                    const struct play_status *status) {
    static const enum style styles[] = {
        [PLAY_IS_NEW] = STYLE_FAINT,   [PLAY_IS_STOPPED] = STYLE_FAINT, [PLAY_HAS_DIED] = STYLE_BAD,
        [PLAY_IS_UNKNOWN] = STYLE_BAD, [PLAY_COMES_UP] = STYLE_WARN,    [PLAY_IS_UP] = STYLE_GOOD};
    bool runs = status->state >= PLAY_COMES_UP;
    char memory[TERM_AMOUNT_SIZE] = "";
    autofree char *since = runs ? age(status->since) : NULL;
    if (status->memory) term_bytes(memory, (double)status->memory);
    term_table_row(table, (const char *const[]){status->name, play_state_name(status->state), since,
                                                runs ? play_address(play, arena, status->name, status->port) : NULL,
                                                memory, runs ? play_driver_name(status->driver) : NULL});
    term_table_style(table, 1, styles[status->state]);
}

static void print_advice(const struct play_status *status) {
    if (status->outdated)
        printf("%s runs as an older %s says: lab services restart %s\n", status->name, COMPOSE_FILE, status->name);
    if (status->state == PLAY_HAS_DIED)
        printf("%s ended by itself: lab services logs %s, then lab services start %s\n", status->name, status->name,
               status->name);
}

int services_print(const struct context *context, struct play *play, const struct strings *names, struct err *err) {
    static const struct term_column columns[] = {{"service", false, false}, {"state", false, false},
                                                 {"since", true, false},    {"address", false, true},
                                                 {"memory", true, false},   {"driver", false, false}};
    scoped(arena) arena = ARENA_INIT;
    struct play_status *all = arena_alloc(&arena, (names->count + 1) * sizeof *all);
    struct err fault = ERR_INIT; /* the first; it keeps nobody from seeing the others */
    for (size_t i = 0; i < names->count; i++)
        (void)play_look(play, names->items[i], &all[i], fault.code ? NULL : &fault);
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < names->count; i++) {
        if (context->json)
            print_object(play, &arena, &all[i]);
        else
            add_row(table, play, &arena, &all[i]);
    }
    if (!context->json && names->count) term_table_print(table, &context->out, stdout);
    term_table_free(table);
    for (size_t i = 0; !context->json && !context->quiet && i < names->count; i++) print_advice(&all[i]);
    if (!fault.code) return 0;
    if (err) *err = fault;
    return -1;
}

void services_print_addresses(struct play *play, const struct target *target) {
    scoped(arena) arena = ARENA_INIT;
    const struct strings *names = &target->exercise->services;
    for (size_t i = 0; i < names->count; i++) {
        struct play_status status;
        struct err ignored = ERR_INIT;
        if (play_look(play, names->items[i], &status, &ignored) || status.state < PLAY_COMES_UP) continue;
        printf("%-7s %s, %s\n", i ? "" : "runs", status.name, play_address(play, &arena, status.name, status.port));
    }
}
