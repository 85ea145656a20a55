#include "workspace/compare.h"

#include "base/path.h"

enum { DIFF_FILE_BYTES_MOST = 4 * 1024 * 1024 }; /* larger files differ, but not line by line */

int trees_compare(git_diff **diff, git_repository *repository, git_tree *a, git_tree *b, const char *path,
                  struct err *err) {
    char *paths[] = {(char *)(uintptr_t)path};
    git_diff_options options = {
        .version = GIT_DIFF_OPTIONS_VERSION,
        .flags = GIT_DIFF_DISABLE_PATHSPEC_MATCH,
        .ignore_submodules = GIT_SUBMODULE_IGNORE_UNSPECIFIED,
        .pathspec = {paths, path ? 1 : 0},
        .context_lines = 3,
        .max_size = DIFF_FILE_BYTES_MOST,
    };
    if (git2.diff_tree_to_tree(diff, repository, a, b, &options))
        return git2_error(err, ERR_ENVIRONMENT, "cannot compare two trees");
    return 0;
}

static bool has_bytecode(const char *path) {
    autofree char *at = mem_copy_string(path);
    for (char *slash; !path_is_bytecode(at); *slash = '\0')
        if (!(slash = strrchr(at, '/'))) return false;
    return true;
}

bool delta_is_left_out(const git_diff_delta *delta) {
    const char *path = delta->new_file.path;
    bool submodule = delta->old_file.mode == GIT_FILEMODE_COMMIT || delta->new_file.mode == GIT_FILEMODE_COMMIT;
    return submodule || has_bytecode(path) || path_below(path, ".lab") || path_below(path, ".venv");
}

int workspace_diff(struct workspace *workspace, const char *a, const char *b, const char *path, struct str *out,
                   struct err *err) {
    scoped_git(tree) *from = NULL, *to = NULL;
    scoped_git(diff) *diff = NULL;
    if (workspace_tree(workspace, a, &from, err) || workspace_tree(workspace, b, &to, err) ||
        trees_compare(&diff, workspace->repository, from, to, path, err))
        return -1;
    git_buf text = {0};
    int code = git2.diff_to_buf(&text, diff, GIT_DIFF_FORMAT_PATCH);
    if (!code) str_append_bytes(out, text.ptr, text.size);
    git2.buf_dispose(&text);
    return code ? git2_error(err, ERR_ENVIRONMENT, "cannot print the differences") : 0;
}

static int index_of(struct workspace *workspace, const char *tree_id, git_index **index, struct err *err) {
    scoped_git(tree) *tree = NULL;
    if (workspace_tree(workspace, tree_id, &tree, err)) return -1;
    if (git2.index_new(index) || git2.index_read_tree(*index, tree))
        return git2_error(err, ERR_ENVIRONMENT, "cannot read the tree %s", tree_id);
    return 0;
}

int workspace_overlay(struct workspace *workspace, const char *below, const char *above, char tree[TREE_ID_SIZE],
                      struct err *err) {
    scoped_git(index) *whole = NULL, *added = NULL;
    git_oid id;
    if (index_of(workspace, below, &whole, err) || index_of(workspace, above, &added, err)) return -1;
    int code = 0;
    for (size_t i = 0; !code && i < git2.index_entrycount(added); i++)
        code = git2.index_add(whole, git2.index_get_byindex(added, i));
    if (code || git2.index_write_tree_to(&id, whole, workspace->repository))
        return git2_error(err, ERR_ENVIRONMENT, "cannot put two trees together");
    git2.oid_tostr(tree, TREE_ID_SIZE, &id);
    return 0;
}

int workspace_diff_texts(struct sv before, struct sv after, const char *path, struct str *out, struct err *err) {
    if (git2_load(err)) return -1;
    scoped_git(patch) *patch = NULL;
    git_buf text = {0};
    int code = git2.patch_from_buffers(&patch, before.data, before.len, path, after.data, after.len, path, NULL);
    if (!code && patch) code = git2.patch_to_buf(&text, patch);
    if (!code && text.ptr) str_append_bytes(out, text.ptr, text.size);
    git2.buf_dispose(&text);
    return code ? git2_error(err, ERR_ENVIRONMENT, "cannot compare two texts") : 0;
}
