#pragma once
/*
 * libgit2, loaded on first use (see base/dynamic.h): functions are called as git2.tree_lookup(…). The only place
 * that includes git2.h. Also the small conveniences over it that the room shares.
 */

#include <git2.h>
#include <git2/sys/repository.h>

#include "base/err.h"
#include "workspace/workspace.h"

#define GIT2_FUNCTIONS(X) \
    X(blob_free) \
    X(blob_lookup) \
    X(blob_rawcontent) \
    X(blob_rawsize) \
    X(branch_name) \
    X(buf_dispose) \
    X(commit_author) \
    X(commit_create) \
    X(commit_free) \
    X(commit_id) \
    X(commit_lookup) \
    X(commit_message) \
    X(commit_parent) \
    X(commit_parent_id) \
    X(commit_parentcount) \
    X(commit_time) \
    X(commit_tree) \
    X(commit_tree_id) \
    X(config_get_bool) \
    X(config_get_path) \
    X(diff_free) \
    X(diff_get_delta) \
    X(diff_get_stats) \
    X(diff_num_deltas) \
    X(diff_stats_deletions) \
    X(diff_stats_files_changed) \
    X(diff_stats_free) \
    X(diff_stats_insertions) \
    X(diff_to_buf) \
    X(diff_tree_to_tree) \
    X(error_last) \
    X(ignore_path_is_ignored) \
    X(index_add) \
    X(index_conflict_iterator_free) \
    X(index_conflict_iterator_new) \
    X(index_conflict_next) \
    X(index_conflict_cleanup) \
    X(index_entrycount) \
    X(index_free) \
    X(index_get_byindex) \
    X(index_new) \
    X(index_read_tree) \
    X(index_remove_directory) \
    X(index_write) \
    X(index_write_tree_to) \
    X(libgit2_init) \
    X(merge_file_from_index) \
    X(merge_file_result_free) \
    X(merge_trees) \
    X(libgit2_opts) \
    X(object_free) \
    X(oid_equal) \
    X(oid_fromstr) \
    X(oid_tostr) \
    X(object_id) \
    X(object_peel) \
    X(odb_exists) \
    X(odb_free) \
    X(odb_hash) \
    X(odb_read_header) \
    X(odb_write) \
    X(patch_free) \
    X(patch_from_buffers) \
    X(patch_to_buf) \
    X(reference_create) \
    X(reference_free) \
    X(reference_iterator_free) \
    X(reference_iterator_glob_new) \
    X(reference_lookup) \
    X(reference_name_to_id) \
    X(reference_next_name) \
    X(reference_symbolic_target) \
    X(repository_commondir) \
    X(repository_config_snapshot) \
    X(config_free) \
    X(repository_free) \
    X(repository_head) \
    X(repository_index) \
    X(repository_init_ext) \
    X(repository_odb) \
    X(repository_open_ext) \
    X(repository_path) \
    X(repository_set_index) \
    X(revparse_single) \
    X(revwalk_free) \
    X(revwalk_new) \
    X(revwalk_next) \
    X(revwalk_push) \
    X(revwalk_sorting) \
    X(signature_free) \
    X(signature_new) \
    X(tree_entry_byindex) \
    X(tree_entry_bypath) \
    X(tree_entry_filemode_raw) \
    X(tree_entry_free) \
    X(tree_entry_id) \
    X(tree_entry_name) \
    X(tree_entry_type) \
    X(tree_entrycount) \
    X(tree_free) \
    X(tree_lookup)

struct git2 {
#define X(name) __typeof__(git_##name) *name;
    GIT2_FUNCTIONS(X)
#undef X
};
extern struct git2 git2;

/* Loads the library, once a process. */
int git2_load(struct err *err);

/* Sets err to the text and ": " and what libgit2 says; returns -1. */
int git2_error(struct err *err, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Cleanup: `scoped_git(tree) = NULL;` declares git_tree *tree, freed when the block is left. */
#define GIT2_SCOPED(X) \
    X(blob) \
    X(commit) \
    X(config) \
    X(diff) \
    X(diff_stats) \
    X(index) \
    X(index_conflict_iterator) \
    X(object) \
    X(odb) X(patch) X(reference) X(reference_iterator) X(repository) X(revwalk) X(signature) X(tree) X(tree_entry)
#define X(name) void git2_release_##name(git_##name **pointer);
GIT2_SCOPED(X)
#undef X
#define scoped_git(type) __attribute__((cleanup(git2_release_##type))) git_##type
