#include "author/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/path.h"
#include "base/str.h"

enum {
    DEPTH_MOST = 64,
    EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR |
             IN_DONT_FOLLOW | IN_EXCL_UNLINK,
};

int watch_open(struct watch *watch, struct err *err) {
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd >= 0) return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot watch files");
    return err_help(err, "raise fs.inotify.max_user_instances, or use --once");
}

void watch_release(struct watch *watch) {
    for (size_t i = 0; i < watch->folders.count; i++) free(watch->folders.items[i].path);
    array_free(&watch->folders);
    mem_close_descriptor(&watch->fd);
    watch->fd = -1;
}

/* ---- what is watched ---- */

static struct watched *find(struct watch *watch, int descriptor) {
    for (size_t i = 0; i < watch->folders.count; i++)
        if (watch->folders.items[i].descriptor == descriptor) return &watch->folders.items[i];
    return NULL;
}

static void add(struct watch *watch, const char *directory, const char *path) {
    autofree char *whole = path_join(directory, path);
    int descriptor = inotify_add_watch(watch->fd, whole, EVENTS);
    if (descriptor < 0) return;
    struct watched *known = find(watch, descriptor);
    if (known && !strcmp(known->path, path)) return;
    if (known)
        free(known->path); /* the folder was renamed */
    else
        known = array_push(&watch->folders);
    *known = (struct watched){descriptor, mem_copy_string(path)};
}

struct adding {
    struct watch *watch;
    const char *directory;
};

static int add_entry(void *context, int parent, const char *name, const struct stat *info) {
    const struct adding *adding = context;
    (void)parent;
    if (!S_ISDIR(info->st_mode) || path_is_bytecode(name)) return 0;
    add(adding->watch, adding->directory, name);
    return 1;
}

void watch_folder(struct watch *watch, int course, const char *directory, const char *path, bool deep) {
    struct adding adding = {watch, directory};
    add(watch, directory, path);
    if (deep) beneath_walk(course, path, DEPTH_MOST, add_entry, &adding);
}

/* ---- what happens ---- */

/* What an editor keeps for itself. */
static bool is_ignored(const char *name) {
    static const char *const patterns[] = {"*.sw[a-z]", "*~", ".#*", "#*#", "4913", "__pycache__", "*.pyc"};
    for (size_t i = 0; i < LENGTH(patterns); i++)
        if (path_matches(patterns[i], name)) return true;
    return false;
}

/* A new file counts when it has been written; a folder when it is made. */
static bool counts(const struct inotify_event *event, int mask) {
    if (!event->len || is_ignored(event->name)) return false;
    return !(mask & IN_CREATE) || (mask & IN_ISDIR);
}

static void take(struct watch *watch, const struct inotify_event *event,
                 void (*changed)(void *context, const char *path), void *context) {
    int mask = (int)event->mask;
    struct watched *folder = find(watch, event->wd);
    if (mask & IN_Q_OVERFLOW) {
        changed(context, NULL);
    } else if (folder && (mask & IN_IGNORED)) { /* it is gone */
        free(folder->path);
        *folder = watch->folders.items[--watch->folders.count];
    } else if (folder && counts(event, mask)) {
        autofree char *path = path_join(folder->path, event->name);
        changed(context, path);
    }
}

void watch_take(struct watch *watch, void (*changed)(void *context, const char *path), void *context) {
    _Alignas(struct inotify_event) char buf[64 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    ssize_t got;
    while ((got = read(watch->fd, buf, sizeof buf)) > 0 || (got < 0 && errno == EINTR)) {
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(buf + at);
            take(watch, event, changed, context);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}
