#include "attempt/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "attempt/dock.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/str.h"

/* Memory-backed scratch must leave a program its whole disk budget, and the machine some air. */
static const uint64_t MEMORY_ROOM = 1u << 30;

static bool has_room(const char *directory, uint64_t bytes) {
    struct statvfs info;
    if (statvfs(directory, &info) || access(directory, W_OK) || info.f_flag & ST_NOEXEC) return false;
    return (uint64_t)info.f_bavail * info.f_frsize >= MEMORY_ROOM + 4 * bytes;
}

/* Boxes of root have users of their own, who must be able to pass through. */
static mode_t folder_mode(void) { return geteuid() ? 0700 : 0711; }

/* Our folder in base, made when missing; refused when it belongs to someone else. */
static char *own_folder(const char *base, struct err *err) {
    autofree char *path = str_format("%s/lab-%u", base, (unsigned)geteuid());
    struct stat info;
    if (mkdir(path, folder_mode()) && errno != EEXIST) {
        err_errno(err, ERR_ENVIRONMENT, "cannot create the scratch folder %s", path);
        return NULL;
    }
    if (lstat(path, &info) || !S_ISDIR(info.st_mode) || info.st_uid != geteuid() || info.st_mode & 022) {
        err_set(err, ERR_ENVIRONMENT, "the scratch folder %s belongs to someone else", path);
        err_help(err, "export TMPDIR=/another/folder");
        return NULL;
    }
    return steal(&path);
}

char *scratch_base(const char *cache, uint64_t bytes) {
    const char *given = getenv("TMPDIR");
    if (given && given[0] == '/') return mem_copy_string(given);
    return has_room("/dev/shm", bytes) ? mem_copy_string("/dev/shm") : path_join(cache, "scratch");
}

static char *choose_folder(const char *cache, uint64_t bytes, struct err *err) {
    autofree char *base = scratch_base(cache, bytes);
    return fs_make_directories(base, err) ? NULL : own_folder(base, err);
}

/* Removes what attempts that no longer live have left: those whose lock can be taken. */
static void remove_stale(int folder, const char *path) {
    DIR *stream = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        if (!string_ends_with(entry->d_name, ".lock")) continue;
        autoclose int lock = openat(folder, entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB)) continue;
        autofree char *name = mem_copy(entry->d_name, strlen(entry->d_name) - strlen(".lock"));
        autofree char *note = str_format("%s/%s.engine", path, name);
        if (!beneath_remove(folder, name) && dock_sweep(note)) unlinkat(folder, entry->d_name, 0);
    }
    if (stream) closedir(stream);
}

static int make_token(char token[SCRATCH_TOKEN_SIZE], struct err *err) {
    unsigned char bytes[(SCRATCH_TOKEN_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_errno(err, ERR_ENVIRONMENT, "the machine gives no random bytes");
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

/* Takes the first free name in the folder: its lock, then the folder itself. */
static int make_own(struct scratch *scratch, const char *folder, struct err *err) {
    for (unsigned serial = 0;; serial++) {
        autofree char *path = str_format("%s/%ld-%u", folder, (long)getpid(), serial);
        autofree char *lock_path = str_format("%s.lock", path);
        if (fs_exists(path) || fs_exists(lock_path)) continue; /* what --keep left, or another attempt of ours */
        scratch->lock = fs_lock(lock_path, 0, err);
        if (scratch->lock < 0) return -1;
        scratch->lock_path = steal(&lock_path);
        if (mkdir(path, folder_mode()))
            return err_errno(err, ERR_ENVIRONMENT, "cannot create the scratch folder %s", path);
        scratch->note = str_format("%s.engine", path);
        scratch->directory = steal(&path);
        return make_token(scratch->token, err);
    }
}

int scratch_open(struct scratch *scratch, const char *cache, uint64_t bytes, struct err *err) {
    autofree char *folder = choose_folder(cache, bytes, err);
    if (!folder) return -1;
    autoclose int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* One at a time: a lock file that was made and is not locked yet must not look stale to another attempt. */
    if (fd < 0 || flock(fd, LOCK_EX))
        return err_errno(err, ERR_ENVIRONMENT, "cannot open the scratch folder %s", folder);
    remove_stale(fd, folder);
    if (!make_own(scratch, folder, err)) return 0;
    scratch_release(scratch);
    return -1;
}

void scratch_release(struct scratch *scratch) {
    bool swept = !scratch->note || dock_sweep(scratch->note);
    if (scratch->directory && !scratch->keep) beneath_remove_at(scratch->directory);
    if (scratch->lock >= 0) {
        if (scratch->lock_path && swept) unlink(scratch->lock_path);
        close(scratch->lock);
    }
    free(scratch->directory);
    free(scratch->lock_path);
    free(scratch->note);
    *scratch = (struct scratch)SCRATCH_INIT;
}
