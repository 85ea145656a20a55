/*
 * Version 1 has a hierarchy for each controller (or few), and groups may be made in this process's own one. Version 2 has
 * one hierarchy, where controllers are handed down from group to group, and a group that does so, other than the root,
 * may not hold processes itself (the "no internal processes" rule): as this process is in its own group, groups beside
 * it are the usual case there. Both may be there at once, with all the controllers in version 1.
 */
#include "box/group_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

enum { FILE_MOST = 1024 * 1024 };

/* ---- words in texts ---- */

static bool read_text(struct str *text, const char *root, const char *folder, const char *name) {
    autofree char *path = str_format("%s%s/%s", root, folder, name);
    str_clear(text);
    return !fs_read(text, path, FILE_MOST, NULL);
}

/* Cuts what stands before the next separator off *rest; false when nothing is left. */
static bool next_field(struct sv *rest, char separator, struct sv *field) {
    if (!rest->len) return false;
    const char *end = memchr(rest->data, separator, rest->len);
    *field = (struct sv){rest->data, end ? (size_t)(end - rest->data) : rest->len};
    size_t used = field->len + (end != NULL);
    *rest = (struct sv){rest->data + used, rest->len - used};
    return true;
}

/* The controllers of interest in a list of names. */
static unsigned controllers_in(struct sv list, char separator) {
    unsigned found = 0;
    for (struct sv name; next_field(&list, separator, &name);) {
        if (sv_equals(name, "memory")) found |= GROUP_MEMORY;
        if (sv_equals(name, "pids")) found |= GROUP_PROCESSES;
    }
    return found;
}

/* ---- this process's group in a hierarchy ---- */

/* The path of this process's group in the hierarchy: that of version 2, or one of version 1 with these controllers. */
static char *own_path(struct sv memberships, bool unified, unsigned controllers) {
    for (struct sv line; sv_next_line(&memberships, &line);) {
        struct sv number, names, path = line;
        if (!next_field(&path, ':', &number) || !next_field(&path, ':', &names)) continue;
        if (unified ? !names.len : controllers && controllers_in(names, ',') == controllers)
            return mem_copy(path.data, path.len);
    }
    return NULL;
}

/* The kernel writes white space and backslashes in paths as \ooo. */
static char *unescape(struct sv text) {
    struct str out = STR_INIT;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 3 < text.len) {
            str_append_char(&out,
                            (char)strtol((char[]){text.data[i + 1], text.data[i + 2], text.data[i + 3], 0}, NULL, 8));
            i += 3;
        } else {
            str_append_char(&out, text.data[i]);
        }
    }
    return str_steal(&out);
}

/* A hierarchy as it is mounted. */
struct mount {
    bool unified;
    unsigned controllers; /* of version 1 */
    char *top;            /* where it is mounted */
    char *own;            /* the folder of this process's group; NULL: it is not in what is mounted */
};

static void mount_release(struct mount *mount) {
    free(mount->top);
    free(mount->own);
}

/* Another container's view, or one from before this process's cgroup namespace, leads above its root by "..". */
static char *own_folder(const char *top, const char *mounted, const char *path) {
    const char *below = path ? path_below(path, mounted) : NULL;
    if (!below || string_starts_with(mounted, "/..") || string_starts_with(path, "/..")) return NULL;
    return *below ? path_join(top, below) : mem_copy_string(top);
}

/* Reads a line of mountinfo; false when it is no hierarchy of interest. */
static bool read_mount(struct mount *mount, struct sv line, struct sv memberships) {
    enum { ROOT = 3, POINT = 4, OPTIONAL = 6 };
    struct sv fields[OPTIONAL], field, type, source, options = {"", 0};
    for (int i = 0; i < OPTIONAL; i++)
        if (!next_field(&line, ' ', &fields[i])) return false;
    while (next_field(&line, ' ', &field) && !sv_equals(field, "-")) {}
    if (!next_field(&line, ' ', &type) || !next_field(&line, ' ', &source)) return false;
    (void)next_field(&line, ' ', &options);
    mount->unified = sv_equals(type, "cgroup2");
    mount->controllers = sv_equals(type, "cgroup") ? controllers_in(options, ',') : 0;
    if (!mount->unified && !mount->controllers) return false;
    autofree char *mounted = unescape(fields[ROOT]), *path = own_path(memberships, mount->unified, mount->controllers);
    mount->top = unescape(fields[POINT]);
    mount->own = own_folder(mount->top, mounted, path);
    return true;
}

/* ---- what can be done there ---- */

struct search {
    const char *root;
    struct group_places *places;
    unsigned missing; /* what no place was found for yet */
};

/* Says what stands in the way, and what would mend it, unless something was said already. */
__attribute__((format(printf, 3, 4))) static void blame(struct search *search, const char *help, const char *format,
                                                        ...) {
    struct group_places *places = search->places;
    if (places->why[0]) return;
    va_list args;
    va_start(args, format);
    vsnprintf(places->why, sizeof places->why, format, args);
    va_end(args);
    snprintf(places->help, sizeof places->help, "%s", help);
}

static const char delegate[] = "systemd-run --user --scope -p Delegate=yes lab …";
static const char unify[] = "boot with systemd.unified_cgroup_hierarchy=1";

/* With the effective user's rights, as the writing will be. */
static bool may_write(const struct search *search, const char *folder, const char *name) {
    autofree char *path = str_format("%s%s/%s", search->root, folder, name);
    return !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
}

static void blame_folder(struct search *search, const struct mount *mount) {
    if (errno == EROFS)
        blame(search, "give the container a writable /sys/fs/cgroup", "%s is read-only", mount->own);
    else
        blame(search, mount->unified ? delegate : unify, "%s may not be changed by this user", mount->own);
}

static void add_place(struct search *search, const char *folder, bool unified, unsigned has) {
    struct group_places *places = search->places;
    has &= search->missing;
    if (!has) return;
    places->items[places->count++] = (struct group_place){mem_copy_string(folder), unified, has};
    search->missing &= ~has;
}

/* Where no further process is let in, all can be ended one after the other. */
static void look_at_controller(struct search *search, const struct mount *mount) {
    unsigned has = mount->controllers | (mount->controllers & GROUP_PROCESSES ? GROUP_KILL : 0);
    if (may_write(search, mount->own, ""))
        add_place(search, mount->own, false, has);
    else
        blame_folder(search, mount);
}

/* The controllers that a file of the group lists. */
static unsigned controllers_of(const struct search *search, const char *folder, const char *name) {
    scoped(str) text = STR_INIT;
    if (!read_text(&text, search->root, folder, name)) return 0;
    return controllers_in((struct sv){text.data, strcspn(text.data, "\n")}, ' ');
}

struct site {
    char *folder;
    unsigned has;
};

static void site_release(struct site *site) { free(site->folder); }

/* To move a process it must be allowed to change the list of processes of the nearest group above both ends, which is the
 * one that hands down. */
static void improve(struct site *site, const struct search *search, const char *folder) {
    unsigned has = controllers_of(search, folder, "cgroup.subtree_control");
    if (site->folder && !(has & ~site->has)) return;
    if (!may_write(search, folder, "") || !may_write(search, folder, "cgroup.procs")) return;
    free(site->folder);
    *site = (struct site){mem_copy_string(folder), has};
}

/* Looks from this process's own group upwards for the nearest that hands the most down. */
static void find_site(struct site *site, const struct search *search, const struct mount *mount) {
    autofree char *folder = mem_copy_string(mount->own);
    improve(site, search, folder);
    while (strcmp(folder, mount->top) != 0) {
        char *parent = path_parent(folder);
        free(folder);
        folder = parent;
        improve(site, search, folder);
    }
}

/* Only the root is without a type, and the root may hold processes and hand controllers down. */
static void blame_group(struct search *search, const char *folder) {
    autofree char *type = str_format("%s%s/cgroup.type", search->root, folder);
    if (fs_exists(type)) {
        search->places->occupied = mem_copy_string(folder);
        blame(search, delegate, "%s holds other processes, so that it cannot limit groups below it", folder);
    } else {
        blame(search, "echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control",
              "%s does not hand memory and pids down to groups below it", folder);
    }
}

static void look_at_unified(struct search *search, const struct mount *mount) {
    scoped(site) site = {0};
    find_site(&site, search, mount);
    if (site.folder) add_place(search, site.folder, true, site.has | GROUP_KILL);
    unsigned wanted = search->missing & (GROUP_MEMORY | GROUP_PROCESSES);
    if (!(wanted & controllers_of(search, mount->own, "cgroup.controllers"))) return;
    if (may_write(search, mount->own, ""))
        blame_group(search, mount->own);
    else
        blame_folder(search, mount);
}

static void look_at(struct search *search, const struct mount *mount) {
    if (!mount->own)
        blame(search, "", "the control group of this process is not in what is mounted at %s", mount->top);
    else if (mount->unified)
        look_at_unified(search, mount);
    else
        look_at_controller(search, mount);
}

static void look_at_all(struct search *search, bool unified, struct sv mounts, struct sv memberships) {
    for (struct sv line; sv_next_line(&mounts, &line);) {
        scoped(mount) mount = {0};
        if (read_mount(&mount, line, memberships) && mount.unified == unified) look_at(search, &mount);
    }
}

/* Version 1 first: a controller that is there is not in version 2, where less is left to look for then. */
void group_places_find(struct group_places *places, const char *root) {
    *places = (struct group_places){0};
    struct search search = {root, places, GROUP_ALL};
    scoped(str) memberships = STR_INIT, mounts = STR_INIT;
    (void)read_text(&memberships, root, "/proc/self", "cgroup");
    (void)read_text(&mounts, root, "/proc/self", "mountinfo");
    look_at_all(&search, false, sv_str(&mounts), sv_str(&memberships));
    look_at_all(&search, true, sv_str(&mounts), sv_str(&memberships));
    static const char *const names[] = {NULL, "memory", "processes", "memory and processes"};
    const char *lacking = names[search.missing & (GROUP_MEMORY | GROUP_PROCESSES)];
    if (lacking)
        blame(&search, "", "no control groups for %s are mounted", lacking);
    else
        places->why[0] = places->help[0] = '\0';
}

void group_places_release(struct group_places *places) {
    for (size_t i = 0; i < places->count; i++) free(places->items[i].folder);
    places->count = 0;
    free(places->occupied);
    places->occupied = NULL;
}
