#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/path.h"
#include "progress/db.h"
#include "progress/progress.h"

enum { BUSY_MILLISECONDS = 10000 };

int64_t moment(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void progress_close(struct progress *progress) {
    if (!progress) return;
    sqlite3_close(progress->db);
    free(progress->path);
    free(progress);
}

void progress_close_pointer(struct progress **progress) { progress_close(*progress); }

int db_open_file(struct progress **progress, const char *path, bool read_only, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *opened = mem_alloc(sizeof *opened);
    opened->path = mem_copy_string(path);
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(path, &opened->db, flags, NULL)) return db_error(opened, err);
    sqlite3_busy_timeout(opened->db, BUSY_MILLISECONDS);
    *progress = steal(&opened);
    return 0;
}

/* An empty file where a backup shows that there was more has been cut short or deleted: that is for a person to decide. */
static int refuse_lost(const char *path, const char *what, struct err *err) {
    autofree char *backup = backup_path(path);
    if (!fs_exists(backup)) return 0;
    err_set(err, ERR_ENVIRONMENT, "the progress database %s %s, but its backup is there", path, what);
    return err_help(err, "lab progress recover (to begin afresh instead: rm %s)", backup);
}

/* Makes an empty file that only the learner may read; SQLite gives its side files the same mode. */
static int make_file(const char *path, struct err *err) {
    autofree char *parent = path_parent(path);
    if (fs_make_directories(parent, err)) return -1;
    if (fs_exists(path)) return 0;
    if (refuse_lost(path, "is missing", err)) return -1;
    autoclose int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot make the progress database %s", path);
    return err_help(err, "make its folder writable, or set LAB_HOME to a folder that is");
}

/* Two processes that switch a new database to WAL at once: SQLite turns one of them away without waiting. On a file
 * system that cannot have WAL the answer is the old mode, which serves too. */
static int use_wal(struct progress *progress, struct err *err) {
    double deadline = clock_monotonic() + BUSY_MILLISECONDS / 1000.0;
    while (db_script(progress, "PRAGMA journal_mode = WAL", err)) {
        bool busy = (sqlite3_errcode(progress->db) & 0xff) == SQLITE_BUSY;
        if (!busy || clock_monotonic() >= deadline) return -1;
        nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    }
    return 0;
}

/* FULL: what a command has reported as stored outlives a power cut too; it costs one fsync a transaction, and there are
 * two of them an attempt. (A kill -9 alone loses nothing under NORMAL either.) */
static int configure(struct progress *progress, struct err *err) {
    static const char settings[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON";
    return use_wal(progress, err) || db_script(progress, settings, err) ? -1 : 0;
}

int progress_open(struct progress **progress, const char *path, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *opened = NULL;
    bool fresh;
    if (make_file(path, err) || db_open_file(&opened, path, false, err)) return -1;
    if (schema_check(opened, &fresh, err)) return -1;
    if (fresh && refuse_lost(path, "is empty", err)) return -1;
    if (configure(opened, err) || schema_migrate(opened, err) || backup_renew(opened, false, err)) return -1;
    *progress = steal(&opened);
    return 0;
}

int progress_open_usual(struct progress **progress, struct err *err) {
    const struct path_places *places = path_places(err);
    if (!places) return -1;
    autofree char *path = path_join(places->data, "lab.db");
    return progress_open(progress, path, err);
}

bool progress_exists(void) {
    const struct path_places *places = path_places(NULL);
    autofree char *path = places ? path_join(places->data, "lab.db") : NULL;
    return path && fs_exists(path);
}
