/* What the walk says: refusals, notes, and what it remembers for the next one. */

#include <errno.h>

#include "workspace/walk.h"

enum { NOTES_MOST = 10 };

int walk_refuse(struct walk *walk, const char *why) {
    autofree char *path = path_shown(walk->path.data);
    err_set(walk->err, ERR_USAGE, "refused: %s %s", path, why);
    return err_help(walk->err, "if it is no part of your work, add /%s to .gitignore; else make it smaller", path);
}

static int refuse_total(struct walk *walk, const char *what) {
    autofree char *path = path_shown(walk->path.data);
    err_set(walk->err, ERR_USAGE, "refused: the folder holds more than %s, reached at %s", what, path);
    return err_help(walk->err, "add what is no part of your work, such as /%.*s%s, to .gitignore",
                    (int)strcspn(path, "/"), path, strchr(path, '/') ? "/" : "");
}

int walk_cannot_read(struct walk *walk) {
    int cause = errno;
    autofree char *path = path_shown(walk->path.len ? walk->path.data : ".");
    errno = cause;
    err_errno(walk->err, ERR_ENVIRONMENT, "cannot read %s in the workspace", path);
    return err_help(walk->err, "make it readable, or add /%s to .gitignore", path);
}

void walk_note(struct walk *walk, const char *what) {
    if (walk->notes++ > NOTES_MOST) return;
    autofree char *path = path_shown(walk->path.data);
    if (walk->notes > NOTES_MOST)
        str_append(&walk->snapshot->notes, "more such entries are not listed\n");
    else
        str_printf(&walk->snapshot->notes, "%s %s\n", path, what);
}

int walk_count(struct walk *walk, uint64_t bytes) {
    struct snapshot *snapshot = walk->snapshot;
    snapshot->bytes += bytes;
    if (++snapshot->entries > LIMIT_ENTRIES) return refuse_total(walk, "20 000 files and folders");
    return snapshot->bytes > LIMIT_BYTES ? refuse_total(walk, "256 MiB") : 0;
}

bool walk_is_gone(int error) { return error == ENOENT || error == ELOOP || error == ENOTDIR || error == ENXIO; }

size_t walk_remember(struct walk *walk, const struct level *level, const struct entry *entry, const git_oid *id) {
    if (!walk->cache) return 0;
    struct known known = known_of(&entry->info);
    known.rules = level->only_tracked ? 0 : level->rules;
    known.ignored = entry->ignored;
    size_t noted = snapshot_cache_note(walk->cache, walk->path.data, known);
    if (id) snapshot_cache_set_id(walk->cache, noted, id);
    return noted;
}
