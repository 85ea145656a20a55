#include "box/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "box/child.h"

/* ---- the kernel's interface, as of level 6: <linux/landlock.h> may be older than the kernel ---- */

enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset {
    uint64_t files, network, scopes; /* what is denied unless a rule allows it */
};

struct path_rule {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_FOLDER = 1 << 3,
    REMOVE_FOLDER = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_CHARACTER_DEVICE = 1 << 6,
    MAKE_FOLDER = 1 << 7,
    MAKE_FILE = 1 << 8,
    MAKE_SOCKET = 1 << 9,
    MAKE_FIFO = 1 << 10,
    MAKE_BLOCK_DEVICE = 1 << 11,
    MAKE_LINK = 1 << 12,
    REFER = 1 << 13, /* renaming and linking across folders */
    TRUNCATE = 1 << 14,
    CONTROL_DEVICE = 1 << 15, /* ioctl(2) */

    TCP = 1 << 0 | 1 << 1,    /* bind, connect */
    INSIDE = 1 << 0 | 1 << 1, /* abstract sockets, signals */
};

enum {
    MAKE_DEVICES = MAKE_CHARACTER_DEVICE | MAKE_BLOCK_DEVICE,
    MAKE_OTHERS = MAKE_FOLDER | MAKE_FILE | MAKE_SOCKET | MAKE_FIFO | MAKE_LINK,

    TO_READ = READ_FILE | READ_FOLDER,
    TO_RUN = TO_READ | EXECUTE,
    TO_WRITE = TO_RUN | WRITE_FILE | TRUNCATE | REMOVE_FOLDER | REMOVE_FILE | MAKE_OTHERS | REFER,
    TO_USE = READ_FILE | WRITE_FILE | TRUNCATE | CONTROL_DEVICE, /* opening a device asks whether it is a terminal */
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | CONTROL_DEVICE, /* what a rule about a file may name */
};

/* What each level brought. */
static const struct step {
    int level;
    struct ruleset brought;
} steps[] = {
    {1, {TO_RUN | WRITE_FILE | REMOVE_FOLDER | REMOVE_FILE | MAKE_DEVICES | MAKE_OTHERS, 0, 0}},
    {2, {REFER, 0, 0}},
    {3, {TRUNCATE, 0, 0}},
    {4, {0, TCP, 0}},
    {5, {CONTROL_DEVICE, 0, 0}},
    {6, {0, 0, INSIDE}},
};

int landlock_level(void) {
    long level = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return level < 0 ? 0 : (int)level;
}

static struct ruleset ruleset_of(int level, enum box_network network) {
    struct ruleset ruleset = {0};
    for (size_t i = 0; i < LENGTH(steps) && steps[i].level <= level; i++) {
        ruleset.files |= steps[i].brought.files;
        ruleset.network |= steps[i].brought.network;
        ruleset.scopes |= steps[i].brought.scopes;
    }
    if (network != BOX_NETWORK_NONE) ruleset.network = 0;
    return ruleset;
}

/* ---- making ---- */

static int allow(int ruleset, const char *path, uint64_t allowed, struct err *err) {
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return 0;
    struct stat info;
    if (fd < 0 || fstat(fd, &info)) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", path);
    struct path_rule rule = {S_ISDIR(info.st_mode) ? allowed : allowed & OF_FILES, fd};
    if (!rule.allowed || !syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot allow %s", path);
}

static int allow_all(int ruleset, const char *const *paths, uint64_t allowed, struct err *err) {
    for (; *paths; paths++)
        if (allow(ruleset, *paths, allowed, err)) return -1;
    return 0;
}

int landlock_open(const char *const *readable, const char *const *writable, enum box_network network, struct err *err) {
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", NULL};
    static const char *const processes[] = {"/proc", NULL};
    struct ruleset wanted = ruleset_of(landlock_level(), network);
    autoclose int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, sizeof wanted, 0);
    if (ruleset < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot keep programs to their files by Landlock");
    if (allow_all(ruleset, readable, wanted.files & TO_RUN, err) ||
        allow_all(ruleset, writable, wanted.files & TO_WRITE, err) ||
        allow_all(ruleset, devices, wanted.files & TO_USE, err) ||
        allow_all(ruleset, processes, wanted.files & TO_READ, err))
        return -1;
    return steal_fd(&ruleset);
}

IN_CHILD int landlock_enter(int ruleset) { return (int)syscall(SYS_landlock_restrict_self, ruleset, 0); }
