/* Questions about the learner's own history, for checkers. Everything here only reads. */

#include <inttypes.h>

#include "base/json.h"
#include "base/path.h"
#include "workspace/compare.h"
#include "workspace/oid_set.h"

enum {
    COMMITS_DEFAULT = 1000,
    COMMITS_MOST = 10000,
    PATHS_MOST = LIMIT_ENTRIES,
    OBJECTS_MOST = 100000,
    BLOB_BYTES_MOST = 16 * 1024 * 1024,
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
    json_t *files = json_array();
    size_t count = git2.diff_num_deltas(diff);
    for (size_t i = 0; i < count && i < PATHS_MOST; i++) {
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
    if (!revision) return err_set(err, ERR_USAGE, "a revision is missing");
    if (git2.revparse_single(&named, workspace->repository, revision) || git2.object_peel(found, named, type)) {
        autofree char *shown = path_shown(revision);
        return git2_error(err, ERR_USAGE, "the repository has no revision '%s'", shown);
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
    long long limit = json_get_integer(arguments, "limit", COMMITS_DEFAULT);
    const char *path = json_get_string(arguments, "path", NULL);
    scoped_git(revwalk) *walk = NULL;
    if (walk_history(workspace, &walk, err)) return NULL;
    json_t *list = json_array();
    git_oid id;
    for (int seen = 0; walk && seen < COMMITS_MOST && (long long)json_array_size(list) < limit; seen++) {
        if (git2.revwalk_next(&id, walk)) break;
        if (append_commit(workspace, list, &id, path, err)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int list_tracked(git_repository *repository, const git_tree *tree, const char *prefix, size_t depth,
                        json_t *paths) {
    for (size_t i = 0; i < git2.tree_entrycount(tree) && json_array_size(paths) < PATHS_MOST; i++) {
        const git_tree_entry *entry = git2.tree_entry_byindex(tree, i);
        autofree char *path = str_format("%s%s", prefix, git2.tree_entry_name(entry));
        if (git2.tree_entry_type(entry) != GIT_OBJECT_TREE) {
            json_array_append_new(paths, json_text_or_null(path));
            continue;
        }
        scoped_git(tree) *below = NULL;
        autofree char *folder = str_format("%s/", path);
        if (depth >= LIMIT_DEPTH || git2.tree_lookup(&below, repository, git2.tree_entry_id(entry)) ||
            list_tracked(repository, below, folder, depth + 1, paths))
            return -1;
    }
    return 0;
}

static json_t *ask_tracked(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped_git(tree) *head = workspace_head_tree(workspace);
    json_t *paths = json_array();
    if (head && list_tracked(workspace->repository, head, "", 0, paths)) {
        json_decref(paths);
        return fail_with(err, "cannot list the tracked files");
    }
    return paths;
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
        err_set(err, ERR_USAGE, "there is no file '%s' in '%s'", shown, revision);
        return NULL;
    }
    const git_oid *id = git2.tree_entry_id(entry);
    if (git2.odb_read_header(&size, &type, workspace->odb, id)) return fail_with(err, "cannot read a file");
    if (size > BLOB_BYTES_MOST) {
        err_set(err, ERR_USAGE, "the file '%s' in '%s' is larger than 16 MiB", shown, revision);
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

/* ---- the largest file of the whole history ---- */

struct largest {
    struct workspace *workspace;
    struct oid_set seen;
    size_t size;
    git_oid id;
    struct str path;
};

static void largest_release(struct largest *largest) {
    oid_set_release(&largest->seen);
    str_release(&largest->path);
}

/* Objects seen before are passed over; the rest beyond the bound too. */
static int search_tree(struct largest *largest, const git_oid *id, const char *prefix, size_t depth) {
    scoped_git(tree) *tree = NULL;
    if (depth > LIMIT_DEPTH || largest->seen.count >= OBJECTS_MOST || !oid_set_add(&largest->seen, id)) return 0;
    if (git2.tree_lookup(&tree, largest->workspace->repository, id)) return -1;
    for (size_t i = 0; i < git2.tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git2.tree_entry_byindex(tree, i);
        const git_oid *found = git2.tree_entry_id(entry);
        git_object_t type = git2.tree_entry_type(entry);
        size_t size;
        autofree char *path = str_format("%s%s", prefix, git2.tree_entry_name(entry));
        autofree char *folder = str_format("%s/", path);
        if (type == GIT_OBJECT_TREE && search_tree(largest, found, folder, depth + 1)) return -1;
        if (type != GIT_OBJECT_BLOB || largest->seen.count >= OBJECTS_MOST || !oid_set_add(&largest->seen, found))
            continue;
        if (git2.odb_read_header(&size, &type, largest->workspace->odb, found)) return -1;
        if (largest->path.len && size <= largest->size) continue;
        largest->size = size;
        largest->id = *found;
        str_clear(&largest->path);
        str_append(&largest->path, path);
    }
    return 0;
}

static json_t *ask_largest_blob(struct workspace *workspace, const json_t *arguments, struct err *err) {
    (void)arguments;
    scoped(largest) largest = {.workspace = workspace, .path = STR_INIT};
    scoped_git(revwalk) *walk = NULL;
    git_oid id;
    if (walk_history(workspace, &walk, err)) return NULL;
    while (walk && largest.seen.count < OBJECTS_MOST && !git2.revwalk_next(&id, walk)) {
        scoped_git(commit) *commit = NULL;
        if (git2.commit_lookup(&commit, workspace->repository, &id) ||
            search_tree(&largest, git2.commit_tree_id(commit), "", 0))
            return fail_with(err, "cannot read the history");
    }
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
