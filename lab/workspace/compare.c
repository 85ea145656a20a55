#include "workspace/compare.h"

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
