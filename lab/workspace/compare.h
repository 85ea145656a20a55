#pragma once
/* Differences between two trees, as libgit2 counts them. */

#include "workspace/internal.h"

/* path: only that file or folder, literally; NULL: all. */
int trees_compare(git_diff **diff, git_repository *repository, git_tree *a, git_tree *b, const char *path,
                  struct err *err);

/* True for a difference in what no snapshot takes: byte code, a submodule, lab's own. */
bool delta_is_left_out(const git_diff_delta *delta);
