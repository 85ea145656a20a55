#include "workspace/snapshot_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

static const char magic[8] = "LABSNP1";

struct header {
    char magic[8];
    uint64_t checksum; /* of all that follows the header */
    uint8_t root[GIT_OID_RAWSZ];
    uint8_t spare[4];
};
_Static_assert(sizeof(struct header) % 8 == 0, "records behind the header are aligned");
_Static_assert(sizeof(struct known) == 72, "no padding is written to the file");

enum { CACHE_BYTES_MOST = 64 * 1024 * 1024 };

struct snapshot_cache {
    char *path;
    struct str old, next; /* records, old with the header */
    array(size_t) index;  /* where the records of old begin, in walk order */
    size_t cursor;        /* where the next path is expected */
    int64_t now;          /* of the file system's clock, when the walk began */
};

/* Notices damage, in a fraction of a millisecond a megabyte: SHA-256 would take as long as the walk. FNV-1a over words,
 * folded so that high bits reach low ones. Records are whole words. */
static uint64_t checksum_of(const char *records, size_t len) {
    uint64_t sum = 0xcbf29ce484222325;
    for (size_t at = 0; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, records + at, 8);
        sum = (sum ^ word) * 0x100000001b3;
        sum ^= sum >> 32;
    }
    return sum ^ len;
}

/* ---- reading ---- */

static const char *path_of(const struct known *known) { return (const char *)(known + 1); }

static bool index_records(struct snapshot_cache *cache) {
    size_t at = sizeof(struct header);
    while (at < cache->old.len) {
        const struct known *known = (const void *)(cache->old.data + at);
        size_t left = cache->old.len - at;
        if (left < sizeof *known || left - sizeof *known < known->path_size || !known->path_size ||
            known->path_size % 8 || path_of(known)[known->path_size - 1])
            return false;
        *array_push(&cache->index) = at;
        at += sizeof *known + known->path_size;
    }
    return true;
}

static bool old_is_sound(struct snapshot_cache *cache, git_odb *odb) {
    struct header header;
    git_oid root;
    if (cache->old.len < sizeof header) return false;
    memcpy(&header, cache->old.data, sizeof header);
    if (memcmp(header.magic, magic, sizeof magic) != 0) return false;
    uint64_t checksum = checksum_of(cache->old.data + sizeof header, cache->old.len - sizeof header);
    memcpy(root.id, header.root, sizeof root.id);
    /* git keeps what a kept object refers to: while the root is there, so is everything below. */
    return checksum == header.checksum && git2.odb_exists(odb, &root) && index_records(cache);
}

/* The time as the file system counts it, which on a network is another machine's clock. */
static int64_t file_system_time(const char *directory) {
    autofree char *path = path_join(directory, "clock");
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    struct stat info;
    if (fd < 0 || futimens(fd, NULL) || fstat(fd, &info)) return 0;
    return info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec;
}

struct snapshot_cache *snapshot_cache_open(struct workspace *workspace) {
    struct snapshot_cache *cache = mem_alloc(sizeof *cache);
    cache->path = path_join(workspace->private, "snapshot");
    cache->old = cache->next = (struct str)STR_INIT;
    cache->now = file_system_time(workspace->private);
    if (!fs_exists(cache->path) || fs_read(&cache->old, cache->path, CACHE_BYTES_MOST, NULL) ||
        !old_is_sound(cache, workspace->odb)) {
        cache->index.count = 0;
        str_clear(&cache->old);
    }
    return cache;
}

void snapshot_cache_free(struct snapshot_cache *cache) {
    if (!cache) return;
    str_release(&cache->old);
    str_release(&cache->next);
    array_free(&cache->index);
    free(cache->path);
    free(cache);
}

void snapshot_cache_forget(const struct workspace *workspace) {
    autofree char *path = path_join(workspace->private, "snapshot");
    unlink(path);
}

/* ---- asking ---- */

/* Walk order: bytes, with '/' below all others, so that what a directory holds follows it at once. */
static int walk_order(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    int x = *a == '/' ? 0 : *a ? (unsigned char)*a : -1;
    int y = *b == '/' ? 0 : *b ? (unsigned char)*b : -1;
    return x - y;
}

static const struct known *record_at(const struct snapshot_cache *cache, size_t number) {
    return (const void *)(cache->old.data + cache->index.items[number]);
}

const struct known *snapshot_cache_find(struct snapshot_cache *cache, const char *path) {
    size_t low = cache->cursor, high = cache->index.count;
    if (low < high && !strcmp(path_of(record_at(cache, low)), path)) return record_at(cache, cache->cursor++);
    for (low = 0; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = walk_order(path_of(record_at(cache, middle)), path);
        if (!order) {
            cache->cursor = middle + 1;
            return record_at(cache, middle);
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    cache->cursor = low;
    return NULL;
}

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

struct known known_of(const struct stat *info) {
    return (struct known){
        .size = (uint64_t)info->st_size,
        .inode = info->st_ino,
        .modified = nanoseconds(info->st_mtim),
        .changed = nanoseconds(info->st_ctim),
        .mode = info->st_mode,
    };
}

bool known_is_fresh(const struct known *known, const struct stat *info) {
    struct known now = known_of(info);
    return known->has_id && !known->racy && known->size == now.size && known->inode == now.inode &&
           known->modified == now.modified && known->changed == now.changed && known->mode == now.mode;
}

/* ---- noting ---- */

size_t snapshot_cache_note(struct snapshot_cache *cache, const char *path, struct known known) {
    static const char padding[8];
    size_t note = cache->next.len, len = strlen(path), size = (len + 8) & ~(size_t)7;
    known.racy = known.modified >= cache->now || known.changed >= cache->now;
    known.path_size = (uint32_t)size;
    str_append_bytes(&cache->next, &known, sizeof known);
    str_append_bytes(&cache->next, path, len);
    str_append_bytes(&cache->next, padding, size - len);
    return note;
}

void snapshot_cache_set_id(struct snapshot_cache *cache, size_t note, const git_oid *id) {
    struct known *known = (void *)(cache->next.data + note);
    memcpy(known->id, id->id, sizeof known->id);
    known->has_id = 1;
}

void snapshot_cache_save(struct snapshot_cache *cache, const git_oid *root) {
    struct header header = {0};
    size_t old_len = cache->old.len ? cache->old.len - sizeof header : 0;
    if (cache->old.len && old_len == cache->next.len &&
        !memcmp(cache->old.data + sizeof header, cache->next.data, old_len))
        return;
    memcpy(header.magic, magic, sizeof magic);
    memcpy(header.root, root->id, sizeof header.root);
    header.checksum = checksum_of(cache->next.data, cache->next.len);
    scoped(str) file = STR_INIT;
    str_reserve(&file, sizeof header + cache->next.len);
    str_append_bytes(&file, &header, sizeof header);
    str_append_bytes(&file, cache->next.data, cache->next.len);
    fs_write(cache->path, file.data, file.len, NULL);
}
