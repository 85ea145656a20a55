#pragma once
/* Limits of a course that comes from elsewhere. */

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

enum {
    TREE_BYTES_MOST = 256 << 20,
    TREE_FILE_MOST = 64 << 20,
    TREE_ENTRIES_MOST = 20000,
    TREE_DEPTH_MOST = 64,
    TREE_NAME_MOST = 255,
};

/* What was counted so far. Zero it to begin. */
struct tree_count {
    uint64_t bytes;
    size_t entries;
};

/* Why a course cannot hold a thing of this kind, behind its path; NULL: it can. */
const char *tree_kind_fault(const struct stat *info);

/* Counts one entry, `path` from the course's folder. ERR_USAGE, with the entry, when it goes beyond a limit, or has a name
 * that leads out. */
int tree_count_entry(struct tree_count *count, const char *path, uint64_t bytes, struct err *err);

/* Looks at everything in the folder: plain files and folders only, within the limits. ERR_USAGE names the entry. */
int tree_validate(int folder, struct err *err);
