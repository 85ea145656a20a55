#pragma once
/* What the files of this room share, and nobody else sees. */

#include "workspace/git2.h"

#define REF_START    "refs/lab/start"
#define REF_ATTEMPTS "refs/lab/attempts/"

/* Limits of a snapshot and of a tree that is laid out. */
enum {
    LIMIT_BYTES = 256 * 1024 * 1024,
    LIMIT_FILE_BYTES = 64 * 1024 * 1024,
    LIMIT_ENTRIES = 20000,
    LIMIT_DEPTH = 64,
    LIMIT_PATH = 3000, /* bytes of a folder's path, so that it and a name in it can be opened anywhere */
    LIMIT_LINK = 4095, /* bytes of a symbolic link's target */
};

struct workspace {
    git_repository *repository;
    git_odb *odb;
    char *directory;
    int fd;        /* of directory */
    char *private; /* .git/lab of this work tree: what may be lost */
    char *common;  /* .git/lab of the repository, which differs in one made by `git worktree add` */
    char *exercise, *course;
    git_oid start; /* commit */
    char start_tree[TREE_ID_SIZE];
};

/* Opens the repository in directory itself, not above it. The messages say what to do where git can do something. */
int repository_open(git_repository **repository, const char *directory, struct err *err);

/* As repository_open, but 1 when opened and 0 when there is no (whole) repository; err, which may not be NULL, is set
 * then too. */
int repository_try(git_repository **repository, const char *directory, struct err *err);

/* Looks a tree up by its 40 digits. */
int workspace_tree(struct workspace *workspace, const char *tree, git_tree **found, struct err *err);

/* The tree of HEAD; NULL when HEAD is unborn or does not resolve. */
git_tree *workspace_head_tree(struct workspace *workspace);

/* The value of `Key: value` in the last paragraph of a commit message; NULL when there is none. Caller frees. */
char *message_trailer(const char *message, const char *key);

/* The exercise that `.lab/exercise` names, which tells a workspace whose repository is lost; NULL when there is no such
 * file. Caller frees. */
char *workspace_mark(const char *directory);

/* A commit of lab's own: fixed identity, no reference moved. */
int commit_write(git_oid *id, git_repository *repository, const git_oid *tree, const git_oid *parent /* or NULL */,
                 const char *message, struct err *err);

/* A path as it may stand in a message: control bytes and invalid UTF-8 escaped. Caller frees. */
char *path_shown(const char *path);

/* Descends from `root` to the folder `path` ("" is root itself), making what is missing; a symbolic link in the way is
 * replaced, never followed. Returns a descriptor, or -1 with errno (ENOTDIR: a file is in the way). */
int folder_make(int root, const char *path);

/* Forgets the stat cache, for when the repository lost objects that it speaks of. */
void snapshot_cache_forget(const struct workspace *workspace);

/* Writes a tree of what lies in the directory, without ignore rules and cache. */
int tree_of_directory(git_repository *repository, int directory, git_oid *tree, struct err *err);
