#pragma once
/*
 * Trees that someone else made. Every function takes a directory descriptor and a path relative to it, and never
 * leaves that directory: no "..", no symbolic link is followed (not even a last one), no magic link, no device is
 * opened. By openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS; where the kernel or a
 * filter lacks it, by walking the components with O_NOFOLLOW.
 * On failure they return -1 with errno set, unless they take an err.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

/* Opens path ("." is the directory itself). O_CLOEXEC, O_NONBLOCK and O_NOCTTY are added. */
int beneath_open(int directory, const char *path, int flags, mode_t mode);

int beneath_stat(int directory, const char *path, struct stat *info); /* of the link itself */
bool beneath_is_file(int directory, const char *path);                /* a regular one; a link is none */

/* Reads a regular file. EFBIG when it is larger than most, EISDIR, ELOOP for a link, EINVAL for another kind. */
int beneath_read(int directory, const char *path, struct str *out, size_t most);

/* The SHA-256 of a regular file of any size, in hexadecimal, read piece by piece. errno as beneath_read. */
int beneath_hash(int directory, const char *path, char hex[HASH_HEX_SIZE]);

/* Reads what a link says, whose end need not be there. EINVAL when it is no link. */
int beneath_read_link(int directory, const char *path, struct str *out);

/* Writes a file, making its parent directories; whatever stood at path (a link too) is replaced. */
int beneath_write(int directory, const char *path, const void *data, size_t len, mode_t mode);

/* Changes the mode of what `parent` holds under this name, never of what a link there leads to. */
int beneath_mend_mode(int parent, const char *name, mode_t mode);

int beneath_make_directories(int directory, const char *path); /* mode 0755 */

/* Removes path and all below it; "." empties the directory. Mends modes on the way, never follows, never
 * crosses to another file system, copes with any depth and count. A missing path is success. */
int beneath_remove(int directory, const char *path);

/* As beneath_remove, of the last component of a path whose parent is trusted. */
int beneath_remove_at(const char *path);

/* The names in a directory, in byte order. Zero it to begin. */
struct names {
    char **items;
    size_t count, capacity;
};
void names_release(struct names *names);
int beneath_names(int directory, struct names *names);

/* Called for each entry below `path`, parents first, in byte order of names within a directory; name is relative
 * to `directory` as given. Directories are descended into when visit returns 1; 0 goes on without; -1 stops. */
typedef int beneath_visit(void *context, int parent, const char *name, const struct stat *info);
int beneath_walk(int directory, const char *path, unsigned depth, beneath_visit *visit, void *context);

/* Makes the user (and the group of the same number) the owner of the directory and of all below it, links included. */
int beneath_give(int directory, uid_t user);

/* Copies regular files, links (as links) and directories below `from` into `to`, modes kept to 0777 and owner
 * write added, files with the time of their last change; other kinds are left out. What its owner may not read is made readable first; holes
 * stay holes. ERR_USAGE beyond `bytes` or `entries`. */
struct beneath_budget {
    uint64_t bytes, entries;
};
int beneath_copy(int from, int to, struct beneath_budget budget, struct err *err);
