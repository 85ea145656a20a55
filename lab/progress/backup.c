/* The daily copy, and the way back from it. */

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"
#include "progress/db.h"
#include "progress/progress.h"

enum { DAY = 24 * 3600, MOST_BACKUP = 1 << 30, MOST_KEPT = 1000 };

char *backup_path(const char *path) { return str_format("%s.bak", path); }

int backup_verify(struct progress *progress, struct err *err) {
    scoped(statement) statement = {0};
    if (db_prepare(&statement, progress, "PRAGMA quick_check(1)", DB_NO_VALUES, err)) return -1;
    int step = db_step(&statement, err);
    if (step < 0) return -1;
    const char *answer = step ? db_column_text(&statement, 0) : "no answer";
    return answer && !strcmp(answer, "ok") ? 0 : db_damaged(progress, answer ? answer : "no answer", err);
}

/* Copies the database, as it is at one moment, to a file that is removed again unless it is whole. The copy leaves WAL,
 * so that it is one file. */
static bool copy_to(const struct progress *progress, const char *path) {
    sqlite3 *copy = NULL;
    bool done = false;
    if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK) {
        sqlite3_backup *backup = sqlite3_backup_init(copy, "main", progress->db, "main");
        done = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
        done = sqlite3_backup_finish(backup) == SQLITE_OK && done;
        done = done && sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK;
    }
    sqlite3_close(copy);
    if (!done || chmod(path, 0600)) unlink(path);
    return done;
}

static bool is_recent(const char *path) {
    struct stat info;
    if (stat(path, &info)) return false;
    int64_t age = clock_wall() - info.st_mtime;
    return age >= 0 && age < DAY;
}

int backup_renew(struct progress *progress, bool now, struct err *err) {
    autofree char *path = backup_path(progress->path);
    if (!now && is_recent(path)) return 0;
    int64_t filled;
    static const char any[] = "SELECT EXISTS (SELECT 1 FROM attempts) OR EXISTS (SELECT 1 FROM opened)";
    if (backup_verify(progress, err) || db_number(&filled, progress, any, DB_NO_VALUES, err)) return -1;
    if (!filled) return 0;
    autofree char *fresh = str_format("%s.%ld", path, (long)getpid());
    unlink(fresh);
    if (copy_to(progress, fresh) && rename(fresh, path)) unlink(fresh);
    return 0;
}

/* ---- recovery ---- */

/* Moves the database and what belongs to it to the first free name. */
static int put_aside(const char *path, char **kept, struct err *err) {
    autofree char *to = str_format("%s.broken", path);
    for (int i = 2; fs_exists(to) && i < MOST_KEPT; i++) {
        free(to);
        to = str_format("%s.broken-%d", path, i);
    }
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    for (size_t i = 0; i < LENGTH(suffixes); i++) {
        autofree char *old = str_format("%s%s", path, suffixes[i]), *fresh = str_format("%s%s", to, suffixes[i]);
        if (rename(old, fresh) && errno != ENOENT) return err_errno(err, ERR_ENVIRONMENT, "cannot move %s", old);
    }
    *kept = steal(&to);
    return 0;
}

/* 1 when the backup is there and sound, 0 when there is none. */
static int find_backup(const char *backup, struct err *err) {
    if (!fs_exists(backup)) return 0;
    __attribute__((cleanup(progress_close_pointer))) struct progress *opened = NULL;
    bool fresh;
    if (db_open_file(&opened, backup, true, err) || schema_check(opened, &fresh, err) || backup_verify(opened, err)) {
        err_wrap(err, "the backup cannot be used");
        return err_help(err, "move %s elsewhere, then run lab progress recover again", backup);
    }
    return 1;
}

static int nothing_to_recover(const char *path, const char *state, struct err *err) {
    err_set(err, ERR_USAGE, "nothing to recover: the progress database %s is %s", path, state);
    return err_help(err, "lab progress");
}

/* Only what is damaged, empty or missing may be replaced; never what is newer, foreign, in use or out of reach. */
static int refuse_sound(const char *path, bool has_backup, struct err *err) {
    if (!fs_exists(path)) return has_backup ? 0 : nothing_to_recover(path, "not there yet", err);
    __attribute__((cleanup(progress_close_pointer))) struct progress *opened = NULL;
    bool fresh;
    if (db_open_file(&opened, path, false, err)) return -1;
    if (schema_check(opened, &fresh, err) || backup_verify(opened, err)) return opened->damaged ? 0 : -1;
    return fresh && has_backup ? 0 : nothing_to_recover(path, "sound", err);
}

int progress_recover(const char *path, char **kept, bool *from_backup, struct err *err) {
    autofree char *backup = backup_path(path);
    scoped(str) content = STR_INIT;
    *kept = NULL;
    if (refuse_sound(path, fs_exists(backup), err)) return -1;
    int found = find_backup(backup, err);
    if (found < 0 || (found && fs_read(&content, backup, MOST_BACKUP, err))) return -1;
    if (fs_exists(path) && put_aside(path, kept, err)) return -1;
    *from_backup = found;
    if (found && fs_write_private(path, content.data, content.len, err)) return -1;
    __attribute__((cleanup(progress_close_pointer))) struct progress *opened = NULL;
    return progress_open(&opened, path, err);
}
