/* Recorded attempts: commits of lab's own under refs/lab/attempts/, which no branch reaches and no push takes along. */

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "workspace/internal.h"

enum { LOCK_SECONDS = 30, SKIPS_MOST = 100 };

static const char *const cause_names[] = {
    [CAUSE_CHECK] = "check", [CAUSE_RESET] = "reset", [CAUSE_RESTORE] = "restore", [CAUSE_UPDATE] = "update"};

const char *attempt_cause_name(enum attempt_cause cause) { return cause_names[cause]; }

static enum attempt_cause cause_of(const char *message) {
    autofree char *name = message_trailer(message, "Lab-Cause");
    for (size_t i = 0; name && i < LENGTH(cause_names); i++)
        if (!strcmp(name, cause_names[i])) return (enum attempt_cause)i;
    return CAUSE_CHECK;
}

/* ---- references ---- */

static char *reference_name(int number) { return str_format(REF_ATTEMPTS "%06d", number); }

/* The number of a reference's name; 0 for a name that is none of ours. */
static int number_of(const char *name) {
    const char *digits = name + strlen(REF_ATTEMPTS);
    size_t len = strlen(digits);
    if (len < 6 || len > 9 || strspn(digits, "0123456789") != len) return 0;
    return (int)strtol(digits, NULL, 10);
}

struct numbers {
    int *items;
    size_t count, capacity;
};
static void numbers_release(struct numbers *numbers) { array_free(numbers); }

static int newest_first(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }

static int list_numbers(struct workspace *workspace, struct numbers *numbers, struct err *err) {
    scoped_git(reference_iterator) *iterator = NULL;
    const char *name;
    if (git2.reference_iterator_glob_new(&iterator, workspace->repository, REF_ATTEMPTS "*"))
        return git2_error(err, ERR_ENVIRONMENT, "cannot list the attempts");
    while (!git2.reference_next_name(&name, iterator)) {
        int number = number_of(name);
        if (number) *array_push(numbers) = number;
    }
    if (numbers->count) qsort(numbers->items, numbers->count, sizeof *numbers->items, newest_first);
    return 0;
}

static int find_attempt(struct workspace *workspace, int number, git_commit **commit, struct err *err) {
    autofree char *name = reference_name(number);
    git_oid id;
    if (git2.reference_name_to_id(&id, workspace->repository, name)) {
        err_set(err, ERR_USAGE, "there is no attempt %d", number);
        return err_help(err, "lab history");
    }
    if (git2.commit_lookup(commit, workspace->repository, &id))
        return git2_error(err, ERR_ENVIRONMENT, "cannot read attempt %d", number);
    return 0;
}

/* ---- recording ---- */

static int write_attempt(struct workspace *workspace, const git_oid *tree, const git_oid *parent,
                         enum attempt_cause cause, int number, git_oid *id, struct err *err) {
    autofree char *message =
        str_format("attempt %d: %s\n\nLab-Cause: %s\n", number, cause_names[cause], cause_names[cause]);
    return commit_write(id, workspace->repository, tree, parent, message, err);
}

/* Takes the first number behind `newest` that is free: one whose reference is locked was left so by a lab that was
 * killed. The caller holds the lock of all labs. */
static int append_attempt(struct workspace *workspace, const git_oid *tree, const git_oid *parent,
                          enum attempt_cause cause, int newest, int *number, struct err *err) {
    int code = GIT_ELOCKED;
    for (int next = newest + 1; code == GIT_ELOCKED && next <= newest + SKIPS_MOST; next++) {
        scoped_git(reference) *reference = NULL;
        git_oid id;
        if (write_attempt(workspace, tree, parent, cause, next, &id, err)) return -1;
        autofree char *name = reference_name(next);
        code = git2.reference_create(&reference, workspace->repository, name, &id, 0, NULL);
        *number = next;
    }
    return code ? git2_error(err, ERR_ENVIRONMENT, "cannot record the attempt") : 0;
}

static int record_locked(struct workspace *workspace, const git_oid *tree, enum attempt_cause cause, int *number,
                         struct err *err) {
    scoped(numbers) numbers = {0};
    scoped_git(commit) *newest = NULL;
    if (list_numbers(workspace, &numbers, err)) return -1;
    int last = numbers.count ? numbers.items[0] : 0;
    if (last && find_attempt(workspace, last, &newest, err)) return -1;
    if (newest && cause != CAUSE_CHECK && git2.oid_equal(git2.commit_tree_id(newest), tree)) {
        *number = last;
        return 0;
    }
    const git_oid *parent = newest ? git2.commit_id(newest) : &workspace->start;
    return append_attempt(workspace, tree, parent, cause, last, number, err);
}

int workspace_record(struct workspace *workspace, const struct snapshot *snapshot, enum attempt_cause cause,
                     int *number, struct err *err) {
    git_oid tree;
    if (git2.oid_fromstr(&tree, snapshot->tree))
        return err_set(err, ERR_INTERNAL, "'%s' is no tree id", snapshot->tree);
    autofree char *lock_path = path_join(workspace->common, "lock");
    autoclose int lock = fs_lock(lock_path, LOCK_SECONDS, err);
    if (lock < 0) return -1;
    return record_locked(workspace, &tree, cause, number, err);
}

/* ---- looking back ---- */

int workspace_attempt_tree(struct workspace *workspace, int number, char tree[TREE_ID_SIZE], struct err *err) {
    scoped_git(commit) *commit = NULL;
    if (find_attempt(workspace, number, &commit, err)) return -1;
    git2.oid_tostr(tree, TREE_ID_SIZE, git2.commit_tree_id(commit));
    return 0;
}

static int count_changes(struct workspace *workspace, git_commit *commit, struct recorded *recorded) {
    scoped_git(commit) *parent = NULL;
    scoped_git(tree) *before = NULL, *after = NULL;
    scoped_git(diff) *diff = NULL;
    scoped_git(diff_stats) *stats = NULL;
    if (git2.commit_parent(&parent, commit, 0) || git2.commit_tree(&before, parent) ||
        git2.commit_tree(&after, commit) || git2.diff_tree_to_tree(&diff, workspace->repository, before, after, NULL) ||
        git2.diff_get_stats(&stats, diff))
        return -1;
    recorded->files_changed = git2.diff_stats_files_changed(stats);
    recorded->lines_added = git2.diff_stats_insertions(stats);
    recorded->lines_removed = git2.diff_stats_deletions(stats);
    return 0;
}

static int describe(struct workspace *workspace, int number, struct recorded *recorded, struct err *err) {
    scoped_git(commit) *commit = NULL;
    if (find_attempt(workspace, number, &commit, err)) return -1;
    *recorded = (struct recorded){
        .number = number, .cause = cause_of(git2.commit_message(commit)), .time = git2.commit_time(commit)};
    git2.oid_tostr(recorded->tree, sizeof recorded->tree, git2.commit_tree_id(commit));
    if (count_changes(workspace, commit, recorded))
        return git2_error(err, ERR_ENVIRONMENT, "cannot compare attempt %d with the one before", number);
    return 0;
}

int workspace_history(struct workspace *workspace, size_t most, struct recorded **list, size_t *count,
                      struct err *err) {
    scoped(numbers) numbers = {0};
    if (list_numbers(workspace, &numbers, err)) return -1;
    *count = most && most < numbers.count ? most : numbers.count;
    autofree struct recorded *found = mem_alloc(*count * sizeof *found);
    for (size_t i = 0; i < *count; i++)
        if (describe(workspace, numbers.items[i], &found[i], err)) return -1;
    *list = steal(&found);
    return 0;
}
