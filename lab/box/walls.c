#include "box/walls.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/str.h"
#include "box/group.h"
#include "box/init_image.h"
#include "box/landlock.h"
#include "box/sandbox.h"
#include "box/users.h"

/* ---- the parts ---- */

enum { MFD_EXECUTABLE = 0x10 }; /* MFD_EXEC of Linux 6.3: wanted where vm.memfd_noexec is 1 */

static int make_image(void) {
    size_t len = (size_t)(init_image_end - init_image);
    autoclose int fd = memfd_create("lab-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXECUTABLE);
    if (fd < 0) fd = memfd_create("lab-init", MFD_CLOEXEC | MFD_ALLOW_SEALING); /* Linux before 6.3 */
    if (fd < 0 || write(fd, init_image, len) != (ssize_t)len || fchmod(fd, 0555)) return -1;
    (void)fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    return steal_fd(&fd);
}

/* Tried in a child: a mount namespace cannot be left again. */
static bool can_stage(void) {
    pid_t pid = fork();
    if (!pid) _exit(unshare(CLONE_NEWNS) ? 1 : 0);
    int status = 1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* Whether this process's user namespace has the uid at all: user_namespaces(7), uid_map. */
static bool is_mapped(uid_t user) {
    scoped(str) map = STR_INIT;
    if (fs_read(&map, "/proc/self/uid_map", 64 << 10, NULL)) return false;
    struct sv rest = sv_str(&map), line;
    while (sv_next_line(&rest, &line)) {
        char *end;
        unsigned long first = strtoul(line.data, &end, 10);
        (void)strtoul(end, &end, 10);
        unsigned long count = strtoul(end, NULL, 10);
        if (user >= first && user - first < count) return true;
    }
    return false;
}

static bool can_drop(void) {
    uid_t user;
    autoclose int lock = users_take(&user, NULL);
    return lock >= 0 && is_mapped(user);
}

static bool sandbox_works(const struct walls *walls, const char *const *places, struct err *err) {
    enum { PLACES_MOST = 8 };
    struct sandbox sandbox;
    autoclose int lock = -1;
    struct box_folder folders[PLACES_MOST + 1] = {0};
    for (size_t i = 0; places && places[i] && i < PLACES_MOST; i++)
        folders[i] = (struct box_folder){places[i], NULL, BOX_READ};
    struct box_config config = {.folders = folders, .walls = walls, .interrupt = -1};
    if (walls_user(walls, &config.user, &lock, err) || sandbox_begin(&sandbox, &config, err)) return false;
    bool works = !sandbox_await(&sandbox, err);
    sandbox_end(&sandbox);
    return works;
}

bool walls_reachable(const char *path) {
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        autofree char *above = mem_copy(path, (size_t)(slash - path));
        struct stat info;
        if (*above && (stat(above, &info) || !(info.st_mode & S_IXOTH))) return false;
    }
    return true;
}

static bool are_reachable(const char *const *places) {
    for (; places && *places; places++)
        if (!walls_reachable(*places)) return false;
    return true;
}

/* ---- what to do where bubblewrap does not work ---- */

static bool setting_is(const char *path, const char *value) {
    scoped(str) text = STR_INIT;
    return !fs_read(&text, path, 64, NULL) && string_starts_with(text.data, value);
}

static const struct {
    const char *path, *value, *why, *mend;
} settings[] = {
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
     "AppArmor keeps user namespaces from ordinary programs",
     "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
    {"/proc/sys/kernel/unprivileged_userns_clone", "0", "this kernel keeps user namespaces from ordinary users",
     "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
    {"/proc/sys/user/max_user_namespaces", "0", "this machine allows no user namespaces",
     "sudo sysctl -w user.max_user_namespaces=15000"},
};

static void explain_refusal(struct walls *walls, const struct err *err) {
    snprintf(walls->why, sizeof walls->why, "%.*s", (int)sizeof walls->why - 1, err->message);
    snprintf(walls->mend, sizeof walls->mend, "see docs/operators.md, \"Isolation\"");
    for (size_t i = 0; i < LENGTH(settings); i++) {
        if (!setting_is(settings[i].path, settings[i].value)) continue;
        snprintf(walls->why, sizeof walls->why, "%s", settings[i].why);
        snprintf(walls->mend, sizeof walls->mend, "%s", settings[i].mend);
        return;
    }
    if (walls->drops && !walls->staged && strstr(err->message, "source path")) {
        snprintf(walls->why, sizeof walls->why, "the users of root's boxes cannot reach lab's folders");
        snprintf(walls->mend, sizeof walls->mend,
                 "give the container --cap-add SYS_ADMIN, or work as an ordinary user in it");
        return;
    }
    if (fs_exists("/.dockerenv") || fs_exists("/run/.containerenv"))
        snprintf(walls->mend, sizeof walls->mend,
                 "start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined");
}

/* ---- remembering ---- */

/* What a sandbox's working depends on, save the kernel's mood: another boot, bubblewrap, user, container or setting may
 * change it. */
static void describe_surroundings(const struct walls *walls, char hex[HASH_HEX_SIZE]) {
    static const char *const links[] = {"/proc/self/ns/user", "/proc/self/ns/mnt", "/proc/self/ns/pid"};
    struct hash hash;
    struct stat info = {0};
    scoped(str) text = STR_INIT;
    hash_init(&hash);
    (void)stat(walls->bwrap, &info);
    str_printf(&text, "%s %s %llu %lld %u %d ", LAB_VERSION, walls->bwrap, (unsigned long long)info.st_ino,
               (long long)info.st_mtim.tv_sec, (unsigned)geteuid(), walls->drops);
    for (size_t i = 0; i < LENGTH(links); i++) {
        char target[64] = "";
        ssize_t len = readlink(links[i], target, sizeof target - 1);
        str_append_bytes(&text, target, len > 0 ? (size_t)len : 0);
    }
    scoped(str) boot = STR_INIT;
    (void)fs_read(&boot, "/proc/sys/kernel/random/boot_id", 64, NULL);
    for (size_t i = 0; i < LENGTH(settings); i++)
        str_append(&text, setting_is(settings[i].path, settings[i].value) ? "y" : "n");
    hash_add(&hash, text.data, text.len);
    hash_add(&hash, boot.data, boot.len);
    scoped(str) groups = STR_INIT;
    (void)fs_read(&groups, "/proc/self/cgroup", 64 << 10, NULL);
    hash_add(&hash, groups.data, groups.len);
    hash_finish(&hash, hex);
}

/* "SURROUNDINGS mps": what worked; whether control groups limit memory and processes; whether root lays folders out. */
static bool recall(struct walls *walls, const char *path, const char *surroundings) {
    scoped(str) text = STR_INIT;
    size_t len = strlen(surroundings);
    if (!path || fs_read(&text, path, 4096, NULL) || !string_starts_with(text.data, surroundings)) return false;
    walls->group.memory = strchr(text.data + len, 'm');
    walls->group.processes = strchr(text.data + len, 'p');
    walls->staged = strchr(text.data + len, 's');
    return true;
}

static void remember(const struct walls *walls, const char *path, const char *surroundings) {
    scoped(str) text = STR_INIT;
    str_printf(&text, "%s %s%s%s\n", surroundings, walls->group.memory ? "m" : "", walls->group.processes ? "p" : "",
               walls->staged ? "s" : "");
    (void)fs_write(path, text.data, text.len, NULL);
}

static void probe_namespaces(struct walls *walls, const char *const *places, const char *remembered) {
    char surroundings[HASH_HEX_SIZE];
    struct err err = ERR_INIT;
    walls->image = make_image();
    describe_surroundings(walls, surroundings);
    walls->namespaces =
        recall(walls, remembered, surroundings) && (!walls->drops || walls->staged || are_reachable(places));
    if (walls->namespaces) return;
    walls->staged = walls->drops && can_stage();
    (void)group_probe(&walls->group);
    walls->namespaces = sandbox_works(walls, places, &err);
    if (!walls->namespaces)
        explain_refusal(walls, &err);
    else if (remembered)
        remember(walls, remembered, surroundings);
}

/* ---- all of it ---- */

static void list_layers(struct walls *walls) {
    const struct {
        const char *name;
        bool there;
    } all[] = {
        {"userns", walls->namespaces},
        {"pid", walls->namespaces},
        {"net", walls->namespaces},
        {"mount", walls->namespaces},
        {"ipc", walls->namespaces},
        {"uts", walls->namespaces},
        {"uid", walls->drops},
        {"landlock", !walls->namespaces && walls->landlock},
        {"seccomp", walls->filtered},
        {"cgroup", walls->namespaces && (walls->group.memory || walls->group.processes)},
        {"rlimits", true},
    };
    size_t count = 0;
    for (size_t i = 0; i < LENGTH(all); i++)
        if (all[i].there) walls->layers[count++] = all[i].name;
    walls->layers[count] = NULL;
}

static void find_bubblewrap(struct walls *walls) {
    autofree char *path = fs_find_program("bwrap");
    if (path && strlen(path) < sizeof walls->bwrap) {
        strncpy(walls->bwrap, path, sizeof walls->bwrap - 1);
        return;
    }
    snprintf(walls->why, sizeof walls->why, "bubblewrap is not installed");
    snprintf(walls->mend, sizeof walls->mend, "sudo apt install bubblewrap");
}

void walls_probe(struct walls *walls, const char *const *places, const char *remembered) {
    *walls = (struct walls)WALLS_INIT;
    bool root = geteuid() == 0;
    walls->drops = root && can_drop();
    walls->landlock = landlock_level();
    walls->filtered = prctl(PR_GET_SECCOMP) >= 0;
    find_bubblewrap(walls);
    if (walls->bwrap[0] && root && !walls->drops)
        snprintf(walls->why, sizeof walls->why, "root cannot give a box a user of its own: /run is not writable");
    else if (walls->bwrap[0])
        probe_namespaces(walls, places, remembered);
    /* Without namespaces nothing is laid out elsewhere: root's boxes keep root's user where another could not go. */
    if (!walls->namespaces) walls->drops &= are_reachable(places);
    list_layers(walls);
}

void walls_release(struct walls *walls) { mem_close_descriptor(&walls->image); }

int walls_user(const struct walls *walls, uid_t *user, int *lock, struct err *err) {
    *user = 0;
    *lock = -1;
    if (!walls || !walls->drops) return 0;
    *lock = users_take(user, err);
    return *lock < 0 ? -1 : 0;
}
