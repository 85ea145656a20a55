#include "workspace/python_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/python_tool.h"

#define MARKER ".complete"

void watcher_show(const struct python_watcher *watcher, const char *label, size_t done, size_t total, double bytes) {
    if (watcher && watcher->show) watcher->show(watcher->context, label, done, total, bytes);
}

bool place_is_complete(const char *directory) {
    autofree char *marker = path_join(directory, MARKER);
    autofree char *python = path_join(directory, "bin/python");
    return fs_exists(marker) && !access(python, X_OK);
}

/* ---- how much there is ---- */

enum { DEPTH_MOST = 64, MARKER_MOST = 64 << 10 };
#define HOLDS "holds %lld files %lld bytes\n"

/* What installers bring; byte code and the marker come and go. */
struct amount {
    long long files, bytes;
};

static int add_file(void *context, int parent, const char *path, const struct stat *info) {
    struct amount *amount = context;
    (void)parent;
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(path);
    if (!S_ISREG(info->st_mode) || !strcmp(path, MARKER)) return 0;
    amount->files++;
    amount->bytes += info->st_size;
    return 0;
}

static bool measure(const char *directory, struct amount *amount) {
    *amount = (struct amount){0};
    autoclose int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder >= 0 && !beneath_walk(folder, ".", DEPTH_MOST, add_file, amount);
}

bool place_is_whole(const char *directory) {
    scoped(str) text = STR_INIT;
    struct amount now, then;
    autofree char *marker = path_join(directory, MARKER);
    if (!place_is_complete(directory) || fs_read(&text, marker, MARKER_MOST, NULL)) return false;
    const char *line = strstr(text.data, "holds ");
    if (!line || sscanf(line, HOLDS, &then.files, &then.bytes) != 2) return true; /* one of an older lab */
    return measure(directory, &now) && now.files >= then.files && now.bytes >= then.bytes;
}

/* ---- making ---- */

bool place_is_locked(const char *directory) {
    autofree char *path = str_format("%s.lock", directory);
    autoclose int lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
}

/* Removes the place. The marker goes first, so that a removal cut short leaves nothing that looks complete. */
static int clear(const char *directory, struct err *err) {
    autofree char *marker = path_join(directory, MARKER);
    unlink(marker);
    if (beneath_remove_at(directory)) return err_errno(err, ERR_ENVIRONMENT, "cannot clear %s", directory);
    return 0;
}

/* Takes the place's lock, however long that takes; says so when it is not at once. */
static int take_lock(const char *directory, const struct python_watcher *watcher, struct err *err) {
    autofree char *path = str_format("%s.lock", directory);
    autofree char *waiting = str_format("another lab is making %s, waiting", path_base(directory));
    for (;;) {
        int lock = fs_lock(path, 1, err);
        if (lock >= 0 || errno != EWOULDBLOCK) return lock;
        watcher_show(watcher, waiting, 0, 0, 0);
    }
}

static int make_and_mark(const char *directory, const char *description, place_make *make, void *context, int lock,
                         struct err *err) {
    autofree char *marker = path_join(directory, MARKER);
    if (clear(directory, err)) return -1;
    if (!make(context, lock, err)) {
        struct amount amount;
        bool measured = measure(directory, &amount);
        autofree char *text = measured ? str_format("%s" HOLDS, description, amount.files, amount.bytes) : NULL;
        text = text ? text : mem_copy_string(description);
        if (!fs_write(marker, text, strlen(text), err)) return 0;
    }
    clear(directory, NULL);
    return -1;
}

int place_ensure(const char *directory, const char *description, const struct python_watcher *watcher, place_make *make,
                 void *context, bool *made, struct err *err) {
    *made = false;
    if (place_is_whole(directory)) return 0;
    scoped(fs_umask) usual = fs_usual_umask(); /* others use it: whoever shares the cache, and the users of boxes */
    autofree char *parent = path_parent(directory);
    if (fs_make_directories(parent, err)) return err_help(err, "set XDG_CACHE_HOME to a folder you can write");
    autoclose int lock = take_lock(directory, watcher, err);
    if (lock < 0) return err_help(err, "set XDG_CACHE_HOME to a folder you can write");
    if (place_is_whole(directory)) return 0; /* another lab has made it meanwhile */
    sigset_t before;
    tool_signals_hold(&before);
    int result = make_and_mark(directory, description, make, context, lock, err);
    tool_signals_release(&before, result != 0);
    *made = !result;
    return result;
}
