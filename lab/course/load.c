#include "course/load.h"

#include <errno.h>

#include "base/beneath.h"
#include "base/path.h"
#include "course/format.h"
#include "course/skills.h"

#define COURSE_FILE "course.yaml"
enum { BYTES_MOST = 1024 * 1024 };

static void report_unreadable(const char *file, int cause, struct problem_report *report) {
    const char *say = cause == EFBIG   ? "the file is larger than 1 MiB"
                      : cause == ELOOP ? "a symbolic link leads here; a course holds plain folders and files"
                                       : strerror(cause);
    autofree char *text = str_format("%s:1:1: %s", file, say);
    problem_report_add(report, text);
}

int load_text(const struct course *course, const char *file, struct str *text, struct problem_report *report) {
    if (!beneath_read(course->folder, file, text, BYTES_MOST)) return 0;
    report_unreadable(file, errno, report);
    return -1;
}

/* A file on its way into the model. */
struct loading {
    struct course *course;
    struct arena scratch; /* of the tree */
    struct str text;
    const struct yaml_node *root;
    struct problems problems;
};

static void loading_release(struct loading *loading) {
    arena_release(&loading->scratch);
    str_release(&loading->text);
    problems_release(&loading->problems);
}

/* Reads and parses the file, and fills the struct at base. */
static int begin_loading(struct loading *loading, const char *file, const struct fields *format, void *base,
                         struct problem_report *report) {
    if (load_text(loading->course, file, &loading->text, report)) return -1;
    struct err err; /* not zeroed, for that would cost a large course more than reading it; set before it is read */
    loading->root = yaml_parse(&loading->scratch, file, loading->text.data, loading->text.len, YAML_STRICT, &err);
    if (!loading->root) {
        problem_report_add(report, err.message);
        return -1;
    }
    loading->problems.source = source_of(file, loading->text.data, loading->text.len);
    struct field_reader reader = {&loading->course->arena, &loading->problems};
    fields_read(&reader, format, loading->root, base);
    return 0;
}

static int end_loading(struct loading *loading, struct problem_report *report) {
    bool faulty = loading->problems.list.count > 0;
    problems_report(&loading->problems, report);
    return faulty ? -1 : 0;
}

/* True when another course has an exercise of this id. */
static bool has_namesake(const struct course *course, const char *id) {
    const struct strings *shared = course->shared_ids;
    return shared && find_text(shared, id) >= 0;
}

struct exercise *load_exercise(struct course *course, size_t index, struct problem_report *report) {
    const char *id = course->exercise_ids.items[index];
    struct exercise *exercise = arena_alloc(&course->arena, sizeof *exercise);
    exercise->directory = arena_printf(&course->arena, "%s/exercises/%s", course->directory, id);
    exercise->file = arena_printf(&course->arena, "exercises/%s/exercise.yaml", id);
    scoped(loading) loading = {.course = course, .text = STR_INIT};
    if (begin_loading(&loading, exercise->file, &exercise_format, exercise, report)) return NULL;
    for (size_t i = 0; i < exercise->check_count; i++) exercise->points += exercise->checks[i].points;
    exercise->scope = course->scope;
    exercise->key = arena_printf(&course->arena, "%s%s", course->scope, id);
    exercise->name = has_namesake(course, id) ? arena_printf(&course->arena, "%s/%s", course->id, id) : id;
    cross_check_exercise(course, exercise, loading.root, &loading.problems);
    return end_loading(&loading, report) ? NULL : exercise;
}

int load_track(struct course *course, const char *name, struct track *track, struct problem_report *report) {
    track->file = arena_printf(&course->arena, "tracks/%s", name);
    scoped(loading) loading = {.course = course, .text = STR_INIT};
    if (begin_loading(&loading, track->file, &track_format, track, report)) return -1;
    cross_check_track(course, track, loading.root, &loading.problems);
    return end_loading(&loading, report);
}

int load_skills(struct course *course, struct skill_table *table, struct problem_report *report) {
    scoped(loading) loading = {.course = course, .text = STR_INIT};
    if (begin_loading(&loading, SKILLS_FILE, &skills_format, table, report)) return -1;
    cross_check_skills(course, table, loading.root, &loading.problems);
    return end_loading(&loading, report);
}

static int read_course_file(struct course *course, bool *too_old, struct problem_report *report) {
    scoped(loading) loading = {.course = course, .text = STR_INIT};
    if (begin_loading(&loading, COURSE_FILE, &course_format, course, report)) return -1;
    cross_check_course(course, loading.root, &loading.problems, too_old);
    return end_loading(&loading, report);
}

int load_course_file(struct course *course, struct err *err) {
    struct stat info;
    bool too_old = false;
    if (beneath_stat(course->folder, COURSE_FILE, &info) && errno == ENOENT) return 0;
    scoped(problem_report) report = PROBLEM_REPORT_INIT;
    if (!read_course_file(course, &too_old, &report)) return 0;
    problem_report_finish(&report, err);
    if (too_old && report.shown == 1)
        snprintf(err->help, sizeof err->help, "update lab, or take an older version of the course");
    return -1;
}
