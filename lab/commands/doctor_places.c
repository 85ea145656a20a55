/* Rows of lab doctor about the course and the folders that lab writes. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "attempt/scratch.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "commands/doctor.h"
#include "progress/progress.h"
#include "workspace/python.h"

/* ---- course ---- */

static void add_course_fault(struct doctor *doctor, const struct err *err) {
    doctor_add(doctor, "course", DOCTOR_MISSING, err->message, "its exercises cannot be listed, started or checked",
               err->help[0] ? err->help : "lab --course DIR, or mend the files that are named");
}

void doctor_course(struct doctor *doctor) {
    struct err err = ERR_INIT;
    if (command_course(doctor->context, &doctor->course, &err) || course_validate(doctor->course, &err)) {
        add_course_fault(doctor, &err);
        return;
    }
    const struct course *course = doctor->course;
    autofree char *found = str_format("%zu exercise%s, %zu track%s, %s", course->exercise_ids.count,
                                      course->exercise_ids.count == 1 ? "" : "s", course->track_count,
                                      course->track_count == 1 ? "" : "s", course->directory);
    doctor_add(doctor, "course", DOCTOR_OK, found, NULL, NULL);
}

/* One row for each added course; none when there are none. */
void doctor_added_courses(struct doctor *doctor) {
    struct err err = ERR_INIT;
    scoped(library) library = {0};
    if (doctor->context->course || library_open(&library, NULL, NULL, &err)) return;
    for (size_t i = 0; i < library.count; i++) {
        struct shelved *shelved = &library.items[i];
        if (!shelved->name) continue;
        autofree char *what = str_format("course %s", shelved->name);
        if (shelved->course) (void)course_validate(shelved->course, &shelved->fault);
        const struct err *fault = &shelved->fault;
        doctor_add(doctor, what, fault->code ? DOCTOR_WEAK : DOCTOR_OK,
                   fault->code ? fault->message : shelved->course->directory,
                   fault->code ? "its exercises are left out" : NULL, fault->code ? fault->help : NULL);
    }
}

/* ---- progress ---- */

void doctor_progress(struct doctor *doctor) {
    struct err err = ERR_INIT;
    const struct path_places *places = path_places(&err);
    autofree char *path = places ? path_join(places->data, "lab.db") : NULL;
    autofree char *backup = path ? str_format("%s.bak", path) : NULL;
    if (path && !fs_exists(path) && !fs_exists(backup)) {
        doctor_add(doctor, "progress", DOCTOR_OK, "none yet", NULL, NULL);
        return;
    }
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    if (!path || progress_open(&progress, path, &err)) {
        doctor_add(doctor, "progress", DOCTOR_MISSING, err.message, "attempts, points and hints cannot be noted",
                   err.help);
        return;
    }
    doctor_add(doctor, "progress", DOCTOR_OK, path, NULL, NULL);
}

/* ---- folders ---- */

#define MEBIBYTE 1048576.0
#define GIBIBYTE 1073741824.0

/* The folder, or the nearest one above it that is there. Caller frees. */
static char *nearest_that_exists(const char *directory) {
    autofree char *at = mem_copy_string(directory);
    while (!fs_exists(at) && strcmp(at, ".") != 0 && strcmp(at, "/") != 0) {
        char *parent = path_parent(at);
        free(at);
        at = parent;
    }
    return steal(&at);
}

struct folder {
    const char *what, *directory;
    double wanted; /* bytes below which it is weak */
    const char *cost, *variable;
};

static void add_folder(struct doctor *doctor, const struct folder *folder) {
    autofree char *there = nearest_that_exists(folder->directory);
    struct statvfs info;
    bool known = !statvfs(there, &info);
    double space = known ? (double)info.f_bavail * (double)info.f_frsize : 0;
    bool writable = fs_is_directory(there) && !access(there, W_OK | X_OK);
    bool full = known && (space < 16 * MEBIBYTE || (!info.f_favail && info.f_files));
    char amount[TERM_AMOUNT_SIZE];
    autofree char *found =
        str_format("%s%s free, %s", writable ? "" : "not writable, ", term_bytes(amount, space), folder->directory);
    autofree char *mend = writable ? mem_copy_string("free some disk space")
                                   : str_format("export %s=/a/folder/you/can/write", folder->variable);
    enum doctor_state state = !writable || full ? DOCTOR_MISSING : space < folder->wanted ? DOCTOR_WEAK : DOCTOR_OK;
    doctor_add(doctor, folder->what, state, found, folder->cost, mend);
}

void doctor_folders(struct doctor *doctor) {
    struct err err = ERR_INIT;
    const struct path_places *places = path_places(&err);
    if (!places) {
        doctor_add(doctor, "folders", DOCTOR_MISSING, err.message, "nothing can be kept", err.help);
        return;
    }
    autofree char *scratch = scratch_base(places->cache, 0);
    const struct folder folders[] = {
        {"workspaces", places->work, 200 * MEBIBYTE, "exercises cannot be started or saved", "LAB_WORK"},
        {"data", places->data, 50 * MEBIBYTE, "progress cannot be kept", "XDG_DATA_HOME"},
        {"cache", places->cache, 2 * GIBIBYTE, "Python environments may not fit", "XDG_CACHE_HOME"},
        {"scratch", scratch, GIBIBYTE, "checks may lack room to run", "TMPDIR"},
    };
    for (size_t i = 0; i < LENGTH(folders); i++) add_folder(doctor, &folders[i]);
}

/* ---- leftovers ---- */

/* Workspaces whose making was cut short: .EX.starting beside their place. */
static size_t count_unfinished_workspaces(const char *work) {
    DIR *stream = opendir(work);
    size_t count = 0;
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        count += entry->d_name[0] == '.' && string_ends_with(entry->d_name, ".starting");
    if (stream) closedir(stream);
    return count;
}

/* Adds the scratch copies that nobody locks any more: `lab check --keep` leaves them. Those of a killed check have their
 * lock's file still, and go with the next check. */
static void find_kept_scratch(struct names *folders, const char *scratch) {
    autoclose int at = open(scratch, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    scoped(names) names = {0};
    if (at < 0 || beneath_names(at, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        autofree char *path = path_join(scratch, names.items[i]);
        autofree char *lock = str_format("%s.lock", path);
        if (names.items[i][0] != '.' && fs_is_directory(path) && !fs_exists(lock)) *array_push(folders) = steal(&path);
    }
}

/* One kind of leftovers, for the row: "kept scratch copies: 2", and what removes them. */
static void note_leftovers(struct str *found, struct str *mend, size_t count, const char *kind, const char *remedy) {
    if (!count) return;
    str_printf(found, "%s%s: %zu", found->len ? ", " : "", kind, count);
    str_printf(mend, "%s%s", mend->len ? "; " : "", remedy);
}

/* Removes these folders and no other: what lies beside them may be in use. */
static void note_folders(struct str *found, struct str *mend, const struct names *folders, const char *kind) {
    scoped(str) remedy = STR_INIT;
    str_append(&remedy, "rm -rf");
    for (size_t i = 0; i < folders->count; i++) {
        str_append_char(&remedy, ' ');
        str_append_shell_word(&remedy, folders->items[i]);
    }
    note_leftovers(found, mend, folders->count, kind, remedy.data);
}

void doctor_leftovers(struct doctor *doctor) {
    const struct path_places *places = path_places(NULL);
    if (!places) return;
    autofree char *environments =
        doctor->course ? path_join(doctor->course->directory, "exercises/environments") : NULL;
    autofree char *base = scratch_base(places->cache, 0);
    autofree char *scratch = str_format("%s/lab-%u", base, (unsigned)geteuid());
    scoped(names) old = {0}, kept = {0};
    scoped(str) found = STR_INIT, mend = STR_INIT;
    python_leftovers(&old, environments);
    find_kept_scratch(&kept, scratch);
    note_folders(&found, &mend, &old, "old or unfinished environments");
    note_folders(&found, &mend, &kept, "kept scratch copies");
    note_leftovers(&found, &mend, count_unfinished_workspaces(places->work), "unfinished workspaces",
                   "lab start EX (the one that was interrupted)");
    doctor_add(doctor, "leftovers", found.len ? DOCTOR_WEAK : DOCTOR_OK, found.len ? found.data : "none",
               "disk space; what is needed is built again", mend.data);
}
