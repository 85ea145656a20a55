/*
 * What programs have written. A quota would need root, and statfs counts the neighbours too, so the folders are walked.
 * Links are never followed. Everything may change under the walk: what vanishes is not counted.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/internal.h"

enum { DEPTH_MOST = 128 };

struct walk {
    struct disk_use *use;
    uint64_t bytes_most, entries_most; /* where it may stop: UINT64_MAX for never */
};

static bool is_enough(const struct walk *walk) {
    return walk->use->bytes > walk->bytes_most || walk->use->entries > walk->entries_most;
}

/* A file with several names is shared out among them. */
static void count_entry(struct walk *walk, const struct stat *info) {
    walk->use->entries++;
    walk->use->bytes +=
        (uint64_t)info->st_blocks * 512 / (info->st_nlink > 1 && S_ISREG(info->st_mode) ? info->st_nlink : 1);
    if (S_ISREG(info->st_mode) && (uint64_t)info->st_size > walk->use->largest)
        walk->use->largest = (uint64_t)info->st_size;
}

/* A folder that its owner may not read is opened through a change of mode, which is undone: it might hide anything. */
static int open_readable(int folder) {
    char link[32];
    struct stat info;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    int fd = open(link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 || errno != EACCES || fstat(folder, &info) || chmod(link, 0700)) return fd;
    fd = open(link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)chmod(link, info.st_mode & 07777);
    return fd;
}

static int open_folder(int parent, const char *name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != EACCES) return fd;
    autoclose int folder = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return folder < 0 ? -1 : open_readable(folder);
}

static void walk_folder(struct walk *walk, int fd, unsigned depth);

static void walk_entry(struct walk *walk, int parent, const char *name, unsigned depth) {
    struct stat info;
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW)) return;
    count_entry(walk, &info);
    if (!S_ISDIR(info.st_mode)) return;
    if (depth == DEPTH_MOST) /* nothing honest lies so deep: as if there were too many entries */
        walk->use->entries = walk->entries_most == UINT64_MAX ? walk->use->entries : walk->entries_most + 1;
    else
        walk_folder(walk, open_folder(parent, name), depth + 1);
}

static void walk_folder(struct walk *walk, int fd, unsigned depth) {
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    while (stream && !is_enough(walk) && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            walk_entry(walk, dirfd(stream), entry->d_name, depth);
    if (stream)
        closedir(stream);
    else if (fd >= 0)
        close(fd);
}

void disk_walk(struct disk_use *use, const struct box *box) {
    const struct box_limits *limits = &box->config.limits;
    struct walk walk = {use, limits->disk ? limits->disk : UINT64_MAX, limits->files ? limits->files : UINT64_MAX};
    for (size_t i = 0; i < box->writable.count; i++) walk_folder(&walk, open_readable(box->writable.items[i]), 0);
}

/* ---- files without a name ---- */

struct nameless {
    uint64_t device, inode, bytes;
};

struct findings {
    array(struct nameless) files;
};

static int by_identity(const void *a, const void *b) {
    const struct nameless *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* AT_STATX_DONT_SYNC: a file system in user space, made by the program itself, must not be able to keep us waiting. */
static void look_at_descriptor(struct findings *findings, int directory, const char *name) {
    struct statx info;
    if (statx(directory, name, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &info)) return;
    if (!S_ISREG(info.stx_mode) || info.stx_nlink || !info.stx_blocks) return;
    *array_push(&findings->files) = (struct nameless){
        (uint64_t)info.stx_dev_major << 32 | info.stx_dev_minor,
        info.stx_ino,
        info.stx_blocks * 512,
    };
}

static void look_at_process(struct findings *findings, pid_t pid) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *stream = opendir(path);
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.') look_at_descriptor(findings, dirfd(stream), entry->d_name);
    if (stream) closedir(stream);
}

void disk_nameless(struct disk_use *use, const struct member *members, size_t count) {
    struct findings findings = {0};
    for (size_t i = 0; i < count; i++) look_at_process(&findings, members[i].pid);
    if (findings.files.count)
        qsort(findings.files.items, findings.files.count, sizeof *findings.files.items, by_identity);
    for (size_t i = 0; i < findings.files.count; i++)
        if (!i || by_identity(&findings.files.items[i - 1], &findings.files.items[i]))
            use->bytes += findings.files.items[i].bytes;
    array_free(&findings.files);
}
