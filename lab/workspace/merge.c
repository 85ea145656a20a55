/*
 * Merging another start into the work: what changed from the old start to the new one is brought into the work, file by
 * file. A file that both changed in the same place gets both versions between conflict markers; where that makes no sense
 * (one side removed the file, or it is no text) the learner's stays as it is. Both are conflicts.
 */

#include <stdlib.h>
#include <sys/stat.h>

#include "workspace/internal.h"

void merged_release(struct merged *merged) {
    for (size_t i = 0; i < merged->conflicts.count; i++) free(merged->conflicts.items[i]);
    array_free(&merged->conflicts);
}

/* What a path with a conflict gets. */
struct settled {
    char *path;
    bool stays; /* false: there is no such file in the work, and none comes */
    git_oid id;
    uint32_t mode;
};

struct settling {
    struct workspace *workspace;
    array(struct settled) list;
    struct err *err;
};

static void settling_release(struct settling *settling) {
    for (size_t i = 0; i < settling->list.count; i++) free(settling->list.items[i].path);
    array_free(&settling->list);
}

static bool is_file(const git_index_entry *entry) { return entry && S_ISREG(entry->mode); }

/* Both versions in one file. False when they cannot be mixed. */
static bool mix(struct settling *settling, const git_index_entry *base, const git_index_entry *ours,
                const git_index_entry *theirs, git_oid *id) {
    git_merge_file_options options = {.version = GIT_MERGE_FILE_OPTIONS_VERSION,
                                      .ancestor_label = "the old start",
                                      .our_label = "your work",
                                      .their_label = "the new start"};
    git_merge_file_result result = {0};
    if (git2.merge_file_from_index(&result, settling->workspace->repository, base, ours, theirs, &options))
        return false;
    bool mixed = result.ptr && result.len <= LIMIT_FILE_BYTES &&
                 !git2.odb_write(id, settling->workspace->odb, result.ptr, result.len, GIT_OBJECT_BLOB);
    git2.merge_file_result_free(&result);
    return mixed;
}

static void settle(struct settling *settling, const git_index_entry *base, const git_index_entry *ours,
                   const git_index_entry *theirs) {
    const git_index_entry *any = ours ? ours : theirs ? theirs : base;
    struct settled settled = {.path = mem_copy_string(any->path), .stays = ours};
    if (ours) {
        settled.id = ours->id;
        settled.mode = ours->mode;
    }
    if (is_file(ours) && is_file(theirs)) (void)mix(settling, base, ours, theirs, &settled.id);
    *array_push(&settling->list) = settled;
}

static int settle_all(struct settling *settling, git_index *index) {
    scoped_git(index_conflict_iterator) *iterator = NULL;
    const git_index_entry *base, *ours, *theirs;
    if (git2.index_conflict_iterator_new(&iterator, index))
        return git2_error(settling->err, ERR_INTERNAL, "cannot look at the conflicts");
    while (!git2.index_conflict_next(&base, &ours, &theirs, iterator)) settle(settling, base, ours, theirs);
    return 0;
}

/* A file of the learner's takes the place of a folder that the new start has there. */
static int put_one(const struct settling *settling, git_index *index, const struct settled *settled) {
    const git_index_entry entry = {.path = settled->path, .mode = settled->mode, .id = settled->id};
    if (!git2.index_remove_directory(index, settled->path, 0) && !git2.index_add(index, &entry)) return 0;
    return git2_error(settling->err, ERR_INTERNAL, "cannot settle the conflict in a file");
}

static int put_settled(const struct settling *settling, git_index *index, struct merged *merged) {
    if (git2.index_conflict_cleanup(index))
        return git2_error(settling->err, ERR_INTERNAL, "cannot settle the conflicts");
    for (size_t i = 0; i < settling->list.count; i++) {
        const struct settled *settled = &settling->list.items[i];
        *array_push(&merged->conflicts) = mem_copy_string(settled->path);
        if (settled->stays && put_one(settling, index, settled)) return -1;
    }
    return 0;
}

int workspace_merge(struct workspace *workspace, const char *ours, const char *theirs, struct merged *merged,
                    struct err *err) {
    scoped_git(tree) *base_tree = NULL, *our_tree = NULL, *their_tree = NULL;
    scoped_git(index) *index = NULL;
    git_merge_options options = {.version = GIT_MERGE_OPTIONS_VERSION}; /* no renames: a path stays what it is */
    git_oid id;
    scoped(settling) settling = {.workspace = workspace, .err = err};
    if (workspace_tree(workspace, workspace->start_tree, &base_tree, err) ||
        workspace_tree(workspace, ours, &our_tree, err) || workspace_tree(workspace, theirs, &their_tree, err))
        return -1;
    if (git2.merge_trees(&index, workspace->repository, base_tree, our_tree, their_tree, &options))
        return git2_error(err, ERR_ENVIRONMENT, "cannot merge the new start files into %s", workspace->directory);
    if (settle_all(&settling, index) || put_settled(&settling, index, merged)) return -1;
    if (git2.index_write_tree_to(&id, index, workspace->repository))
        return git2_error(err, ERR_ENVIRONMENT, "cannot write the merged files in %s", workspace->directory);
    git2.oid_tostr(merged->tree, sizeof merged->tree, &id);
    return 0;
}
