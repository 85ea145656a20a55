#include "library/renewal.h"

#include "base/fs.h"

void renewal_release(struct renewal *renewal) {
    merged_release(&renewal->merged);
    snapshot_release(&renewal->present);
    workspace_close(renewal->workspace);
    *renewal = (struct renewal)RENEWAL_INIT;
}

/* A folder that is gone, or another exercise's by now, is none of ours. */
static bool is_workspace_of(const char *directory, const struct exercise *exercise) {
    enum workspace_state state;
    struct err ignored = ERR_INIT;
    return fs_is_directory(directory) && !workspace_state(&state, directory, exercise->key, &ignored) &&
           state == WORKSPACE_STARTED;
}

int renewal_prepare(struct renewal *renewal, const char *directory, struct course *course,
                    const struct exercise *exercise, bool *wanted, struct err *err) {
    *renewal = (struct renewal)RENEWAL_INIT;
    renewal->course = course;
    renewal->exercise = exercise;
    *wanted = false;
    if (!is_workspace_of(directory, exercise)) return 0;
    if (workspace_open(&renewal->workspace, directory, err) ||
        workspace_new_start(renewal->workspace, course, exercise, renewal->start, err))
        return -1;
    if (!strcmp(renewal->start, workspace_start_tree(renewal->workspace))) return 0;
    *wanted = true;
    if (workspace_snapshot(renewal->workspace, &renewal->present, err)) return -1;
    return workspace_merge(renewal->workspace, renewal->present.tree, renewal->start, &renewal->merged, err);
}

static int record_merged(struct renewal *renewal, int *number, struct err *err) {
    scoped(snapshot) after = {.notes = STR_INIT};
    if (workspace_snapshot(renewal->workspace, &after, err)) return -1;
    return workspace_record(renewal->workspace, &after, CAUSE_UPDATE, number, err);
}

int renewal_carry_out(struct renewal *renewal, struct renewed *renewed, struct err *err) {
    scoped(restored) restored = {0};
    *renewed = (struct renewed){0};
    if (workspace_record(renewal->workspace, &renewal->present, CAUSE_UPDATE, &renewed->before, err)) return -1;
    if (workspace_restore(renewal->workspace, &renewal->present, renewal->merged.tree, NULL, &restored, err)) {
        err_help(err, "lab restore %d brings back what was there", renewed->before);
        return -1;
    }
    renewed->changed = restored.changed;
    if (record_merged(renewal, &renewed->after, err)) return -1;
    return workspace_move_start(renewal->workspace, renewal->start, renewal->course, renewal->exercise, err);
}
