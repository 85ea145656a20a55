#pragma once
/* A folder of its own for each test of the progress database, and an exercise to speak of. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "progress/progress.h"

#include <fcntl.h>

static char folder[64], database[96], backup[104];

static inline int make_folder(void **state) {
    (void)state;
    const char *root = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm"; /* memory, where an fsync takes no time */
    snprintf(folder, sizeof folder, "%s/lab-progress-XXXXXX", root);
    if (!mkdtemp(folder)) return -1;
    snprintf(database, sizeof database, "%s/data/lab.db", folder);
    snprintf(backup, sizeof backup, "%s.bak", database);
    return 0;
}

static inline int remove_folder(void **state) {
    (void)state;
    int directory = open(folder, O_RDONLY | O_DIRECTORY);
    beneath_remove(directory, ".");
    close(directory);
    return rmdir(folder);
}

static struct check exercise_checks[] = {{.id = "trains", .points = 5}, {.id = "same-seed", .points = 35}};
static const struct exercise exercise = {.id = "seed-it",
                                         .scope = "",
                                         .key = "seed-it",
                                         .name = "seed-it",
                                         .directory = "/nonexistent",
                                         .checks = exercise_checks,
                                         .check_count = 2,
                                         .points = 40};

static inline struct progress *open_progress(void) {
    struct progress *progress = NULL;
    struct err err = ERR_INIT;
    if (progress_open(&progress, database, &err)) fail_msg("%s", err.message);
    return progress;
}

static inline int64_t begin(struct progress *progress, int number, bool whole) {
    struct progress_attempt attempt = {"/course", "seed-it", "/home/ada/lab/seed-it", "abc", number, 42, NULL, whole};
    struct err err = ERR_INIT;
    int64_t id = 0;
    if (progress_begin(progress, &attempt, &id, &err)) fail_msg("%s", err.message);
    return id;
}

static inline int64_t begin_attempt(struct progress *progress, int number) { return begin(progress, number, true); }

/* An attempt that earned so many of the second check's points; all 35 make it pass. */
static inline void add_attempt(struct progress *progress, int number, int points) {
    const struct progress_check checks[] = {
        {"trains", VERDICT_PASS, 5, 5, NULL, 0.5},
        {"same-seed", points == 35 ? VERDICT_PASS : VERDICT_FAIL, points, 35, points == 35 ? NULL : "set-order", 1.5},
    };
    struct err err = ERR_INIT;
    if (progress_finish(progress, begin_attempt(progress, number), points == 35 ? "pass" : "fail", checks, 2, 2, &err))
        fail_msg("%s", err.message);
}

static inline struct progress_standing standing_of(struct progress *progress) {
    struct progress_standing standing;
    struct err err = ERR_INIT;
    if (progress_standing(progress, &exercise, &standing, &err)) fail_msg("%s", err.message);
    return standing;
}

static inline int take_hint(struct progress *progress, const char *say) {
    int taken = 0;
    struct err err = ERR_INIT;
    if (progress_take_hint(progress, "seed-it", "same-seed", say, &taken, &err)) fail_msg("%s", err.message);
    return taken;
}
