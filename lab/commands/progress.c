/* `lab progress`: the progress of one machine taken to another; how far the learner is stands in progress_show.c. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "commands/commands.h"
#include "commands/progress_show.h"
#include "progress/progress.h"

enum { MOST_DOCUMENT = 64 << 20 };

struct progress_values {
    const char *html, *name;
};

static const struct option items[] = {
    {"html", 0, OPTION_TEXT, offsetof(struct progress_values, html), "FILE", "write it as a page that can be shown", 0,
     0},
    {"name", 0, OPTION_TEXT, offsetof(struct progress_values, name), "NAME", "whose progress it is, for the page", 0,
     0},
};
const struct options progress_options = {items, LENGTH(items), sizeof(struct progress_values)};

/* ---- moving ---- */

static size_t attempts_in(const json_t *document) { return json_array_size(json_object_get(document, "attempts")); }

/* Says what was done: in words on standard error, or as an event. */
static void report(const struct context *context, const char *event, const char *file, size_t count,
                   const char *message) {
    if (context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string(event));
        json_put(object, "file", json_text_or_null(file));
        json_put(object, "count", json_integer((json_int_t)count));
        json_print_line(object);
    } else if (!context->quiet) {
        scoped(str) shown = STR_INIT;
        term_escape(&shown, message, strlen(message), false);
        fprintf(stderr, "%s\n", shown.data);
    }
}

static int export_to_file(const struct context *context, const json_t *document, const char *file, struct err *err) {
    autofree char *text = json_dumps(document, JSON_INDENT(1));
    scoped(str) content = STR_INIT;
    str_printf(&content, "%s\n", text);
    if (fs_write(file, content.data, content.len, err)) return -1;
    size_t count = attempts_in(document);
    autofree char *message = str_format("wrote %zu attempt%s to %s", count, count == 1 ? "" : "s", file);
    report(context, "progress_exported", file, count, message);
    return 0;
}

static int run_export(const struct context *context, const char *file, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    if (progress_open_usual(&progress, err)) return -1;
    autojson json_t *document = progress_export(progress, err);
    if (!document) return -1;
    if (file) return export_to_file(context, document, file, err);
    if (context->json) {
        json_put(document, "event", json_string("progress"));
        json_print_line(document);
    } else {
        json_dumpf(document, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    return 0;
}

static int read_input(struct str *text, struct err *err) {
    if (isatty(STDIN_FILENO)) {
        err_set(err, ERR_USAGE, "no file is named, and nothing is piped in");
        return err_help(err, "lab help progress");
    }
    if (fs_read_all(STDIN_FILENO, text, MOST_DOCUMENT + 1))
        return err_errno(err, ERR_ENVIRONMENT, "cannot read standard input");
    if (text->len > MOST_DOCUMENT)
        return err_set(err, ERR_USAGE, "standard input is too large: more than %d MiB", MOST_DOCUMENT >> 20);
    return 0;
}

static json_t *read_document(const char *file, struct err *err) {
    scoped(str) text = STR_INIT;
    if (file && !fs_exists(file)) {
        err_set(err, ERR_USAGE, "there is no file %s", file);
        err_help(err, "lab progress export FILE writes one");
        return NULL;
    }
    if (file ? fs_read(&text, file, MOST_DOCUMENT, err) : read_input(&text, err)) return NULL;
    json_error_t fault;
    json_t *document = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (document) return document;
    err_set(err, ERR_USAGE, "%s:%d:%d: %s", file ? file : "standard input", fault.line, fault.column, fault.text);
    err_help(err, "lab progress export FILE writes such a file");
    return NULL;
}

static int take_over(const struct context *context, const char *file, bool merge, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    autojson json_t *document = read_document(file, err);
    size_t added = 0;
    if (!document || progress_open_usual(&progress, err)) return -1;
    if (progress_import(progress, document, merge, &added, err)) return -1;
    autofree char *message = added ? str_format("added %zu entries (attempts, openings, hints)", added)
                                   : str_format("nothing new: all of it was here already");
    report(context, merge ? "progress_merged" : "progress_imported", file, added, message);
    return 0;
}

static int run_import(const struct context *context, const char *file, struct err *err) {
    return take_over(context, file, false, err);
}

static int run_merge(const struct context *context, const char *file, struct err *err) {
    return take_over(context, file, true, err);
}

static int run_recover(const struct context *context, const char *file, struct err *err) {
    const struct path_places *places = path_places(err);
    if (!places) return -1;
    if (file) return err_set(err, ERR_USAGE, "lab progress recover takes no file, got '%s'", file);
    autofree char *path = path_join(places->data, "lab.db"), *kept = NULL;
    bool from_backup;
    if (progress_recover(path, &kept, &from_backup, err)) return -1;
    scoped(str) message = STR_INIT;
    if (kept) str_printf(&message, "the damaged database is kept as %s; ", kept);
    str_append(&message,
               from_backup ? "its last backup is in place" : "there was no backup, so an empty one is in place");
    report(context, "progress_recovered", kept, from_backup, message.data);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct context *context, const char *file, struct err *err);
} verbs[] = {{"export", run_export}, {"import", run_import}, {"merge", run_merge}, {"recover", run_recover}};

static int no_such_verb(const char *word, const char *nearest, struct err *err) {
    err_set(err, ERR_USAGE, "lab progress cannot '%s', did you mean '%s'?", word, nearest);
    return err_help(err, "lab help progress");
}

/* A word that is no verb is a track. */
static int show(const struct context *context, const struct progress_values *given, int argc, char **argv,
                struct err *err) {
    const struct progress_request request = {argc ? argv[0] : NULL, given->html, given->name};
    if (argc > 1) return err_set(err, ERR_USAGE, "lab progress shows one track at a time, not '%s' too", argv[1]);
    if (given->name && !given->html) return err_set(err, ERR_USAGE, "--name is for the page that --html writes");
    return progress_show(context, &request, err);
}

int cmd_progress(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct progress_values *given = values;
    const char *names[LENGTH(verbs)];
    for (size_t i = 0; i < LENGTH(verbs); i++) {
        names[i] = verbs[i].name;
        if (!argc || strcmp(argv[0], verbs[i].name) != 0) continue;
        if (given->html || given->name)
            return err_set(err, ERR_USAGE, "--html and --name go without '%s'", verbs[i].name);
        return verbs[i].run(context, argc > 1 ? argv[1] : NULL, err);
    }
    if (!show(context, given, argc, argv, err)) return 0;
    const char *nearest = argc && err->code == ERR_USAGE ? string_nearest(argv[0], names, LENGTH(names)) : NULL;
    return nearest ? no_such_verb(argv[0], nearest, err) : -1;
}
