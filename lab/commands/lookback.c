#include "commands/lookback.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"

enum { KEPT_SHOWN = 10 }; /* of the files that stay, named to a person */

void lookback_release(struct lookback *lookback) {
    workspace_close(lookback->workspace);
    target_release(&lookback->target);
}

int lookback_open(struct lookback *lookback, const struct context *context, const char *id, const char *directory,
                  struct err *err) {
    *lookback = (struct lookback){0};
    if (command_started(context, id, directory, &lookback->target, err)) return -1;
    if (!workspace_open(&lookback->workspace, lookback->target.directory, err)) return 0;
    lookback_release(lookback);
    return -1;
}

/* ---- what was typed ---- */

int lookback_path(const struct lookback *lookback, const char *typed, char **path, struct err *err) {
    const char *root = workspace_directory(lookback->workspace);
    autofree char *here = getcwd(NULL, 0);
    if (!here) return err_errno(err, ERR_ENVIRONMENT, "cannot tell the current folder");
    autofree char *joined = path_join(path_below(here, root) ? here : root, typed);
    autofree char *whole = path_normalized(joined);
    const char *inside = path_below(whole, root);
    *path = NULL;
    if (inside && !*inside) return 0;
    if (!inside || !path_is_inside(inside)) {
        err_set(err, ERR_USAGE, "'%s' is no file of the workspace %s", typed, root);
        return err_help(err, "name a file or folder in it, such as README.md");
    }
    *path = mem_copy_string(inside);
    return 0;
}

int lookback_number(const char *typed, int *number, struct err *err) {
    size_t len = strlen(typed);
    if (len && len <= 9 && strspn(typed, "0123456789") == len) {
        *number = (int)strtol(typed, NULL, 10);
        return 0;
    }
    err_set(err, ERR_USAGE, "'%s' is no number of an attempt", typed);
    return err_help(err, "lab history");
}

bool lookback_agreed(bool yes, const char *question) {
    bool can_ask = command_asks();
    return yes || !can_ask || command_confirm(question, false);
}

/* ---- overwriting ---- */

struct overwritten {
    const char *what, *path;
    struct restored restored;
    int undo;
};

static void overwritten_release(struct overwritten *overwritten) { restored_release(&overwritten->restored); }

static void print_overwritten_json(const char *event, const struct overwritten *done) {
    autojson json_t *object = json_object(), *kept = json_array();
    for (size_t i = 0; i < done->restored.kept.count; i++)
        json_array_append_new(kept, json_text(done->restored.kept.items[i], strlen(done->restored.kept.items[i])));
    json_put(object, "event", json_string(event));
    json_put(object, "to", json_string(done->what));
    json_put(object, "path", json_text_or_null(done->path));
    json_put(object, "changed", json_integer((json_int_t)done->restored.changed));
    json_put(object, "kept", json_incref(kept));
    json_put(object, "undo", json_integer(done->undo));
    json_print_line(object);
}

/* The files that are not as in the tree. */
static void print_kept(const struct restored *restored) {
    size_t shown = restored->kept.count < KEPT_SHOWN ? restored->kept.count : KEPT_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        scoped(str) path = STR_INIT;
        term_escape(&path, restored->kept.items[i], strlen(restored->kept.items[i]), false);
        printf("%s stays as it is: git ignores it\n", path.data);
    }
    if (restored->kept.count > shown) printf("%zu more stay as they are\n", restored->kept.count - shown);
}

static void print_overwritten(const struct context *context, const struct overwritten *done) {
    scoped(str) shown = STR_INIT;
    if (done->path) term_escape(&shown, done->path, strlen(done->path), false);
    size_t changed = done->restored.changed, kept = done->restored.kept.count;
    const char *subject = done->path ? shown.data : "your work";
    if (changed)
        printf("%s is back to %s%s: %zu file%s changed\n", subject, done->what, kept ? ", less what git ignores" : "",
               changed, changed == 1 ? "" : "s");
    else if (kept)
        puts("nothing was changed");
    else
        printf("nothing to do: %s is as in %s\n", subject, done->what);
    print_kept(&done->restored);
    if (changed && !context->quiet)
        printf("what was there is attempt %d; to undo: lab restore %d\n", done->undo, done->undo);
}

static int record(struct workspace *workspace, const struct context *context, enum attempt_cause cause,
                  struct snapshot *present, int *number, struct err *err) {
    if (workspace_snapshot(workspace, present, err)) return -1;
    if (!context->quiet && present->notes.len) fputs(present->notes.data, stderr);
    return workspace_record(workspace, present, cause, number, err);
}

int lookback_overwrite(struct lookback *lookback, const struct context *context, enum attempt_cause cause,
                       const char *tree, const char *path, const char *what, struct err *err) {
    scoped(overwritten) done = {.what = what, .path = path};
    struct workspace *workspace = lookback->workspace;
    scoped(snapshot) present = {.notes = STR_INIT};
    if (record(workspace, context, cause, &present, &done.undo, err)) return -1;
    if (workspace_restore(workspace, &present, tree, path, &done.restored, err)) {
        err_help(err, "lab restore %d brings back what was there", done.undo);
        return -1;
    }
    if (context->json)
        print_overwritten_json(attempt_cause_name(cause), &done);
    else
        print_overwritten(context, &done);
    return 0;
}
