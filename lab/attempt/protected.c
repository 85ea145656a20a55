#include "attempt/protected.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "attempt/internal.h"
#include "base/beneath.h"

enum { PROTECTED_MOST = 64 << 20, DEPTH_MOST = 64 };

/* Removes what the learner may have put, a link say, where a folder on the way to path belongs. */
static int clear_way(int tree, const char *path) {
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        autofree char *parent = mem_copy(path, (size_t)(slash - path));
        struct stat info;
        if (!beneath_stat(tree, parent, &info) && !S_ISDIR(info.st_mode)) return beneath_remove(tree, parent);
    }
    return 0;
}

static int restore_file(int tree, const struct start_file *file, struct err *err) {
    scoped(str) text = STR_INIT;
    if (start_file_read(&text, file, PROTECTED_MOST, err)) return -1;
    if (clear_way(tree, file->path) || beneath_remove(tree, file->path) ||
        beneath_write(tree, file->path, text.data, text.len, file->executable ? 0755 : 0644))
        return err_errno(err, ERR_ENVIRONMENT, "cannot restore the protected file %s", file->path);
    return 0;
}

/* What the tree has at protected paths: NUL-terminated paths, one after the other. */
struct added {
    const struct exercise *exercise;
    struct str paths;
};

static int collect_added(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    struct added *added = context;
    if (!S_ISDIR(info->st_mode) && exercise_protects(added->exercise, path))
        str_append_bytes(&added->paths, path, strlen(path) + 1);
    return S_ISDIR(info->st_mode);
}

int protected_restore(const struct attempt *attempt, int tree, struct err *err) {
    const struct exercise *exercise = attempt->options->exercise;
    scoped(arena) arena = ARENA_INIT;
    struct start_files files = {0};
    struct added added = {exercise, STR_INIT};
    if (exercise_start_files(&files, attempt->options->course, exercise, &arena, err)) return -1;
    int status = beneath_walk(tree, ".", DEPTH_MOST, collect_added, &added);
    for (const char *path = added.paths.data; !status && path < added.paths.data + added.paths.len;
         path += strlen(path) + 1)
        status = beneath_remove(tree, path);
    str_release(&added.paths);
    if (status && errno == ENAMETOOLONG)
        return err_set(err, ERR_USAGE, "folders lie in each other, more than %d deep", DEPTH_MOST);
    if (status) return err_errno(err, ERR_ENVIRONMENT, "cannot restore the protected files");
    for (size_t i = 0; i < files.count; i++)
        if (files.items[i].is_protected && restore_file(tree, &files.items[i], err)) return -1;
    return 0;
}
