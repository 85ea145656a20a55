#pragma once
/*
 * What the learner works in: a folder with a git repository of its own.
 *
 * A folder is a workspace when its repository has the ref refs/lab/start; the commit's message says, in trailers, which
 * exercise (by its key) of which course (by its folder) it is (`Lab-Exercise:`, `Lab-Course:`). There is no other state file: what the learner can
 * delete with `git clean` is never needed. `.venv` (a link to the Python environment) and `.lab/` (material to
 * reproduce failures) lie in the folder, kept out of git by .git/info/exclude.
 * `.lab/exercise` names the exercise once more, to tell a workspace whose repository was lost from any other folder.
 *
 * What is always true: the learner's index, HEAD, branches, stash and configuration are never written after the
 * first commit; work is recorded under refs/lab/attempts/ before anything in the folder is overwritten.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "course/course.h"

#define TREE_ID_SIZE 41 /* 40 hexadecimal digits and a NUL */

struct workspace;

/* Loads what this room is made of now, not at its first use: for a process whose forks will all need it. */
int workspace_prepare(struct err *err);

/* ---- provisioning ---- */

enum workspace_state { WORKSPACE_ABSENT, WORKSPACE_STARTED, WORKSPACE_DAMAGED /* files, but no repository of ours */ };

/* What stands at directory. A folder of the learner's that is no workspace of this exercise (a key, see course.h) is an
 * error. */
int workspace_state(enum workspace_state *state, const char *directory, const char *exercise, struct err *err);

/* Makes the workspace: built beside its place under a lock and renamed there, so that it is whole or absent; in an empty
 * folder, built and moved up within it. An interrupted earlier attempt is cleared away or completed. With a damaged one the
 * files stay and the repository is made anew.
 * `environment` is the folder that .venv links to. */
int workspace_create(const char *directory, struct course *course, const struct exercise *exercise,
                     const char *environment, struct err *err);

/* Points .venv at environment, unless the learner put something else there. */
int workspace_link_environment(const char *directory, const char *environment, struct err *err);

/* ---- opening ---- */

/* The workspace that holds `from` (walking up); NULL in *directory when there is none. Caller frees. */
int workspace_find(char **directory, const char *from, struct err *err);

int workspace_open(struct workspace **workspace, const char *directory, struct err *err);
void workspace_close(struct workspace *workspace);
void workspace_close_pointer(struct workspace **workspace); /* cleanup */

const char *workspace_directory(const struct workspace *workspace);
const char *workspace_exercise(const struct workspace *workspace);   /* its key, from the start commit */
const char *workspace_course(const struct workspace *workspace);     /* directory of its course */
const char *workspace_start_tree(const struct workspace *workspace); /* tree id of refs/lab/start */

/* ---- snapshots ---- */

/* Limits of a snapshot: 256 MiB, 20 000 entries, depth 64, 255 bytes a name, 64 MiB a file. */
struct snapshot {
    char tree[TREE_ID_SIZE];
    uint64_t bytes;
    size_t entries;
    struct str notes; /* lines about what was left out: nested repositories' history, sockets, … */
};
void snapshot_release(struct snapshot *snapshot);

/* Writes the folder's present content into the repository as a tree: by its own walk and its own cache of file times
 * under .git/lab/, never through the learner's index. Left out: what git ignores (unless HEAD has it), .git and
 * __pycache__ of any depth, .lab, .venv, and what is neither file, directory nor link. */
int workspace_snapshot(struct workspace *workspace, struct snapshot *snapshot, struct err *err);

/* Lays a tree out in an empty directory. Every component is validated; links are made as links; submodules are left
 * out. */
int workspace_checkout(struct workspace *workspace, const char *tree, int directory, struct err *err);

/* ---- attempts ---- */

/* Why an attempt was recorded. */
enum attempt_cause { CAUSE_CHECK, CAUSE_RESET, CAUSE_RESTORE, CAUSE_UPDATE };
const char *attempt_cause_name(enum attempt_cause cause);

/* Records a snapshot as the next commit refs/lab/attempts/NNNNNN (parent: the one before). A tree equal to the newest
 * attempt's is recorded again only for CAUSE_CHECK. *number is the attempt's. Safe against two processes at once. */
int workspace_record(struct workspace *workspace, const struct snapshot *snapshot, enum attempt_cause cause,
                     int *number, struct err *err);

struct recorded {
    int number;
    enum attempt_cause cause;
    int64_t time; /* seconds since 1970 */
    char tree[TREE_ID_SIZE];
    size_t files_changed, lines_added, lines_removed; /* against the one before, or the start */
};
/* Newest first, at most `most` (0: all). Caller frees *list. */
int workspace_history(struct workspace *workspace, size_t most, struct recorded **list, size_t *count, struct err *err);
int workspace_attempt_tree(struct workspace *workspace, int number, char tree[TREE_ID_SIZE], struct err *err);

/* ---- comparing and restoring ---- */

/* Writes a tree made of the files below a trusted folder into the repository (for the solution). */
int workspace_tree_of_folder(struct workspace *workspace, const char *folder, char tree[TREE_ID_SIZE], struct err *err);

/* Writes the tree `below` with every file of `above` put into it (to compare work with a solution file by file). */
int workspace_overlay(struct workspace *workspace, const char *below, const char *above, char tree[TREE_ID_SIZE],
                      struct err *err);

/* Appends a unified diff from tree a to tree b (path: only that file or folder; NULL: all). */
int workspace_diff(struct workspace *workspace, const char *a, const char *b, const char *path, struct str *out,
                   struct err *err);

/* Appends a unified diff from one text to another, named `path` in it; nothing when they are equal. */
int workspace_diff_texts(struct sv before, struct sv after, const char *path, struct str *out, struct err *err);

/* What restoring came to. Zero it to begin. */
struct restored {
    size_t changed;     /* files written or removed */
    array(char *) kept; /* paths of files that the tree has and git ignores: they stay as they are */
};
void restored_release(struct restored *restored);

/* Makes the folder, or path in it, equal to tree, less what git ignores. `present` is the folder's snapshot, which the
 * caller has recorded; a file that changed since is not touched, and ends it with ERR_ENVIRONMENT. Files are written one by
 * one by temporary and rename. ERR_USAGE for a path that neither tree nor folder has. */
int workspace_restore(struct workspace *workspace, const struct snapshot *present, const char *tree, const char *path,
                      struct restored *restored, struct err *err);

/* ---- another start ---- */

/* The tree that a new workspace of the exercise would start with. */
int workspace_new_start(struct workspace *workspace, const struct course *course, const struct exercise *exercise,
                        char tree[TREE_ID_SIZE], struct err *err);

/* What merging came to. Zero it to begin. */
struct merged {
    char tree[TREE_ID_SIZE];
    array(char *)
        conflicts; /* paths, in byte order: their files hold both versions between conflict markers, or, where the
                                content cannot be mixed, the learner's */
};
void merged_release(struct merged *merged);

/* Merges what changed from the start to `theirs` (a tree) into `ours` (a tree of the work). Nothing in the folder changes. */
int workspace_merge(struct workspace *workspace, const char *ours, const char *theirs, struct merged *merged,
                    struct err *err);

/* Moves refs/lab/start on to a commit of this tree, whose parent is the present one. */
int workspace_move_start(struct workspace *workspace, const char *tree, const struct course *course,
                         const struct exercise *exercise, struct err *err);

/* ---- the learner's own history, for checkers ---- */

/* Answers a question about the learner's repository: op is "head", "log", "commits", "tracked", "dirty", "blob",
 * "diff", "tags" or "largest_blob"; arguments and answers as docs/checker-reference.md says. NULL on error; ERR_USAGE when
 * the repository holds more than is looked at. */
json_t *workspace_git(struct workspace *workspace, const char *op, const json_t *arguments, struct err *err);
