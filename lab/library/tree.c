#include "library/tree.h"

#include <errno.h>

#include "base/beneath.h"
#include "base/path.h"
#include "term/term.h"

static int refuse(const char *path, const char *why, struct err *err) {
    scoped(str) shown = STR_INIT;
    term_escape(&shown, path, strlen(path), false);
    return err_set(err, ERR_USAGE, "refused: %s %s", shown.data, why);
}

static size_t depth_of(const char *path) {
    size_t depth = 1;
    for (; *path; path++) depth += *path == '/';
    return depth;
}

static bool has_long_name(const char *path) {
    for (size_t len; *path; path += len + (path[len] == '/')) {
        len = strcspn(path, "/");
        if (len > TREE_NAME_MOST) return true;
    }
    return false;
}

const char *tree_kind_fault(const struct stat *info) {
    if (S_ISLNK(info->st_mode)) return "is a symbolic link; a course holds plain files and folders";
    return S_ISREG(info->st_mode) || S_ISDIR(info->st_mode) ? NULL : "is neither file nor folder";
}

int tree_count_entry(struct tree_count *count, const char *path, uint64_t bytes, struct err *err) {
    if (!path_is_inside(path)) return refuse(path, "is a name that leads out of the course", err);
    if (has_long_name(path)) return refuse(path, "has a name of more than 255 bytes", err);
    if (depth_of(path) > TREE_DEPTH_MOST) return refuse(path, "lies more than 64 folders deep", err);
    if (bytes > TREE_FILE_MOST) return refuse(path, "is larger than 64 MiB", err);
    count->bytes += bytes;
    if (count->bytes > TREE_BYTES_MOST) return refuse(path, "brings the course over 256 MiB", err);
    if (++count->entries > TREE_ENTRIES_MOST)
        return refuse(path, "brings the course over 20 000 files and folders", err);
    return 0;
}

struct validation {
    struct tree_count count;
    struct err *err;
};

static int visit(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    struct validation *validation = context;
    const char *fault = tree_kind_fault(info);
    if (fault) return refuse(path, fault, validation->err);
    uint64_t bytes = S_ISREG(info->st_mode) ? (uint64_t)info->st_size : 0;
    if (tree_count_entry(&validation->count, path, bytes, validation->err)) return -1;
    return S_ISDIR(info->st_mode);
}

int tree_validate(int folder, struct err *err) {
    struct err local = ERR_INIT;
    struct validation validation = {.err = &local};
    errno = 0;
    if (!beneath_walk(folder, ".", TREE_DEPTH_MOST + 2, visit, &validation)) return 0;
    if (!local.code) return err_errno(err, ERR_ENVIRONMENT, "cannot read what came");
    if (err) *err = local;
    return -1;
}
