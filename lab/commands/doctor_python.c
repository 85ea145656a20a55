/* Rows of lab doctor about Python and its environments. */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "commands/doctor.h"
#include "workspace/python.h"

void doctor_interpreter(struct doctor *doctor) {
    autofree char *path = NULL;
    autofree char *version = NULL;
    struct err err = ERR_INIT;
    if (python_interpreter(&path, &version, &err)) {
        doctor_add(doctor, "python3", DOCTOR_MISSING, err.message, "no exercise can be started or checked", err.help);
        return;
    }
    autofree char *found = str_format("%s, %s", version, path);
    doctor_add(doctor, "python3", DOCTOR_OK, found, NULL, NULL);
}

static bool has_uv(const char *builder) { return string_starts_with(builder, "uv ") && strchr(builder, '('); }

void doctor_venv(struct doctor *doctor) {
    autofree char *builder = python_builder();
    if (python_has_pip())
        doctor_add(doctor, "python3-venv", DOCTOR_OK, "venv and ensurepip", NULL, NULL);
    else if (has_uv(builder))
        doctor_add(doctor, "python3-venv", DOCTOR_WEAK, "no ensurepip; uv is there", "nothing while uv is there",
                   "sudo apt install python3-venv");
    else
        doctor_add(doctor, "python3-venv", DOCTOR_MISSING, "no ensurepip, and no uv",
                   "exercises that need packages cannot be started", "sudo apt install python3-venv");
}

void doctor_uv(struct doctor *doctor) {
    autofree char *builder = python_builder();
    bool refused = !string_starts_with(builder, "uv");
    doctor_add(doctor, "uv", refused ? DOCTOR_WEAK : DOCTOR_OK, builder,
               "the first start of an exercise takes several times as long", "unset LAB_NO_UV");
}

/* ---- environments ---- */

static int add_size(void *context, int parent, const char *name, const struct stat *info) {
    (void)parent, (void)name;
    *(double *)context += 512.0 * (double)info->st_blocks;
    return S_ISDIR(info->st_mode);
}

static double size_of(const char *directory) {
    double size = 0;
    autoclose int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) (void)beneath_walk(fd, ".", 64, add_size, &size);
    return size;
}

/* An exercise of the course that needs this environment, or NULL. Broken exercises have a row of their own. */
static const char *exercise_that_needs(struct course *course, const char *environment) {
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        struct err ignored = ERR_INIT;
        const struct exercise *exercise = course_exercise(course, course->exercise_ids.items[i], &ignored);
        if (exercise && exercise->python && !strcmp(exercise->python, environment)) return exercise->id;
    }
    return NULL;
}

static void add_environment(struct doctor *doctor, const char *environments, const char *name) {
    autofree char *what = str_format("environment %s", name);
    scoped(python) python = {0};
    bool built = python_find(&python, environments, name);
    if (built && python_is_whole(&python)) {
        char amount[TERM_AMOUNT_SIZE];
        autofree char *found = str_format("%s, %s", term_bytes(amount, size_of(python.directory)), python.directory);
        doctor_add(doctor, what, DOCTOR_OK, found, NULL, NULL);
        return;
    }
    const char *exercise = exercise_that_needs(doctor->course, name);
    autofree char *mend = str_format("lab fetch %s", exercise ? exercise : "EX");
    if (built)
        doctor_add(doctor, what, DOCTOR_WEAK, "damaged: files are missing or cut short",
                   "programs that use it fail, and so do their checks", mend);
    else
        doctor_add(doctor, what, DOCTOR_WEAK, "not built yet",
                   "the first start of an exercise builds it, by the network", mend);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

void doctor_environments(struct doctor *doctor) {
    if (!doctor->course) return;
    autofree char *environments = path_join(doctor->course->directory, "exercises/environments");
    struct dirent **entries = NULL;
    int count = scandir(environments, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        autofree char *lock = str_format("%s/%s/requirements.lock", environments, entries[i]->d_name);
        if (path_is_id(entries[i]->d_name) && fs_exists(lock))
            add_environment(doctor, environments, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}
