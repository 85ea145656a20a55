#include "box/group_leaf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "box/group_members.h"
#include "box/group_place.h"

enum { LIST_MOST = 4096 };

static bool is_alone(int folder) {
    scoped(str) list = STR_INIT;
    autoclose int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    autofree char *alone = str_format("%d\n", getpid());
    return fd >= 0 && !fs_read_all(fd, &list, LIST_MOST) && sv_equals(sv_str(&list), alone);
}

/* Each controller by itself: there may be only one of them. */
static bool hand_down(int folder, bool on) {
    bool memory = !group_file_write(folder, "cgroup.subtree_control", on ? "+memory" : "-memory");
    bool processes = !group_file_write(folder, "cgroup.subtree_control", on ? "+pids" : "-pids");
    return memory || processes;
}

static bool move_below(const struct group_leaf *leaf) {
    if (!is_alone(leaf->parent) || mkdirat(leaf->parent, leaf->name, 0755)) return false;
    autofree char *members = str_format("%s/cgroup.procs", leaf->name);
    if (!group_file_write(leaf->parent, members, "0") && hand_down(leaf->parent, true)) return true;
    (void)group_file_write(leaf->parent, "cgroup.procs", "0");
    (void)unlinkat(leaf->parent, leaf->name, AT_REMOVEDIR);
    return false;
}

bool group_leaf_enter(struct group_leaf *leaf) {
    scoped(group_places) places;
    group_places_find(&places, "");
    *leaf = (struct group_leaf){0};
    if (!places.occupied) return false;
    leaf->parent = open(places.occupied, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(leaf->name, sizeof leaf->name, "lab-%d-0", getpid());
    if (leaf->parent >= 0 && move_below(leaf)) leaf->owner = getpid();
    if (!leaf->owner) mem_close_descriptor(&leaf->parent);
    return leaf->owner;
}

void group_leaf_leave(struct group_leaf *leaf) {
    if (!leaf->owner) return;
    if (leaf->owner == getpid()) {
        (void)hand_down(leaf->parent, false);
        (void)group_file_write(leaf->parent, "cgroup.procs", "0");
        (void)unlinkat(leaf->parent, leaf->name, AT_REMOVEDIR);
    }
    close(leaf->parent);
    leaf->owner = 0;
}
