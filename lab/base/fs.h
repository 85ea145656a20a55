#pragma once
/*
 * Files that are lab's own: read whole, written atomically. Paths here are trusted; whatever a learner, a
 * submission or a foreign course may have made goes through base/beneath.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* Reads a regular file of at most `most` bytes. ERR_ENVIRONMENT, with the path named. */
int fs_read(struct str *out, const char *path, size_t most, struct err *err);

/* Writes by a temporary file, fsync and rename: afterwards the path holds the old or the new content, whole. */
int fs_write(const char *path, const void *data, size_t len, struct err *err);

/* As fs_write, for this user alone to read, at every moment. */
int fs_write_private(const char *path, const void *data, size_t len, struct err *err);

/* What is made while this lives has its mode whatever the caller's umask is, save what 022 takes; for what others than the user
 * must be able to read: `scoped(fs_umask) usual = fs_usual_umask();` */
struct fs_umask {
    mode_t before;
};
struct fs_umask fs_usual_umask(void);
void fs_umask_release(const struct fs_umask *usual);

int fs_make_directories(const char *path, struct err *err); /* mkdir -p, mode 0755 */
/* Reads the beginning of a file into text, NUL-terminated, without allocating: for files of /proc that are read often. 0, or -1
 * with errno; ENODATA when it is empty. */
int fs_read_small(const char *path, char *text, size_t size);

bool fs_exists(const char *path); /* follows links */
bool fs_is_directory(const char *path);

/* The absolute path without links, "." and ".." to what may not be there yet: followed as far as it exists. NULL when the
 * current folder is gone. Caller frees. */
char *fs_resolve(const char *path, struct err *err);

bool fs_is_program(const char *path); /* a regular file that may be executed */

/* The program `name` in the absolute folders of a list as PATH, or of PATH itself. NULL when there is none. Caller
 * frees. */
char *fs_find_program_in(const char *folders, const char *name);
char *fs_find_program(const char *name);

/* Takes an exclusive lock on path, a file made when missing; waits at most `seconds` (0: not at all). Returns the
 * descriptor, whose close releases it; -1 with err->code ERR_ENVIRONMENT when it stays taken, then errno is
 * EWOULDBLOCK. */
int fs_lock(const char *path, double seconds, struct err *err);

/* Writes all bytes to fd through interruptions and short writes; -1 with errno. */
int fs_write_all(int fd, const void *data, size_t len);
/* Reads to end of file or `most` bytes, appended to out; -1 with errno. */
int fs_read_all(int fd, struct str *out, size_t most);
