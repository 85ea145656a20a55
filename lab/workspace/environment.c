/* The workspace's link to its Python environment. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "workspace/internal.h"

/* True for nothing at all, a link into lab's cache, or one that leads nowhere. */
static bool is_ours(const char *link, const char *environment, bool *right) {
    char target[4096];
    const struct path_places *places = path_places(NULL);
    ssize_t len = readlink(link, target, sizeof target - 1);
    *right = false;
    if (len < 0) return errno == ENOENT;
    target[len] = '\0';
    *right = !strcmp(target, environment);
    return !fs_exists(link) || (places && path_below(target, places->cache));
}

int workspace_link_environment(const char *directory, const char *environment, struct err *err) {
    autofree char *link = path_join(directory, ".venv"), *temporary = str_format("venv.%ld", (long)getpid());
    bool right;
    if (!is_ours(link, environment, &right) || right) return 0;
    autoclose int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int beside = at < 0 ? -1 : folder_make(at, ".lab"); /* not where a planted link leads */
    if (beside >= 0 && !symlinkat(environment, beside, temporary) && !renameat(beside, temporary, at, ".venv"))
        return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot link %s to the Python environment", link);
    if (beside >= 0) unlinkat(beside, temporary, 0);
    return -1;
}
