/* Questions about the learner's own history, for checkers. Everything here only reads. An answer is whole or an error: a list cut
 * short would hide what stands behind the cut. */

#include <limits.h>

#include "base/json.h"
#include "base/path.h"
#include "workspace/compare.h"
#include "workspace/largest.h"

enum {
    COMMITS_MOST = 10000,
    PATHS_MOST = LIMIT_ENTRIES,
    TEXT_MIB_MOST = 16, /* of a file, or of a patch */
};

/* ---- pieces of answers ---- */

static json_t *json_id(const git_oid *id) {
    char text[TREE_ID_SIZE];
    return json_string(git2.oid_tostr(text, sizeof text, id));
}

/* The paths that a commit changed against its first parent. */
static json_t *changed_files(git_repository *repository, git_commit *commit, struct err *err) {
    scoped_git(commit) *parent = NULL;
    scoped_git(tree) *before = NULL, *after = NULL;
    scoped_git(diff) *diff = NULL;
    bool has_parent = git2.commit_parentcount(commit) > 0;
    if ((has_parent && (git2.commit_parent(&parent, commit, 0) || git2.commit_tree(&before, parent))) ||
        git2.commit_tree(&after, commit)) {
        git2_error(err, ERR_ENVIRONMENT, "cannot read the files of a commit");
        return NULL;
    }
    if (trees_compare(&diff, repository, before, after, NULL, err)) return NULL;
    size_t count = git2.diff_num_deltas(diff);
    if (count > PATHS_MOST) {
        char id[TREE_ID_SIZE];
        git2.oid_tostr(id, sizeof id, git2.commit_id(commit));
        err_set(err, ERR_USAGE, "the commit %.10s changes more than %d files", id, PATHS_MOST);
        return NULL;
    }
    json_t *files = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *path = git2.diff_get_delta(diff, i)->new_file.path;
        json_array_append_new(files, json_text_or_null(path));
    }
    return files;
}

static json_t *author_of(const git_commit *commit) {
    const git_signature *author = git2.commit_author(commit);
    json_t *object = json_object();
    json_put(object, "name", json_text_or_null(author->name));
    json_put(object, "email", json_text_or_null(author->email));
    json_put(object, "time", json_integer(author->when.time));
    return object;
}

static json_t *parents_of(const git_commit *commit) {
    json_t *parents = json_array();
    for (unsigned i = 0; i < git2.commit_parentcount(commit); i++)
        json_array_append_new(parents, json_id(git2.commit_parent_id(commit, i)));
    return parents;
}

/* What a revision names, as `type`. */
static int resolve(struct workspace *workspace, const char *revision, git_object_t type, git_object **found,
                   struct err *err) {
    scoped_git(object) *named = NULL;
    if (!revision) return err_set(err, ERR_INTERNAL, "a revision is missing");
    if (git2.revparse_single(&named, workspace->repository, revision) || git2.object_peel(found, named, type)) {
        autofree char *shown = path_shown(revision);
        return git2_error(err, ERR_ENVIRONMENT, "the repository has no revision '%s'", shown);
    }
    return 0;
}

static json_t *fail_with(struct err *err, const char *what) {
    git2_error(err, ERR_ENVIRONMENT, "%s", what);
    return NULL;
}

/* ---- the questions ---- */

static json_t *ask_head(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped_git(reference) *head = NULL;
    scoped_git(commit) *commit = NULL;
    const char *branch = NULL;
    git_oid id;
    if (git2.reference_name_to_id(&id, workspace->repository, "HEAD")) return json_null(); /* unborn */
    if (git2.commit_lookup(&commit, workspace->repository, &id)) return fail_with(err, "cannot read HEAD");
    if (!git2.repository_head(&head, workspace->repository) && git2.branch_name(&branch, head)) branch = NULL;
    json_t *answer = json_object();
    json_put(answer, "commit", json_id(&id));
    json_put(answer, "branch", json_text_or_null(branch));
    json_put(answer, "message", json_text_or_null(git2.commit_message(commit)));
    return answer;
}

/* Appends the commit to the list unless it leaves `path` (may be NULL) as it was. */
static int append_commit(struct workspace *workspace, json_t *list, const git_oid *id, const char *path,
                         struct err *err) {
    scoped_git(commit) *commit = NULL;
    if (git2.commit_lookup(&commit, workspace->repository, id))
        return git2_error(err, ERR_ENVIRONMENT, "cannot read a commit");
    autojson json_t *files = changed_files(workspace->repository, commit, err);
    if (!files) return -1;
    bool wanted = !path;
    size_t at;
    const json_t *file;
    json_array_foreach(files, at, file) wanted = wanted || path_below(json_string_value(file), path);
    if (!wanted) return 0;
    json_t *object = json_object();
    json_put(object, "id", json_id(id));
    json_put(object, "parents", parents_of(commit));
    json_put(object, "author", author_of(commit));
    json_put(object, "message", json_text_or_null(git2.commit_message(commit)));
    json_put(object, "files", json_incref(files));
    json_array_append_new(list, object);
    return 0;
}

/* A walk over what HEAD reaches; NULL in *walk when HEAD is unborn. */
static int walk_history(struct workspace *workspace, git_revwalk **walk, struct err *err) {
    git_oid head;
    if (git2.reference_name_to_id(&head, workspace->repository, "HEAD")) return 0;
    if (git2.revwalk_new(walk, workspace->repository) ||
        git2.revwalk_sorting(*walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME) || git2.revwalk_push(*walk, &head))
        return git2_error(err, ERR_ENVIRONMENT, "cannot walk the history");
    return 0;
}

static json_t *ask_log(struct workspace *workspace, const json_t *arguments, struct err *err) {
    long long limit = json_get_integer(arguments, "limit", LLONG_MAX);
    const char *path = json_get_string(arguments, "path", NULL);
    scoped_git(revwalk) *walk = NULL;
    if (walk_history(workspace, &walk, err)) return NULL;
    autojson json_t *list = json_array();
    git_oid id;
    for (int seen = 0; walk && (long long)json_array_size(list) < limit && !git2.revwalk_next(&id, walk); seen++) {
        if (seen == COMMITS_MOST) {
            err_set(err, ERR_USAGE, "the history has more than %d commits", COMMITS_MOST);
            return NULL;
        }
        if (append_commit(workspace, list, &id, path, err)) return NULL;
    }
    return json_incref(list);
}

static int list_tracked(git_repository *repository, const git_tree *tree, const char *prefix, size_t depth,
                        json_t *paths, struct err *err) {
    for (size_t i = 0; i < git2.tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git2.tree_entry_byindex(tree, i);
        autofree char *path = str_format("%s%s", prefix, git2.tree_entry_name(entry));
        if (git2.tree_entry_type(entry) != GIT_OBJECT_TREE) {
            if (json_array_size(paths) == PATHS_MOST)
                return err_set(err, ERR_USAGE, "HEAD has more than %d files", PATHS_MOST);
            json_array_append_new(paths, json_text_or_null(path));
            continue;
        }
        scoped_git(tree) *below = NULL;
        autofree char *folder = str_format("%s/", path);
        if (depth >= LIMIT_DEPTH) return tree_too_deep(err);
        if (git2.tree_lookup(&below, repository, git2.tree_entry_id(entry)))
            return git2_error(err, ERR_ENVIRONMENT, "cannot list the tracked files");
        if (list_tracked(repository, below, folder, depth + 1, paths, err)) return -1;
    }
    return 0;
}

static json_t *ask_tracked(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped_git(tree) *head = workspace_head_tree(workspace);
    autojson json_t *paths = json_array();
    if (head && list_tracked(workspace->repository, head, "", 0, paths, err)) return NULL;
    return json_incref(paths);
}

static bool is_in_submodule(const git_diff *diff, const char *path) {
    size_t count = git2.diff_num_deltas(diff);
    for (size_t i = 0; i < count; i++) {
        const git_diff_file *old = &git2.diff_get_delta(diff, i)->old_file;
        if (old->mode == GIT_FILEMODE_COMMIT && path_below(path, old->path)) return true;
    }
    return false;
}

/* Compared with what a snapshot would have taken of HEAD. */
static bool has_difference(const git_diff *diff) {
    size_t count = git2.diff_num_deltas(diff);
    for (size_t i = 0; i < count; i++) {
        const git_diff_delta *delta = git2.diff_get_delta(diff, i);
        if (!delta_is_left_out(delta) && !is_in_submodule(diff, delta->new_file.path)) return true;
    }
    return false;
}

static json_t *ask_dirty(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped(snapshot) snapshot = {.notes = STR_INIT};
    scoped_git(tree) *head = workspace_head_tree(workspace);
    if (workspace_snapshot(workspace, &snapshot, err)) return NULL;
    if (!head) return json_boolean(snapshot.entries > 0);
    scoped_git(tree) *present = NULL;
    scoped_git(diff) *diff = NULL;
    if (workspace_tree(workspace, snapshot.tree, &present, err) ||
        trees_compare(&diff, workspace->repository, head, present, NULL, err))
        return NULL;
    return json_boolean(has_difference(diff));
}

static json_t *ask_blob(struct workspace *workspace, const json_t *arguments, struct err *err) {
    scoped_git(object) *tree = NULL;
    scoped_git(tree_entry) *entry = NULL;
    scoped_git(blob) *blob = NULL;
    const char *revision = json_get_string(arguments, "rev", "HEAD"), *path = json_get_string(arguments, "path", "");
    autofree char *shown = path_shown(path);
    size_t size;
    git_object_t type;
    if (resolve(workspace, revision, GIT_OBJECT_TREE, &tree, err)) return NULL;
    if (git2.tree_entry_bypath(&entry, (git_tree *)tree, path) || git2.tree_entry_type(entry) != GIT_OBJECT_BLOB) {
        err_set(err, ERR_ENVIRONMENT, "there is no file '%s' in '%s'", shown, revision);
        return NULL;
    }
    const git_oid *id = git2.tree_entry_id(entry);
    if (git2.odb_read_header(&size, &type, workspace->odb, id)) return fail_with(err, "cannot read a file");
    if (size > (size_t)TEXT_MIB_MOST << 20) {
        err_set(err, ERR_USAGE, "the file '%s' in '%s' is larger than %d MiB", shown, revision, TEXT_MIB_MOST);
        return NULL;
    }
    if (git2.blob_lookup(&blob, workspace->repository, id)) return fail_with(err, "cannot read a file");
    return json_text(git2.blob_rawcontent(blob), size);
}

static json_t *ask_diff(struct workspace *workspace, const json_t *arguments, struct err *err) {
    scoped_git(object) *from = NULL, *to = NULL;
    scoped(str) text = STR_INIT;
    char a[TREE_ID_SIZE], b[TREE_ID_SIZE];
    if (resolve(workspace, json_get_string(arguments, "from", NULL), GIT_OBJECT_TREE, &from, err) ||
        resolve(workspace, json_get_string(arguments, "to", NULL), GIT_OBJECT_TREE, &to, err))
        return NULL;
    git2.oid_tostr(a, sizeof a, git2.object_id(from));
    git2.oid_tostr(b, sizeof b, git2.object_id(to));
    if (workspace_diff(workspace, a, b, json_get_string(arguments, "path", NULL), &text, err)) return NULL;
    if (text.len > (size_t)TEXT_MIB_MOST << 20) {
        err_set(err, ERR_USAGE, "the changes are larger than %d MiB", TEXT_MIB_MOST);
        return NULL;
    }
    return json_text(text.data, text.len);
}

static json_t *ask_tags(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    static const char prefix[] = "refs/tags/";
    scoped_git(reference_iterator) *iterator = NULL;
    const char *name;
    if (git2.reference_iterator_glob_new(&iterator, workspace->repository, "refs/tags/*"))
        return fail_with(err, "cannot list the tags");
    json_t *tags = json_array();
    while (!git2.reference_next_name(&name, iterator)) {
        scoped_git(object) *commit = NULL;
        if (resolve(workspace, name, GIT_OBJECT_COMMIT, &commit, err)) continue; /* a tag of something else */
        json_t *tag = json_object();
        json_put(tag, "name", json_text_or_null(name + strlen(prefix)));
        json_put(tag, "target", json_id(git2.object_id(commit)));
        json_array_append_new(tags, tag);
    }
    return tags;
}

static json_t *ask_largest_blob(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped(largest) largest = LARGEST_INIT;
    scoped_git(revwalk) *walk = NULL;
    if (walk_history(workspace, &walk, err)) return NULL;
    if (walk && largest_find(&largest, workspace, walk, err)) return NULL;
    if (!largest.path.len) return json_null();
    json_t *answer = json_object();
    json_put(answer, "path", json_text(largest.path.data, largest.path.len));
    json_put(answer, "size", json_integer((json_int_t)largest.size));
    json_put(answer, "id", json_id(&largest.id));
    return answer;
}

/* ---- the table ---- */

static const struct {
    const char *op;
    json_t *(*ask)(struct workspace *workspace, const json_t *arguments, struct err *err);
} questions[] = {
    {"head", ask_head},       {"log", ask_log},     {"commits", ask_log},
    {"tracked", ask_tracked}, {"dirty", ask_dirty}, {"blob", ask_blob},
    {"diff", ask_diff},       {"tags", ask_tags},   {"largest_blob", ask_largest_blob},
};

json_t *workspace_git(struct workspace *workspace, const char *op, const json_t *arguments, struct err *err) {
    for (size_t i = 0; i < LENGTH(questions); i++)
        if (!strcmp(op, questions[i].op)) return questions[i].ask(workspace, arguments, err);
    err_set(err, ERR_INTERNAL, "there is no question '%s' about a repository", op);
    return NULL;
}
