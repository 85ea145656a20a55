#pragma once
/*
 * What the last snapshot knew of each path: so that an unchanged file is neither read nor hashed, and an unchanged
 * ignore rule not asked again. One file, .git/lab/snapshot, which may be lost at any time: versioned, checksummed,
 * replaced whole.
 *
 * Never trusted: a file whose times are not older than the walk that noted it, since it may have changed once more
 * within the same tick of the clock (git's "racily clean" entries).
 */

#include <sys/stat.h>

#include "workspace/internal.h"

/* What is known of a path. Stored as it stands here; there is no padding in it. */
struct known {
    uint64_t size, inode;
    int64_t modified, changed; /* nanoseconds since 1970 */
    uint64_t rules;            /* digest of the ignore rules in force, 0: unknown */
    uint32_t mode;
    uint8_t ignored, has_id, racy, spare;
    uint8_t id[GIT_OID_RAWSZ]; /* of its blob, or of a directory's tree */
    uint32_t path_size;        /* of the path behind this record, with its NUL, a multiple of 8 */
};

struct snapshot_cache;

/* Reads the file. What is damaged, of another version, or about objects that are gone is as good as empty. */
struct snapshot_cache *snapshot_cache_open(struct workspace *workspace);
void snapshot_cache_free(struct snapshot_cache *cache);

/* What the last walk noted; NULL when nothing. Fast when asked in the order in which it was noted. */
const struct known *snapshot_cache_find(struct snapshot_cache *cache, const char *path);

/* True when known is of a file with these properties and may be trusted. */
bool known_is_fresh(const struct known *known, const struct stat *info);
struct known known_of(const struct stat *info);

/* Notes for the next walk. Paths come in walk order: a directory before what it holds, names by byte. Returns a
 * handle for snapshot_cache_set_id, since a directory's tree is known only after what it holds. */
size_t snapshot_cache_note(struct snapshot_cache *cache, const char *path, struct known known);
void snapshot_cache_set_id(struct snapshot_cache *cache, size_t note, const git_oid *id);

/* Writes what was noted, if it differs from what was read. Failure only makes the next walk slower. */
void snapshot_cache_save(struct snapshot_cache *cache, const git_oid *root);
