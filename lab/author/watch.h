#pragma once
/*
 * Folders that are watched for saved files, by inotify. Only folders are watched, never files, so that editors may save by
 * renaming; what editors keep beside a file while it is open (swap files, locks, backups) is no change.
 */

#include "base/err.h"
#include "base/mem.h"

struct watched {
    int descriptor; /* inotify's */
    char *path;     /* from the course's folder */
};

struct watch {
    int fd; /* readable when something happened */
    array(struct watched) folders;
};
#define WATCH_INIT \
    { .fd = -1 }

int watch_open(struct watch *watch, struct err *err);
void watch_release(struct watch *watch);

/* Watches a folder of the course, which is opened as `course` and lies at `directory`, and with `deep` all folders below it. What is
 * watched already stays so, and what is not there is left out: called again after a change, it takes in what is new. */
void watch_folder(struct watch *watch, int course, const char *directory, const char *path, bool deep);

/* Takes what has happened, without waiting: the paths, from the course's folder, of what was written, moved, made or removed. NULL
 * for the path says that some are lost. */
void watch_take(struct watch *watch, void (*changed)(void *context, const char *path), void *context);
