/* Files and links on their way into the repository: raw bytes, without filters or line-end conversion. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "workspace/walk.h"

enum { TRIES_MOST = 3 };

/* What reading came to: the entry is gone or became something else, which is as if it had not been there. */
enum reading { READ_DONE, READ_GONE, READ_FAILED };

static enum reading read_once(struct walk *walk, int directory, struct entry *entry, bool *stable) {
    autoclose int fd = openat(directory, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && walk_is_gone(errno)) return READ_GONE;
    if (fd < 0 || fstat(fd, &entry->info)) return walk_cannot_read(walk), READ_FAILED;
    if (!S_ISREG(entry->info.st_mode)) return READ_GONE;
    str_clear(&walk->content);
    if (entry->info.st_size <= LIMIT_FILE_BYTES && fs_read_all(fd, &walk->content, LIMIT_FILE_BYTES + 1))
        return walk_cannot_read(walk), READ_FAILED;
    if (entry->info.st_size > LIMIT_FILE_BYTES || walk->content.len > LIMIT_FILE_BYTES)
        return walk_refuse(walk, "is larger than 64 MiB"), READ_FAILED;
    struct stat after;
    if (fstat(fd, &after)) return walk_cannot_read(walk), READ_FAILED;
    struct known before_known = known_of(&entry->info), after_known = known_of(&after);
    *stable = !memcmp(&before_known, &after_known, sizeof after_known) && walk->content.len == (size_t)after.st_size;
    return READ_DONE;
}

/* Reads the file; again when it was being written. What never holds still is taken as last read, and not remembered. */
static enum reading read_file(struct walk *walk, int directory, struct entry *entry, bool *stable) {
    enum reading reading = READ_DONE;
    *stable = false;
    for (int tries = 0; tries < TRIES_MOST && !*stable && reading == READ_DONE; tries++)
        reading = read_once(walk, directory, entry, stable);
    return reading;
}

static enum reading read_link(struct walk *walk, int directory, struct entry *entry, bool *stable) {
    str_clear(&walk->content);
    str_reserve(&walk->content, LIMIT_LINK + 1);
    ssize_t len = readlinkat(directory, entry->name, walk->content.data, LIMIT_LINK + 1);
    if (len < 0 && (walk_is_gone(errno) || errno == EINVAL)) return READ_GONE;
    if (len < 0) return walk_cannot_read(walk), READ_FAILED;
    if (len > LIMIT_LINK) return walk_refuse(walk, "is a link with too long a target"), READ_FAILED;
    walk->content.data[len] = '\0';
    walk->content.len = (size_t)len;
    *stable = true;
    return READ_DONE;
}

static uint32_t git_mode(const struct stat *info) {
    if (S_ISLNK(info->st_mode)) return 0120000;
    return info->st_mode & 0100 ? 0100755 : 0100644;
}

int walk_include_blob(struct walk *walk, struct level *level, struct entry *entry) {
    git_oid id;
    bool stable = true;
    if (entry->known && known_is_fresh(entry->known, &entry->info)) {
        memcpy(id.id, entry->known->id, sizeof id.id);
    } else {
        enum reading reading = S_ISLNK(entry->info.st_mode) ? read_link(walk, level->fd, entry, &stable)
                                                            : read_file(walk, level->fd, entry, &stable);
        if (reading != READ_DONE) return reading == READ_GONE ? 0 : -1;
        if (git2.odb_write(&id, walk->odb, walk->content.data, walk->content.len, GIT_OBJECT_BLOB)) {
            autofree char *path = path_shown(walk->path.data);
            return git2_error(walk->err, ERR_ENVIRONMENT, "cannot record %s", path);
        }
        entry->info.st_size = (off_t)walk->content.len;
    }
    tree_items_add(&level->items, entry->name, git_mode(&entry->info), &id);
    walk_remember(walk, level, entry, stable ? &id : NULL);
    return walk_count(walk, (uint64_t)entry->info.st_size);
}
