/* What a sandbox shows: bubblewrap's options. They go through a file, since a command line can be read by everyone. */

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/internal.h"
#include "box/sandbox_internal.h"

/* The files that a program may need to find out who and where it is. */
static const struct {
    const char *path, *text;
    bool outward; /* with a network that leads out, the machine's own takes its place */
} files[SANDBOX_FILES] = {
    {"/etc/passwd", "lab:x:1000:1000:lab:/lab/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n", false},
    {"/etc/group", "lab:x:1000:\nnogroup:x:65534:\n", false},
    {"/etc/hosts", "127.0.0.1 localhost lab\n::1 localhost lab\n", false},
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", false},
    /* TEST-NET-1 of RFC 5737, to which there is no route: who asks for a name is told at once. */
    {"/etc/resolv.conf", "nameserver 192.0.2.1\noptions timeout:1 attempts:1\n", true},
};

/* Read-only, where the machine has them. No more of /etc: a verdict must not depend on what else a machine has there. */
static const char *const system_files[] = {"/etc/ld.so.cache", "/etc/alternatives"};

/* Besides, for a network that leads out. */
static const char *const outward_files[] = {"/etc/ssl/certs", "/etc/ca-certificates"};

/* Links into /usr on a merged system, folders on others. */
static const char *const system_folders[] = {"/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"};

static void add(struct str *options, const char *word) { str_append_bytes(options, word, strlen(word) + 1); }

static void add_three(struct str *options, const char *a, const char *b, const char *c) {
    add(options, a);
    add(options, b);
    add(options, c);
}

static void add_number(struct str *options, uint64_t number) {
    autofree char *text = str_format("%llu", (unsigned long long)number);
    add(options, text);
}

static void add_namespaces(struct str *options, enum box_network network) {
    static const char *const words[] = {
        "--unshare-user",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--disable-userns",
        "--new-session",
        "--as-pid-1",
        "--cap-drop",
        "ALL",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--hostname",
        "lab",
    };
    for (size_t i = 0; i < LENGTH(words); i++) add(options, words[i]);
    if (network != BOX_NETWORK_OPEN) add(options, "--unshare-net");
}

static void add_system_folder(struct str *options, const char *path) {
    char target[256];
    struct stat info;
    if (lstat(path, &info)) return;
    if (S_ISDIR(info.st_mode)) {
        add_three(options, "--ro-bind", path, path);
        return;
    }
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0) return;
    target[len] = '\0';
    add_three(options, "--symlink", target, path);
}

static void add_system_file(struct str *options, const char *path) {
    if (!access(path, F_OK)) add_three(options, "--ro-bind", path, path);
}

/* Where the box's own user cannot go there is nothing to cover, and bubblewrap could not. */
static bool is_seen(const struct box_config *config, const char *path) {
    return string_starts_with(path, "/usr/") && !access(path, F_OK) && (!config->user || walls_reachable(path));
}

/* `covered` folders of /usr, a course say, would be seen through it. */
static void add_system(struct str *options, const struct box_config *config) {
    add_three(options, "--ro-bind", "/usr", "/usr");
    for (const char *const *path = config->covered; path && *path; path++) {
        if (!is_seen(config, *path)) continue;
        add(options, "--tmpfs");
        add(options, *path);
    }
    for (size_t i = 0; i < LENGTH(system_folders); i++) add_system_folder(options, system_folders[i]);
    for (size_t i = 0; i < LENGTH(system_files); i++) add_system_file(options, system_files[i]);
    for (size_t i = 0; i < LENGTH(outward_files) && config->network == BOX_NETWORK_OPEN; i++)
        add_system_file(options, outward_files[i]);
}

static void add_private_file_system(struct str *options, const char *path, uint64_t bytes) {
    add(options, "--size");
    add_number(options, bytes ? bytes : SANDBOX_TMPFS_SIZE);
    add(options, "--tmpfs");
    add(options, path);
}

static void add_kernel_file_systems(struct str *options, const struct box_config *config) {
    add(options, "--proc");
    add(options, "/proc");
    add_three(options, "--ro-bind", "/proc/sys", "/proc/sys");
    add(options, "--dev");
    add(options, "/dev");
    add_private_file_system(options, "/dev/shm", config->limits.disk);
    add(options, "--remount-ro");
    add(options, "/dev");
    add_private_file_system(options, "/tmp", config->limits.disk);
    /* Relative, since bubblewrap follows it while / is not yet its own. */
    add_three(options, "--symlink", "../tmp", "/var/tmp");
    add(options, "--dir");
    add(options, "/run");
}

static void add_folders(struct str *options, const struct box_config *config, bool staged) {
    const struct box_folder *folder = config->folders;
    for (unsigned i = 0; folder && folder->path; folder++, i++) {
        if (folder->use == BOX_TEMPORARY) continue;
        autofree char *source = staged ? str_format(SANDBOX_STAGE "/%u", i) : mem_copy_string(folder->path);
        add_three(options, folder->use == BOX_WRITE ? "--bind" : "--ro-bind", source,
                  folder->inside ? folder->inside : folder->path);
    }
}

static int add_files(struct str *options, enum box_network network, int *descriptors, struct err *err) {
    for (unsigned i = 0; i < SANDBOX_FILES; i++) {
        scoped(str) text = STR_INIT;
        str_append(&text, files[i].text);
        descriptors[i] = sandbox_memory_file("lab-file", &text, err);
        if (descriptors[i] < 0) return -1;
        if (files[i].outward && network == BOX_NETWORK_OPEN) {
            add_three(options, "--ro-bind", files[i].path, files[i].path);
            continue;
        }
        add(options, "--file");
        add_number(options, SANDBOX_FILE_FIRST + i);
        add(options, files[i].path);
    }
    return 0;
}

int sandbox_view(struct str *options, const struct box_config *config, bool staged, int *descriptors, struct err *err) {
    add_namespaces(options, config->network);
    add(options, "--seccomp");
    add_number(options, SANDBOX_AT_FILTER);
    add_system(options, config);
    add_kernel_file_systems(options, config);
    add_folders(options, config, staged);
    if (add_files(options, config->network, descriptors, err)) return -1;
    for (const char *const *path = config->covered; path && *path; path++) {
        if (!is_seen(config, *path)) continue;
        add(options, "--remount-ro");
        add(options, *path);
    }
    add(options, "--remount-ro");
    add(options, "/");
    return 0;
}
