/* lab diff [N|start|solution]: what changed since then; towards the solution, what is left to do. */

#include "base/json.h"
#include "base/path.h"
#include "commands/commands.h"
#include "commands/lookback.h"

struct diff_values {
    const char *directory;
    bool yes;
};

#define VALUE(field) offsetof(struct diff_values, field)
static const struct option items[] = {
    {"yes", 'y', OPTION_FLAG, VALUE(yes), NULL, "show the solution without asking", 0, 0},
    {"dir", 0, OPTION_TEXT, VALUE(directory), "DIR", "where the workspace lies", 0, 0},
};
const struct options diff_options = {items, LENGTH(items), sizeof(struct diff_values)};

/* ---- printing ---- */

static enum style style_of(struct sv line) {
    static const struct {
        const char *prefix;
        enum style style;
    } styles[] = {
        {"+++ ", STYLE_STRONG}, {"--- ", STYLE_STRONG}, {"diff ", STYLE_STRONG}, {"index ", STYLE_FAINT},
        {"@@ ", STYLE_LINK},    {"+", STYLE_GOOD},      {"-", STYLE_BAD},
    };
    for (size_t i = 0; i < LENGTH(styles); i++) {
        size_t len = strlen(styles[i].prefix);
        if (line.len >= len && !memcmp(line.data, styles[i].prefix, len)) return styles[i].style;
    }
    return STYLE_PLAIN;
}

/* For a person: in colour, and with control bytes made visible. */
static void print_styled(const struct term *term, const struct str *patch) {
    struct sv rest = sv_str(patch), line;
    while (sv_next_line(&rest, &line)) {
        scoped(str) shown = STR_INIT;
        term_escape(&shown, line.data, line.len, true);
        enum style style = style_of(line);
        printf("%s%s%s\n", term_on(term, style), shown.data, style == STYLE_PLAIN ? "" : term_off(term));
    }
}

static void print_patch(const struct context *context, const char *from, const char *to, const struct str *patch) {
    if (context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("diff"));
        json_put(object, "from", json_string(from));
        json_put(object, "to", json_string(to));
        json_put(object, "patch", json_text(patch->data, patch->len));
        json_print_line(object);
    } else if (context->out.tty) {
        print_styled(&context->out, patch);
    } else {
        fwrite(patch->data, 1, patch->len, stdout); /* bytes as they are, for `git apply` */
    }
    if (!patch->len && !context->quiet && !context->json) fprintf(stderr, "no difference from %s to %s\n", from, to);
}

/* ---- comparing ---- */

static int solution_tree(struct lookback *lookback, const char *present, char tree[TREE_ID_SIZE], struct err *err) {
    char alone[TREE_ID_SIZE];
    autofree char *folder = path_join(lookback->target.exercise->directory, "solution");
    if (workspace_tree_of_folder(lookback->workspace, folder, alone, err)) return -1;
    return workspace_overlay(lookback->workspace, present, alone, tree, err);
}

static int past_tree(struct lookback *lookback, const char *which, char tree[TREE_ID_SIZE], struct err *err) {
    int number;
    if (!strcmp(which, "start")) {
        memcpy(tree, workspace_start_tree(lookback->workspace), TREE_ID_SIZE);
        return 0;
    }
    if (lookback_number(which, &number, NULL)) {
        err_set(err, ERR_USAGE, "'%s' is neither an attempt's number nor start nor solution", which);
        return err_help(err, "lab history");
    }
    return workspace_attempt_tree(lookback->workspace, number, tree, err);
}

int cmd_diff(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct diff_values *given = values;
    const char *which = argc ? argv[0] : "start";
    bool solution = !strcmp(which, "solution");
    char other[TREE_ID_SIZE];
    scoped(lookback) lookback = {0};
    scoped(snapshot) present = {.notes = STR_INIT};
    scoped(str) patch = STR_INIT;
    if (lookback_open(&lookback, context, NULL, given->directory, err)) return -1;
    if (solution && !lookback_agreed(given->yes, "this shows the solution: go on?")) return 0;
    if (workspace_snapshot(lookback.workspace, &present, err) ||
        (solution ? solution_tree(&lookback, present.tree, other, err) : past_tree(&lookback, which, other, err)))
        return -1;
    const char *from = solution ? present.tree : other, *to = solution ? other : present.tree;
    if (workspace_diff(lookback.workspace, from, to, NULL, &patch, err)) return -1;
    autofree char *past = solution || !strcmp(which, "start") ? NULL : str_format("attempt %s", which);
    print_patch(context, solution ? "now" : past ? past : "start", solution ? "solution" : "now", &patch);
    return 0;
}
