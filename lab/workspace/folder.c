/* Making folders in a place where links may be planted. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workspace/internal.h"

static int open_folder(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_and_open(int parent, const char *name) {
    int fd = open_folder(parent, name);
    if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)) return fd;
    struct stat info;
    if (!fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW)) {
        if (!S_ISLNK(info.st_mode)) {
            errno = ENOTDIR;
            return -1;
        }
        if (unlinkat(parent, name, 0)) return -1;
    }
    if (mkdirat(parent, name, 0777) && errno != EEXIST) return -1;
    return open_folder(parent, name);
}

int folder_make(int root, const char *path) {
    autofree char *copy = mem_copy_string(path);
    int at = open_folder(root, ".");
    for (char *name = copy; at >= 0 && *name;) {
        size_t len = strcspn(name, "/");
        char *next = name + len + (name[len] == '/');
        name[len] = '\0';
        int below = make_and_open(at, name);
        int cause = errno;
        close(at);
        errno = cause;
        at = below;
        name = next;
    }
    return at;
}
