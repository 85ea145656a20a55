/* Finding and opening a workspace, and what lab writes into its repository. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/path.h"
#include "term/term.h"
#include "workspace/internal.h"

char *path_shown(const char *path) {
    struct str shown = STR_INIT;
    term_escape(&shown, path, strlen(path), false);
    return str_steal(&shown);
}

/* ---- messages and commits ---- */

static bool trailer_value(struct sv line, const char *key, struct sv *value) {
    size_t len = strlen(key);
    if (line.len < len + 2 || memcmp(line.data, key, len) != 0 || memcmp(line.data + len, ": ", 2) != 0) return false;
    *value = (struct sv){line.data + len + 2, line.len - len - 2};
    return true;
}

char *message_trailer(const char *message, const char *key) {
    struct sv rest = sv_of(message), line, value, found = {0};
    while (sv_next_line(&rest, &line)) {
        bool blank = !line.len && rest.len;
        if (blank)
            found.data = NULL;
        else if (trailer_value(line, key, &value))
            found = value;
    }
    return found.data ? mem_copy(found.data, found.len) : NULL;
}

int commit_write(git_oid *id, git_repository *repository, const git_oid *tree_id, const git_oid *parent_id,
                 const char *message, struct err *err) {
    scoped_git(tree) *tree = NULL;
    scoped_git(commit) *parent = NULL;
    scoped_git(signature) *lab = NULL;
    if (git2.tree_lookup(&tree, repository, tree_id) ||
        (parent_id && git2.commit_lookup(&parent, repository, parent_id)) ||
        git2.signature_new(&lab, "lab", "lab@localhost", clock_wall(), 0))
        return git2_error(err, ERR_ENVIRONMENT, "cannot prepare a commit");
    const git_commit *parents[] = {parent};
    if (git2.commit_create(id, repository, NULL, lab, lab, NULL, message, tree, parent ? 1 : 0, parents))
        return git2_error(err, ERR_ENVIRONMENT, "cannot write a commit");
    return 0;
}

/* ---- opening ---- */

static int explain_open(const char *directory, int code, struct err *err) {
    const git_error *last = git2.error_last();
    const char *said = last && last->message ? last->message : "";
    if (code == GIT_EOWNER || strstr(said, "safe.directory")) {
        err_set(err, ERR_ENVIRONMENT, "%s belongs to another user, and git does not trust such a repository",
                directory);
        return err_help(err, "git config --global --add safe.directory %s", directory);
    }
    if (strstr(said, "refstorage")) {
        err_set(err, ERR_ENVIRONMENT, "the repository in %s keeps its references as a reftable, which lab cannot read",
                directory);
        return err_help(err, "git -C %s refs migrate --ref-format=files", directory);
    }
    if (strstr(said, "objectformat")) {
        err_set(err, ERR_ENVIRONMENT, "the repository in %s names its objects by SHA-256, which lab cannot read",
                directory);
        return err_help(err, "make it again with: git init --object-format=sha1");
    }
    return git2_error(err, ERR_ENVIRONMENT, "cannot open the repository in %s", directory);
}

int repository_try(git_repository **repository, const char *directory, struct err *err) {
    if (git2_load(err)) return -1;
    int code = git2.repository_open_ext(repository, directory, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
    if (!code) return 1;
    explain_open(directory, code, err);
    return code == GIT_ENOTFOUND && !(err && err->help[0]) ? 0 : -1;
}

int repository_open(git_repository **repository, const char *directory, struct err *err) {
    return repository_try(repository, directory, err) == 1 ? 0 : -1;
}

static int read_start(struct workspace *workspace, struct err *err) {
    if (git2.reference_name_to_id(&workspace->start, workspace->repository, REF_START)) {
        err_set(err, ERR_USAGE, "%s is no workspace of lab: its repository has no %s", workspace->directory, REF_START);
        return err_help(err, "lab start EX");
    }
    scoped_git(commit) *commit = NULL;
    if (git2.commit_lookup(&commit, workspace->repository, &workspace->start))
        return git2_error(err, ERR_ENVIRONMENT, "cannot read %s in %s", REF_START, workspace->directory);
    const char *message = git2.commit_message(commit);
    workspace->exercise = message_trailer(message, "Lab-Exercise");
    workspace->course = message_trailer(message, "Lab-Course");
    git2.oid_tostr(workspace->start_tree, sizeof workspace->start_tree, git2.commit_tree_id(commit));
    if (!workspace->exercise || !workspace->course)
        return err_set(err, ERR_ENVIRONMENT, "%s in %s does not say which exercise it is", REF_START,
                       workspace->directory);
    return 0;
}

/* libgit2 looks for .gitattributes in the index too, and fails where it cannot read one (skipHash, sparse …): it gets
 * an empty one, so that the learner's is not even opened. */
static int hide_index(git_repository *repository, struct err *err) {
    scoped_git(index) *empty = NULL;
    if (git2.index_new(&empty) || git2.repository_set_index(repository, empty))
        return git2_error(err, ERR_INTERNAL, "cannot make an empty index");
    return 0;
}

static int open_folder(struct workspace *workspace, const char *directory, struct err *err) {
    workspace->directory = realpath(directory, NULL);
    if (workspace->directory) workspace->fd = open(workspace->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (workspace->fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open the workspace %s", directory);
    if (repository_open(&workspace->repository, workspace->directory, err) || hide_index(workspace->repository, err) ||
        read_start(workspace, err))
        return -1;
    if (git2.repository_odb(&workspace->odb, workspace->repository))
        return git2_error(err, ERR_ENVIRONMENT, "cannot open the objects of %s", workspace->directory);
    workspace->private = path_join(git2.repository_path(workspace->repository), "lab");
    workspace->common = path_join(git2.repository_commondir(workspace->repository), "lab");
    if (fs_make_directories(workspace->private, err)) return -1;
    return fs_make_directories(workspace->common, err);
}

int workspace_open(struct workspace **workspace, const char *directory, struct err *err) {
    struct workspace *opened = mem_alloc(sizeof *opened);
    opened->fd = -1;
    if (open_folder(opened, directory, err)) {
        workspace_close(opened);
        return -1;
    }
    *workspace = opened;
    return 0;
}

void workspace_close(struct workspace *workspace) {
    if (!workspace) return;
    if (workspace->odb) git2.odb_free(workspace->odb);
    if (workspace->repository) git2.repository_free(workspace->repository);
    if (workspace->fd >= 0) close(workspace->fd);
    free(workspace->directory);
    free(workspace->private);
    free(workspace->common);
    free(workspace->exercise);
    free(workspace->course);
    free(workspace);
}

void workspace_close_pointer(struct workspace **workspace) { workspace_close(*workspace); }

const char *workspace_directory(const struct workspace *workspace) { return workspace->directory; }
const char *workspace_exercise(const struct workspace *workspace) { return workspace->exercise; }
const char *workspace_course(const struct workspace *workspace) { return workspace->course; }
const char *workspace_start_tree(const struct workspace *workspace) { return workspace->start_tree; }

/* ---- finding ---- */

/* 1: a workspace; 0: none, look further up; -1: one of ours that cannot be opened. */
static int is_workspace(const char *directory, struct err *err) {
    autofree char *git = path_join(directory, ".git"), *private = path_join(git, "lab");
    autofree char *marked = workspace_mark(directory);
    scoped_git(repository) *repository = NULL;
    struct err problem = ERR_INIT;
    git_oid start;
    if (!marked && !fs_exists(git)) return 0;
    int there = repository_try(&repository, directory, &problem);
    if (there > 0 && !git2.reference_name_to_id(&start, repository, REF_START)) return 1;
    if (there < 0 && (marked || fs_exists(private))) {
        *err = problem;
        return -1;
    }
    if (!marked) return 0;
    err_set(err, ERR_USAGE, "%s is the workspace of '%s', but its repository is lost", directory, marked);
    return err_help(err, "lab start %s --dir %s makes the repository anew; your files stay", marked, directory);
}

int workspace_find(char **directory, const char *from, struct err *err) {
    *directory = NULL;
    autofree char *at = realpath(from, NULL);
    if (!at) return err_errno(err, ERR_ENVIRONMENT, "cannot look for a workspace from %s", from);
    for (;;) {
        int answer = is_workspace(at, err);
        if (answer < 0) return -1;
        if (answer) *directory = steal(&at);
        if (answer || !strcmp(at, "/")) return 0;
        char *parent = path_parent(at);
        free(at);
        at = parent;
    }
}

/* ---- trees ---- */

int workspace_tree(struct workspace *workspace, const char *tree, git_tree **found, struct err *err) {
    git_oid id;
    if (strlen(tree) != TREE_ID_SIZE - 1 || git2.oid_fromstr(&id, tree))
        return err_set(err, ERR_INTERNAL, "'%s' is no tree id", tree);
    if (!git2.tree_lookup(found, workspace->repository, &id)) return 0;
    snapshot_cache_forget(workspace);
    return git2_error(err, ERR_ENVIRONMENT, "cannot read the tree %s in %s", tree, workspace->directory);
}

git_tree *workspace_head_tree(struct workspace *workspace) {
    scoped_git(commit) *commit = NULL;
    git_tree *tree = NULL;
    git_oid id;
    if (git2.reference_name_to_id(&id, workspace->repository, "HEAD") ||
        git2.commit_lookup(&commit, workspace->repository, &id) || git2.commit_tree(&tree, commit))
        return NULL;
    return tree;
}
