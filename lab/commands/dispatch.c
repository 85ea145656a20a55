/*
 * From the command line to a command and back to an exit status. Options of every command may stand before and behind
 * the command's name. Standard output is data, standard error is talk; this is the only place that prints an error.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"
#include "commands/commands.h"
#include "commands/help.h"

struct global_values {
    const char *course;
    bool json, quiet, verbose, no_color, help, version;
};

#define GLOBAL(field) offsetof(struct global_values, field)
static const struct option global_options[] = {
    {"course", 0, OPTION_TEXT, GLOBAL(course), "DIR", "the course's folder", 0, 0},
    {"json", 0, OPTION_FLAG, GLOBAL(json), NULL, "one JSON object a line on standard output, and nothing else", 0, 0},
    {"quiet", 'q', OPTION_FLAG, GLOBAL(quiet), NULL, "only what matters", 0, 0},
    {"verbose", 'v', OPTION_FLAG, GLOBAL(verbose), NULL, "more detail", 0, 0},
    {"no-color", 0, OPTION_FLAG, GLOBAL(no_color), NULL, "no colours (also when NO_COLOR is set)", 0, 0},
    {"help", 'h', OPTION_FLAG, GLOBAL(help), NULL, "this text", 0, 0},
    {"version", 0, OPTION_FLAG, GLOBAL(version), NULL, "the version of lab", 0, 0},
};
enum { GLOBAL_COUNT = sizeof global_options / sizeof *global_options };

/* What one call of the program is about. */
struct call {
    struct command_table table;
    struct global_values global;
    struct option_set sets[2]; /* the command's, then the global one */
    struct option_line line;
};

/* Descriptors 0 to 2 must be taken, or the next file opened would be standard output. What stands in for a
 * closed one fails on use, as the closed one would. */
static void occupy_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) _exit(ERR_INTERNAL);
}

static void fill_context(struct context *context, const struct call *call) {
    const struct global_values *global = &call->global;
    *context = (struct context){
        .course = global->course,
        .json = global->json,
        .quiet = global->quiet,
        .verbose = global->verbose,
        .no_color = global->no_color,
        .before_dashes = call->line.before_dashes,
        .out = term_of(stdout, global->no_color),
        .err = term_of(stderr, global->no_color),
    };
}

static int print_version(bool json) {
    if (json)
        puts("{\"event\":\"version\",\"version\":\"" LAB_VERSION "\"}");
    else
        puts("lab " LAB_VERSION);
    return 0;
}

static int show_overview(struct call *call) {
    struct context context;
    fill_context(&context, call);
    help_overview(&call->table, &context);
    return 0;
}

/* `lab` alone: the overview, and where the learner stands. */
static int show_standing(struct call *call) {
    struct context context;
    fill_context(&context, call);
    help_overview(&call->table, &context);
    if (!context.json && !call->global.help) next_overview(&context);
    return 0;
}

static int show_command(struct call *call, const struct command *command) {
    struct context context;
    fill_context(&context, call);
    help_command(command, &call->sets[1], &context);
    return 0;
}

/* Narrows *command, which has verbs, down to the one of this name. */
static int find_verb(const struct command **command, const char *verb, struct err *err) {
    autofree char *name = str_format("%s %s", (*command)->name, verb);
    const struct command *found = command_find((*command)->verbs, name, err);
    if (!found) {
        if (err) err->help[0] = '\0';
        return err_help(err, "lab help %s", (*command)->name);
    }
    *command = found;
    return 0;
}

/* `lab help [COMMAND [VERB]]`. */
static int run_help(struct call *call, struct err *err) {
    call->line.sets = &call->sets[1];
    call->line.set_count = 1;
    if (options_parse(&call->line, err)) return err_help(err, "lab help");
    if (!call->line.words) return show_overview(call);
    const struct command *command = command_find(&call->table, call->line.argv[0], err);
    if (!command) return -1;
    int used = 1;
    if (command->verbs && call->line.words > 1 && find_verb(&command, call->line.argv[used++], err)) return -1;
    if (call->line.words == used) return show_command(call, command);
    err_set(err, ERR_USAGE, "too many arguments: '%s'", call->line.argv[used]);
    return err_help(err, "lab help %s", command->name);
}

static int check_words(const struct command *command, const struct option_line *line, struct err *err) {
    const char *space = command->arguments[0] ? " " : "";
    if (line->words < command->least)
        err_set(err, ERR_USAGE, "an argument is missing: lab %s%s%s", command->name, space, command->arguments);
    else if (command->most != ANY_NUMBER && line->words > command->most)
        err_set(err, ERR_USAGE, "too many arguments, '%s': lab %s%s%s", line->argv[command->most], command->name, space,
                command->arguments);
    else
        return 0;
    return err_help(err, "lab help %s", command->name);
}

static int run_command(struct call *call, const struct command *command, struct err *err) {
    autofree void *values = mem_alloc(command->options->values_size + 1);
    call->sets[0] = (struct option_set){command->options->items, command->options->count, values};
    if (options_parse(&call->line, err)) return err_help(err, "lab help %s", command->name);
    if (call->global.help) return show_command(call, command);
    if (check_words(command, &call->line, err)) return -1;
    struct context context;
    fill_context(&context, call);
    return command->run(&context, values, call->line.words, call->line.argv, err);
}

/* Reads the options up to the next word, and takes it and them off the line; NULL when there is none. */
static int take_word(struct call *call, const char **word, struct err *err) {
    call->line.sets = &call->sets[1];
    call->line.set_count = 1;
    call->line.first_word_ends = true;
    if (options_parse(&call->line, err)) return err_help(err, "lab help");
    bool none = call->line.next == call->line.argc && !call->line.words;
    *word = none ? NULL : call->line.words ? call->line.argv[0] : call->line.argv[call->line.next++];
    call->line = (struct option_line){.sets = call->sets,
                                      .set_count = 2,
                                      .argc = call->line.argc - call->line.next,
                                      .argv = call->line.argv + call->line.next};
    return 0;
}

static int run_named(struct call *call, const char *name, struct err *err) {
    const struct command *command = command_find(&call->table, name, err);
    if (!command) return -1;
    if (command->verbs) {
        const char *verb;
        if (take_word(call, &verb, err)) return -1;
        if (!verb && (!command->verbs->usual || call->global.help)) return show_command(call, command);
        if (!verb)
            command = command_find(command->verbs, command->verbs->usual, err);
        else if (find_verb(&command, verb, err))
            return -1;
    }
    return run_command(call, command, err);
}

static int run(struct call *call, struct err *err) {
    const char *name;
    if (take_word(call, &name, err)) return -1;
    if (call->global.version) return print_version(call->global.json);
    if (!name) return show_standing(call);
    return strcmp(name, "help") ? run_named(call, name, err) : run_help(call, err);
}

/* ---- the end ---- */

static bool has_word(int argc, char **argv, const char *word) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (!strcmp(argv[i], word)) return true;
    return false;
}

static void print_error_json(const struct err *err) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("error"));
    json_put(object, "code", json_integer(err->code));
    json_put(object, "message", json_text(err->message, strlen(err->message)));
    json_put(object, "help", json_text_or_null(err->help[0] ? err->help : NULL));
    json_print_line(object);
}

/* A list of located errors stands alone, so that editors find "file:line:col" at the beginning of its lines. */
static void print_error(const struct err *err) {
    scoped(str) text = STR_INIT;
    if (!strchr(err->message, '\n')) str_append(&text, "lab: ");
    term_escape(&text, err->message, strlen(err->message), true);
    if (err->help[0]) {
        str_append(&text, "\n  try: ");
        term_escape(&text, err->help, strlen(err->help), false);
    }
    str_append_char(&text, '\n');
    fputs(text.data, stderr);
}

/* A reader that has seen enough (`lab list | head -1`) is no fault. */
static bool reader_is_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP));
}

static int finish_output(int status) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed || reader_is_gone()) return status;
    struct err err = ERR_INIT;
    if (errno)
        err_errno(&err, ERR_INTERNAL, "cannot write to standard output");
    else
        err_set(&err, ERR_INTERNAL, "cannot write to standard output");
    print_error(&err);
    return ERR_INTERNAL;
}

int command_main(const struct command *table, size_t count, int argc, char **argv) {
    occupy_standard_streams();
    bool json = argc > 1 && has_word(argc - 1, argv + 1, "--json");
    struct call call = {.table = {table, count, NULL}};
    call.sets[1] = (struct option_set){global_options, GLOBAL_COUNT, &call.global};
    call.line = (struct option_line){.argc = argc > 0 ? argc - 1 : 0, .argv = argv + 1};
    struct err err = ERR_INIT;
    int status = run(&call, &err);
    if (status < 0) {
        if (json) print_error_json(&err);
        fflush(stdout);
        print_error(&err);
        status = err.code;
    }
    return finish_output(status);
}
