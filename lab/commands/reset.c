/* lab reset [FILE]: back to the start, all of the work or one file or folder of it. */

#include "commands/commands.h"
#include "commands/lookback.h"

struct reset_values {
    const char *directory;
    bool yes;
};

#define VALUE(field) offsetof(struct reset_values, field)
static const struct option items[] = {
    {"yes", 'y', OPTION_FLAG, VALUE(yes), NULL, "do not ask", 0, 0},
    {"dir", 0, OPTION_TEXT, VALUE(directory), "DIR", "where the workspace lies", 0, 0},
};
const struct options reset_options = {items, LENGTH(items), sizeof(struct reset_values)};

int cmd_reset(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct reset_values *given = values;
    autofree char *path = NULL;
    scoped(lookback) lookback = {0};
    if (lookback_open(&lookback, context, NULL, given->directory, err) ||
        (argc && lookback_path(&lookback, argv[0], &path, err)))
        return -1;
    scoped(str) question = STR_INIT;
    str_append(&question, "put ");
    if (path)
        term_escape(&question, path, strlen(path), false);
    else
        str_printf(&question, "all files of %s", lookback.target.exercise->id);
    str_append(&question, " back to the start? what is there now is recorded first, and can be restored");
    if (!lookback_agreed(given->yes, question.data)) {
        fputs("nothing was changed\n", stderr);
        return 0;
    }
    const char *tree = workspace_start_tree(lookback.workspace);
    return lookback_overwrite(&lookback, context, CAUSE_RESET, tree, path, "the start", err);
}
