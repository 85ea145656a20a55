#include "course/course.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "course/load.h"

enum { ID_MOST = 64 };

/* ---- opening ---- */

static int by_text(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Lists the entries of a folder of the course for which `wanted` says so, sorted, in its arena. */
static int list_folder(struct course *course, const char *name, bool (*wanted)(int folder, const struct dirent *),
                       struct strings *names, struct err *err) {
    int folder = openat(course->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = folder < 0 ? NULL : fdopendir(folder);
    if (!stream) {
        err_errno(err, ERR_COURSE, "cannot read the folder %s/ of the course %s", name, course->directory);
        if (folder >= 0) close(folder);
        return -1;
    }
    array(const char *) found = {0};
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (entry->d_name[0] != '.' && wanted(folder, entry))
            *array_push(&found) = arena_string(&course->arena, entry->d_name);
    closedir(stream);
    if (found.count) qsort(found.items, found.count, sizeof *found.items, by_text);
    names->count = found.count;
    names->items = arena_alloc(&course->arena, (found.count + 1) * sizeof *names->items);
    if (found.count) memcpy(names->items, found.items, found.count * sizeof *names->items);
    array_free(&found);
    return 0;
}

static bool is_track(int folder, const struct dirent *entry) {
    (void)folder;
    return string_ends_with(entry->d_name, ".yaml");
}

static bool is_exercise(int folder, const struct dirent *entry) {
    if (entry->d_type == DT_REG) return false;
    autofree char *file = path_join(entry->d_name, "exercise.yaml");
    struct stat info;
    return !fstatat(folder, file, &info, AT_SYMLINK_NOFOLLOW);
}

static double mean_level(const struct track *track) {
    int sum = 0;
    for (size_t i = 0; i < track->module_count; i++) sum += track->modules[i].level;
    return track->module_count ? (double)sum / (double)track->module_count : 0;
}

/* The track that asks less comes first; equal ones by their files' names. */
static int by_level(const void *a, const void *b) {
    const struct track *left = a, *right = b;
    double difference = mean_level(left) - mean_level(right);
    if (difference < 0 || difference > 0) return difference < 0 ? -1 : 1;
    return strcmp(left->file, right->file);
}

/* Without a listener the first fault of a track is the end. */
static int load_tracks(struct course *course, const struct course_listener *listener, struct err *err) {
    struct strings files;
    if (list_folder(course, "tracks", is_track, &files, err)) return -1;
    course->tracks = arena_alloc(&course->arena, (files.count + 1) * sizeof *course->tracks);
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    report.listener = listener;
    for (size_t i = 0; i < files.count; i++) {
        struct track track = {0};
        if (!load_track(course, files.items[i], &track, &report)) course->tracks[course->track_count++] = track;
    }
    if (course->track_count) qsort(course->tracks, course->track_count, sizeof *course->tracks, by_level);
    return problem_report_finish(&report, err);
}

char *course_id_of(const char *text) {
    struct str id = STR_INIT;
    for (; *text && id.len < ID_MOST; text++) {
        if (isalnum((unsigned char)*text) && (unsigned char)*text < 128)
            str_append_char(&id, (char)tolower((unsigned char)*text));
        else if (id.len && id.data[id.len - 1] != '-')
            str_append_char(&id, '-');
    }
    while (id.len && id.data[id.len - 1] == '-') id.data[--id.len] = '\0';
    if (!id.len) str_append(&id, "course");
    return str_steal(&id);
}

void course_name(struct course *course, const char *name) {
    course->id = arena_string(&course->arena, name);
    course->scope = strcmp(name, COURSE_BUILT_IN) ? arena_printf(&course->arena, "%s/", name) : "";
}

/* By its file; without one, by its folder, whose name may change: then its exercises go without a scope. */
static int identify(struct course *course, struct err *err) {
    if (load_course_file(course, err)) return -1;
    if (course->id) {
        course_name(course, course->id);
        return 0;
    }
    autofree char *id = course_id_of(path_base(course->directory));
    course->id = arena_string(&course->arena, id);
    course->scope = "";
    return 0;
}

static int fill_course(struct course *course, const char *directory, const struct course_listener *listener,
                       struct err *err) {
    autofree char *absolute = realpath(directory, NULL);
    if (!absolute) return err_errno(err, ERR_USAGE, "no course at %s", directory);
    course->directory = arena_string(&course->arena, absolute);
    course->folder = open(absolute, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (course->folder < 0) return err_errno(err, ERR_USAGE, "cannot open the course %s", absolute);
    if (identify(course, err)) return -1;
    if (list_folder(course, "exercises", is_exercise, &course->exercise_ids, err)) return -1;
    course->loaded = arena_alloc(&course->arena, (course->exercise_ids.count + 1) * sizeof(void *));
    return load_tracks(course, listener, err);
}

int course_open_heard(struct course **course, const char *directory, const struct course_listener *listener,
                      struct err *err) {
    *course = mem_alloc(sizeof **course);
    (*course)->folder = -1;
    if (!fill_course(*course, directory, listener, err)) return 0;
    course_free(steal(course));
    return -1;
}

int course_open(struct course **course, const char *directory, struct err *err) {
    return course_open_heard(course, directory, NULL, err);
}

void course_free(struct course *course) {
    if (!course) return;
    if (course->folder >= 0) close(course->folder);
    arena_release(&course->arena);
    free(course);
}

void course_release(struct course **course) { course_free(*course); }

/* ---- looking up ---- */

long find_text(const struct strings *sorted, const char *text) {
    if (!sorted->count) return -1;
    const char *const *found = bsearch(&text, sorted->items, sorted->count, sizeof *sorted->items, by_text);
    return found ? found - (const char *const *)sorted->items : -1;
}

long find_exercise_id(const struct course *course, const char *id) { return find_text(&course->exercise_ids, id); }

bool course_has(const struct course *course, const char *id) { return find_exercise_id(course, id) >= 0; }

static const struct exercise *exercise_at(struct course *course, size_t index, struct problem_report *report) {
    if (!course->loaded[index]) course->loaded[index] = load_exercise(course, index, report);
    return course->loaded[index];
}

static bool has_alias(const struct exercise *exercise, const char *alias) {
    for (size_t i = 0; i < exercise->aliases.count; i++)
        if (!strcmp(exercise->aliases.items[i], alias)) return true;
    return false;
}

/* Reads all exercises for one that had this id before; faults of others do not matter here. */
static const struct exercise *find_alias(struct course *course, const char *alias) {
    scoped(problem_report) ignored = PROBLEM_REPORT_INIT;
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        const struct exercise *exercise = exercise_at(course, i, &ignored);
        if (exercise && has_alias(exercise, alias)) return exercise;
    }
    return NULL;
}

static int no_such(const char *kind, const char *id, const char *nearest, const char *help, struct err *err) {
    if (nearest)
        err_set(err, ERR_USAGE, "no %s '%s', did you mean '%s'?", kind, id, nearest);
    else
        err_set(err, ERR_USAGE, "no %s '%s'", kind, id);
    return err_help(err, "%s", help);
}

const struct exercise *course_exercise_heard(struct course *course, size_t index,
                                             const struct course_listener *listener) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    report.listener = listener;
    return exercise_at(course, index, &report);
}

const struct exercise *course_exercise(struct course *course, const char *id, struct err *err) {
    long index = find_exercise_id(course, id);
    if (index < 0) {
        const struct exercise *renamed = find_alias(course, id);
        const struct strings *ids = &course->exercise_ids;
        if (!renamed) no_such("exercise", id, string_nearest(id, ids->items, ids->count), "lab list", err);
        return renamed;
    }
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    const struct exercise *exercise = exercise_at(course, (size_t)index, &report);
    if (!exercise) problem_report_finish(&report, err);
    return exercise;
}

const struct track *course_track(const struct course *course, const char *id, struct err *err) {
    array(const char *) ids = {0};
    const struct track *found = NULL;
    for (size_t i = 0; i < course->track_count && !found; i++) {
        *array_push(&ids) = course->tracks[i].id;
        if (!strcmp(course->tracks[i].id, id)) found = &course->tracks[i];
    }
    if (!found) no_such("track", id, string_nearest(id, ids.items, ids.count), "lab tracks", err);
    array_free(&ids);
    return found;
}

/* ---- the whole course ---- */

struct former {
    const char *alias;
    const struct exercise *exercise;
};

static int by_alias(const void *a, const void *b) {
    const struct former *left = a, *right = b;
    int order = strcmp(left->alias, right->alias);
    return order ? order : strcmp(left->exercise->id, right->exercise->id);
}

static void report_shared_alias(const struct former *former, const struct exercise *other,
                                struct problem_report *report) {
    struct err err = ERR_INIT;
    course_error_at(former->exercise, former->exercise->aliases_at, &err, "'%s' is an alias of '%s' already",
                    former->alias, other->id);
    problem_report_add(report, err.message);
}

/* An alias leads to one exercise only. */
static void check_aliases(const struct course *course, struct problem_report *report) {
    array(struct former) formers = {0};
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        const struct exercise *exercise = course->loaded[i];
        for (size_t k = 0; exercise && k < exercise->aliases.count; k++)
            *array_push(&formers) = (struct former){exercise->aliases.items[k], exercise};
    }
    if (formers.count) qsort(formers.items, formers.count, sizeof *formers.items, by_alias);
    for (size_t i = 1; i < formers.count; i++)
        if (!strcmp(formers.items[i - 1].alias, formers.items[i].alias))
            report_shared_alias(&formers.items[i], formers.items[i - 1].exercise, report);
    array_free(&formers);
}

void course_aliases_heard(const struct course *course, const struct course_listener *listener) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    report.listener = listener;
    check_aliases(course, &report);
}

int course_validate(struct course *course, struct err *err) {
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    (void)course_services_report(course, &report);
    for (size_t i = 0; i < course->exercise_ids.count; i++) exercise_at(course, i, &report);
    check_aliases(course, &report);
    find_skills(course, &report);
    return problem_report_finish(&report, err);
}
