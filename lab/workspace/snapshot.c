#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/path.h"
#include "workspace/ignore_rules.h"
#include "workspace/walk.h"

static void walk_release(struct walk *walk) {
    snapshot_cache_free(walk->cache);
    if (walk->head) git2.tree_free(walk->head);
    str_release(&walk->path);
    str_release(&walk->content);
}

static void level_release(struct level *level) { tree_items_release(&level->items); }

/* ---- what is left out ---- */

/* Names that are never part of the work. */
static bool is_left_out(struct walk *walk, const char *name) {
    bool top = walk->depth == 1;
    if (!strcasecmp(name, ".git")) {
        if (!top || strcmp(name, ".git") != 0)
            walk_note(walk, "is left out: the history of a nested repository is no part of the work");
        return true;
    }
    if (path_is_bytecode(name)) return true;
    return top && walk->workspace && (!strcmp(name, ".lab") || !strcmp(name, ".venv"));
}

static bool is_tracked(struct walk *walk, const struct stat *info) {
    git_tree_entry *found = NULL;
    if (!walk->head || git2.tree_entry_bypath(&found, walk->head, walk->path.data)) return false;
    bool same_kind = (git2.tree_entry_type(found) == GIT_OBJECT_TREE) == !!S_ISDIR(info->st_mode);
    git2.tree_entry_free(found);
    return same_kind;
}

static int find_ignored(struct walk *walk, const struct level *level, struct entry *entry) {
    const struct known *known = entry->known;
    if (!walk->workspace)
        entry->ignored = false;
    else if (level->only_tracked)
        entry->ignored = true;
    else if (known && known->rules == level->rules && !((known->mode ^ entry->info.st_mode) & S_IFMT))
        entry->ignored = known->ignored;
    else
        return ignore_rules_ask(walk->workspace, walk->path.data, S_ISDIR(entry->info.st_mode), &entry->ignored,
                                walk->err);
    return 0;
}

/* ---- directories ---- */

/* Walks the directory and writes its tree, unless that is `already` there. level->items counts what was taken. */
static int walk_directory(struct walk *walk, struct level *level, const uint8_t *already, git_oid *id);

/* Opens the directory at hand; *fd is -1 when it is gone. */
static int open_directory(struct walk *walk, int parent, const char *name, int *fd) {
    *fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd >= 0 || walk_is_gone(errno) ? 0 : walk_cannot_read(walk);
}

static int include_directory(struct walk *walk, struct level *level, struct entry *entry) {
    if (walk->depth > LIMIT_DEPTH) return walk_refuse(walk, "lies more than 64 folders deep");
    if (walk->path.len > LIMIT_PATH) return walk_refuse(walk, "has a path of more than 3 000 bytes");
    autoclose int fd = -1;
    if (open_directory(walk, level->fd, entry->name, &fd)) return -1;
    if (fd < 0) return 0;
    scoped(level) below = {.fd = fd, .rules = level->rules, .only_tracked = entry->ignored};
    const struct known *known = entry->known;
    entry->info = (struct stat){.st_mode = S_IFDIR};
    size_t noted = walk_remember(walk, level, entry, NULL);
    git_oid id;
    if (walk_directory(walk, &below, known && known->has_id ? known->id : NULL, &id)) return -1;
    if (!below.items.count) return 0;
    if (walk->cache) snapshot_cache_set_id(walk->cache, noted, &id);
    tree_items_add(&level->items, entry->name, 040000, &id);
    return walk_count(walk, 0);
}

static int visit(struct walk *walk, struct level *level, const char *name) {
    struct entry entry = {.name = name};
    if (fstatat(level->fd, name, &entry.info, AT_SYMLINK_NOFOLLOW))
        return walk_is_gone(errno) ? 0 : walk_cannot_read(walk);
    if (is_left_out(walk, name)) return 0;
    if (walk->cache) entry.known = snapshot_cache_find(walk->cache, walk->path.data);
    if (find_ignored(walk, level, &entry)) return -1;
    if (entry.ignored && !is_tracked(walk, &entry.info)) {
        entry.info = (struct stat){.st_mode = entry.info.st_mode & S_IFMT};
        walk_remember(walk, level, &entry, NULL);
        return 0;
    }
    if (S_ISDIR(entry.info.st_mode)) return include_directory(walk, level, &entry);
    if (S_ISREG(entry.info.st_mode) || S_ISLNK(entry.info.st_mode)) return walk_include_blob(walk, level, &entry);
    walk_note(walk, S_ISSOCK(entry.info.st_mode)   ? "is a socket: left out"
                    : S_ISFIFO(entry.info.st_mode) ? "is a named pipe: left out"
                                                   : "is a device: left out");
    return 0;
}

static int visit_all(struct walk *walk, struct level *level, const struct names *names) {
    size_t len = walk->path.len;
    walk->depth++;
    for (size_t i = 0; i < names->count; i++) {
        if (len) str_append_char(&walk->path, '/');
        str_append(&walk->path, names->items[i]);
        int result = visit(walk, level, names->items[i]);
        if (result) return -1;
        walk->path.len = len;
        walk->path.data[len] = '\0';
    }
    walk->depth--;
    return 0;
}

static int walk_directory(struct walk *walk, struct level *level, const uint8_t *already, git_oid *id) {
    scoped(names) names = {0};
    if (beneath_names(level->fd, &names)) return walk_cannot_read(walk);
    if (walk->workspace && ignore_rules_of(level->rules, level->fd, walk->path.data, &level->rules, walk->err))
        return -1;
    if (visit_all(walk, level, &names)) return -1;
    bool wanted = level->items.count || !walk->depth; /* git knows no empty folders, save the whole */
    return wanted ? tree_items_write(&level->items, walk->odb, already, id, walk->err) : 0;
}

/* ---- the whole ---- */

void snapshot_release(struct snapshot *snapshot) { str_release(&snapshot->notes); }

static int walk_top(struct walk *walk, int directory, uint64_t rules, git_oid *id) {
    scoped(level) top = {.fd = directory, .rules = rules};
    return walk_directory(walk, &top, NULL, id);
}

int workspace_snapshot(struct workspace *workspace, struct snapshot *snapshot, struct err *err) {
    git_oid id;
    *snapshot = (struct snapshot){.notes = STR_INIT};
    scoped(walk) walk = {
        .workspace = workspace,
        .odb = workspace->odb,
        .cache = snapshot_cache_open(workspace),
        .head = workspace_head_tree(workspace),
        .snapshot = snapshot,
        .path = STR_INIT,
        .content = STR_INIT,
        .err = err,
    };
    if (walk_top(&walk, workspace->fd, ignore_rules_global(workspace), &id)) {
        snapshot_release(snapshot);
        return -1;
    }
    snapshot_cache_save(walk.cache, &id);
    git2.oid_tostr(snapshot->tree, sizeof snapshot->tree, &id);
    return 0;
}

int tree_of_directory(git_repository *repository, int directory, git_oid *tree, struct err *err) {
    scoped(snapshot) snapshot = {.notes = STR_INIT};
    scoped_git(odb) *odb = NULL;
    if (git2.repository_odb(&odb, repository)) return git2_error(err, ERR_ENVIRONMENT, "cannot open the objects");
    scoped(walk) walk = {.odb = odb, .snapshot = &snapshot, .path = STR_INIT, .content = STR_INIT, .err = err};
    return walk_top(&walk, directory, 0, tree);
}

int workspace_tree_of_folder(struct workspace *workspace, const char *folder, char tree[TREE_ID_SIZE],
                             struct err *err) {
    git_oid id;
    autoclose int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", folder);
    if (tree_of_directory(workspace->repository, fd, &id, err)) return err_wrap(err, "%s", folder);
    git2.oid_tostr(tree, TREE_ID_SIZE, &id);
    return 0;
}
