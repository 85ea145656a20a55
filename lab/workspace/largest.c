#include "workspace/largest.h"

#include "workspace/oid_set.h"

enum { OBJECTS_MOST = 100000 };

struct search {
    struct workspace *workspace;
    struct largest *largest;
    struct oid_set seen;
    struct err *err;
};

static void search_release(struct search *search) { oid_set_release(&search->seen); }

void largest_release(struct largest *largest) { str_release(&largest->path); }

int tree_too_deep(struct err *err) {
    return err_set(err, ERR_USAGE, "folders nested deeper than %d levels", LIMIT_DEPTH);
}

static int fail_unreadable(struct search *search) {
    return git2_error(search->err, ERR_ENVIRONMENT, "cannot read the history");
}

/* False in *is_new for an object that was seen before. */
static int see(struct search *search, const git_oid *id, bool *is_new) {
    *is_new = oid_set_add(&search->seen, id);
    if (search->seen.count <= OBJECTS_MOST) return 0;
    return err_set(search->err, ERR_USAGE, "the history has more than %d files and folders", OBJECTS_MOST);
}

static int measure_file(struct search *search, const git_oid *id, const char *path) {
    struct largest *largest = search->largest;
    git_object_t type;
    size_t size;
    bool is_new;
    if (see(search, id, &is_new)) return -1;
    if (!is_new) return 0;
    if (git2.odb_read_header(&size, &type, search->workspace->odb, id)) return fail_unreadable(search);
    if (largest->path.len && size <= largest->size) return 0;
    largest->size = size;
    largest->id = *id;
    str_clear(&largest->path);
    str_append(&largest->path, path);
    return 0;
}

static int search_tree(struct search *search, const git_oid *id, const char *prefix, size_t depth) {
    scoped_git(tree) *tree = NULL;
    bool is_new;
    if (depth > LIMIT_DEPTH) return tree_too_deep(search->err);
    if (see(search, id, &is_new)) return -1;
    if (!is_new) return 0;
    if (git2.tree_lookup(&tree, search->workspace->repository, id)) return fail_unreadable(search);
    for (size_t i = 0; i < git2.tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git2.tree_entry_byindex(tree, i);
        const git_oid *found = git2.tree_entry_id(entry);
        git_object_t type = git2.tree_entry_type(entry);
        autofree char *path = str_format("%s%s", prefix, git2.tree_entry_name(entry));
        autofree char *folder = str_format("%s/", path);
        if (type == GIT_OBJECT_TREE && search_tree(search, found, folder, depth + 1)) return -1;
        if (type == GIT_OBJECT_BLOB && measure_file(search, found, path)) return -1;
    }
    return 0;
}

int largest_find(struct largest *largest, struct workspace *workspace, git_revwalk *walk, struct err *err) {
    scoped(search) search = {.workspace = workspace, .largest = largest, .err = err};
    git_oid id;
    while (!git2.revwalk_next(&id, walk)) {
        scoped_git(commit) *commit = NULL;
        if (git2.commit_lookup(&commit, workspace->repository, &id)) return fail_unreadable(&search);
        if (search_tree(&search, git2.commit_tree_id(commit), "", 0)) return -1;
    }
    return 0;
}
