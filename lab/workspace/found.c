/* The repository of a new workspace, and what tells a workspace from any other folder. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/provision.h"

#define MAIN "refs/heads/main" /* the branch of the first commit */
#define MARK ".lab/exercise"   /* what names a workspace whose repository is lost */

enum { MARK_BYTES_MOST = 256, EXCLUDE_BYTES_MOST = 1024 * 1024 };

/* ---- the repository ---- */

static int init_repository(git_repository **repository, const char *directory, struct err *err) {
    git_repository_init_options options = {
        .version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
        .flags = GIT_REPOSITORY_INIT_MKDIR,
        .initial_head = "main",
    };
    /* Without GIT_REPOSITORY_INIT_EXTERNAL_TEMPLATE, neither init.templateDir nor its hooks have a say. */
    if (git2.repository_init_ext(repository, directory, &options))
        return git2_error(err, ERR_ENVIRONMENT, "cannot make a repository in %s", directory);
    return 0;
}

static char *one_line(const char *text) {
    char *line = mem_copy_string(text);
    string_make_line(line, strlen(line));
    return line;
}

static int create_reference(git_repository *repository, const char *name, const git_oid *id, struct err *err) {
    scoped_git(reference) *reference = NULL;
    if (git2.reference_create(&reference, repository, name, id, 0, "lab: start"))
        return git2_error(err, ERR_ENVIRONMENT, "cannot create %s", name);
    return 0;
}

/* The index of a fresh repository, equal to the first commit, so that `git status` has nothing to say. */
static int fill_index(git_repository *repository, const git_oid *tree_id, struct err *err) {
    scoped_git(tree) *tree = NULL;
    scoped_git(index) *index = NULL;
    if (git2.tree_lookup(&tree, repository, tree_id) || git2.repository_index(&index, repository) ||
        git2.index_read_tree(index, tree) || git2.index_write(index))
        return git2_error(err, ERR_ENVIRONMENT, "cannot write the index");
    return 0;
}

/* True when HEAD names main, and there is no branch at all. */
static bool is_unborn(git_repository *repository) {
    scoped_git(reference) *head = NULL;
    scoped_git(reference_iterator) *branches = NULL;
    const char *name;
    if (git2.reference_lookup(&head, repository, "HEAD")) return false;
    const char *target = git2.reference_symbolic_target(head);
    if (!target || strcmp(target, MAIN) != 0) return false;
    return !git2.reference_iterator_glob_new(&branches, repository, "refs/heads/*") &&
           git2.reference_next_name(&name, branches) == GIT_ITEROVER;
}

/* True when the index holds nothing, or the start, which lab wrote there before it was interrupted. */
static bool is_index_ours(git_repository *repository, const git_oid *start) {
    scoped_git(index) *index = NULL;
    git_oid staged;
    if (git2.repository_index(&index, repository)) return false;
    return !git2.index_entrycount(index) ||
           (!git2.index_write_tree_to(&staged, index, repository) && git2.oid_equal(&staged, start));
}

/* In a repository that has no commit and nothing staged: one that is new, or whose making was interrupted. The branch
 * comes last. */
static int first_commit(git_repository *repository, const git_oid *tree, const char *title, struct err *err) {
    git_oid id;
    if (!is_unborn(repository) || !is_index_ours(repository, tree)) return 0;
    autofree char *message = str_format("start: %s\n", title);
    if (commit_write(&id, repository, tree, NULL, message, err) || fill_index(repository, tree, err)) return -1;
    return create_reference(repository, MAIN, &id, err);
}

/* The commit that says what a workspace is of. */
static int write_start(git_oid *id, git_repository *repository, const git_oid *tree, const git_oid *parent,
                       const char *title, const struct course *course, const struct exercise *exercise,
                       struct err *err) {
    if (strchr(course->directory, '\n'))
        return err_set(err, ERR_ENVIRONMENT, "the course's folder has a line break in its name: rename it");
    autofree char *message =
        str_format("start: %s\n\nLab-Exercise: %s\nLab-Course: %s\n", title, exercise->key, course->directory);
    return commit_write(id, repository, tree, parent, message, err);
}

static int record_start(git_repository *repository, const git_oid *tree, const char *title, const struct course *course,
                        const struct exercise *exercise, struct err *err) {
    git_oid id;
    if (!git2.reference_name_to_id(&id, repository, REF_START)) return 0;
    if (write_start(&id, repository, tree, NULL, title, course, exercise, err)) return -1;
    return create_reference(repository, REF_START, &id, err);
}

int workspace_move_start(struct workspace *workspace, const char *tree, const struct course *course,
                         const struct exercise *exercise, struct err *err) {
    git_oid id, tree_id;
    scoped_git(reference) *reference = NULL;
    autofree char *title = one_line(exercise->title);
    if (git2.oid_fromstr(&tree_id, tree)) return err_set(err, ERR_INTERNAL, "'%s' is no tree id", tree);
    if (write_start(&id, workspace->repository, &tree_id, &workspace->start, title, course, exercise, err)) return -1;
    if (git2.reference_create(&reference, workspace->repository, REF_START, &id, 1, "lab: another start"))
        return git2_error(err, ERR_ENVIRONMENT, "cannot move %s", REF_START);
    workspace->start = id;
    snprintf(workspace->start_tree, sizeof workspace->start_tree, "%s", tree);
    return 0;
}

static int write_exclude(git_repository *repository, struct err *err) {
    static const char rules[] = "/.venv\n/.lab/\n";
    autofree char *folder = path_join(git2.repository_commondir(repository), "info");
    autofree char *path = path_join(folder, "exclude");
    scoped(str) text = STR_INIT;
    if (fs_make_directories(folder, err) || (fs_exists(path) && fs_read(&text, path, EXCLUDE_BYTES_MOST, err)))
        return -1;
    if (strstr(text.data, rules)) return 0;
    if (text.len && text.data[text.len - 1] != '\n') str_append_char(&text, '\n');
    str_append(&text, rules);
    return fs_write(path, text.data, text.len, err);
}

int mark_write(const char *directory, const char *exercise, struct err *err) {
    autofree char *path = path_join(directory, MARK), *line = str_format("%s\n", exercise);
    autoclose int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int folder = at < 0 ? -1 : folder_make(at, ".lab"); /* not where a planted link leads */
    if (folder < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot make the folder .lab in %s", directory);
    return fs_write(path, line, strlen(line), err);
}

int found_repository(const char *directory, const char *start, const struct course *course,
                     const struct exercise *exercise, struct err *err) {
    git_oid tree;
    scoped_git(repository) *repository = NULL;
    autoclose int files = open(start, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", start);
    int there = repository_try(&repository, directory, err);
    if (there < 0 || (!there && init_repository(&repository, directory, err))) return -1;
    if (tree_of_directory(repository, files, &tree, err)) return err_wrap(err, "the start files");
    autofree char *title = one_line(exercise->title);
    if (first_commit(repository, &tree, title, err)) return -1;
    if (record_start(repository, &tree, title, course, exercise, err) || write_exclude(repository, err)) return -1;
    return mark_write(directory, exercise->key, err);
}

/* ---- what stands there ---- */

/* True when nothing is there, or a folder that holds nothing besides `but`. */
static bool is_empty_or_absent(const char *directory, const char *but, struct err *err) {
    DIR *stream = opendir(directory);
    if (!stream) {
        if (errno != ENOENT) err_errno(err, ERR_USAGE, "%s cannot hold a workspace", directory);
        return errno == ENOENT;
    }
    struct dirent *entry;
    bool empty = true;
    while (empty && (entry = readdir(stream)))
        empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !strcmp(entry->d_name, but);
    closedir(stream);
    return empty;
}

static int refuse_folder(const char *directory, const char *why, struct err *err) {
    err_set(err, ERR_USAGE, "%s %s", directory, why);
    return err_help(err, "choose another place with --dir FOLDER, or move that folder away");
}

/* Whose workspace the repository says it is; NULL when it has no refs/lab/start. */
static char *recorded_exercise(git_repository *repository) {
    scoped_git(commit) *commit = NULL;
    git_oid id;
    if (git2.reference_name_to_id(&id, repository, REF_START) || git2.commit_lookup(&commit, repository, &id))
        return NULL;
    return message_trailer(git2.commit_message(commit), "Lab-Exercise");
}

char *workspace_mark(const char *directory) {
    scoped(str) text = STR_INIT;
    autoclose int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0 || beneath_read(at, MARK, &text, MARK_BYTES_MOST)) return NULL;
    text.data[strcspn(text.data, "\n")] = '\0';
    return path_is_scoped_id(text.data) ? mem_copy_string(text.data) : NULL;
}

int workspace_state(enum workspace_state *state, const char *directory, const char *exercise, struct err *err) {
    struct err problem = ERR_INIT;
    *state = WORKSPACE_ABSENT;
    if (is_empty_or_absent(directory, "", &problem)) return 0;
    if (problem.code) {
        *err = problem;
        return err_help(err, "choose another place with --dir FOLDER");
    }
    scoped_git(repository) *repository = NULL;
    if (repository_try(&repository, directory, &problem) < 0) {
        *err = problem;
        return -1;
    }
    autofree char *recorded = repository ? recorded_exercise(repository) : NULL;
    autofree char *marked = recorded ? NULL : workspace_mark(directory);
    const char *found = recorded ? recorded : marked;
    /* A start may have been interrupted before its mark was written. */
    if (!found && is_empty_or_absent(directory, ".lab", NULL)) return 0;
    if (!found) return refuse_folder(directory, "is not empty, and no workspace of lab", err);
    if (strcmp(found, exercise) != 0) {
        autofree char *why = str_format("is the workspace of '%.129s'", found);
        return refuse_folder(directory, why, err);
    }
    *state = recorded ? WORKSPACE_STARTED : WORKSPACE_DAMAGED;
    return 0;
}
