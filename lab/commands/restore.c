/* lab restore N [FILE]: the work of a recorded attempt again, all of it or one file or folder. */

#include "commands/commands.h"
#include "commands/lookback.h"

struct restore_values {
    const char *directory;
};

static const struct option items[] = {
    {"dir", 0, OPTION_TEXT, offsetof(struct restore_values, directory), "DIR", "where the workspace lies", 0, 0},
};
const struct options restore_options = {items, LENGTH(items), sizeof(struct restore_values)};

int cmd_restore(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct restore_values *given = values;
    int number;
    char tree[TREE_ID_SIZE];
    autofree char *path = NULL;
    scoped(lookback) lookback = {0};
    if (lookback_number(argv[0], &number, err) || lookback_open(&lookback, context, NULL, given->directory, err) ||
        (argc > 1 && lookback_path(&lookback, argv[1], &path, err)) ||
        workspace_attempt_tree(lookback.workspace, number, tree, err))
        return -1;
    autofree char *what = str_format("attempt %d", number);
    return lookback_overwrite(&lookback, context, CAUSE_RESTORE, tree, path, what, err);
}
