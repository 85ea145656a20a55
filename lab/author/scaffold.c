#include "author/scaffold_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/path.h"

enum { FILE_MOST = 1024 * 1024 };

void scaffold_release(struct scaffold *made) { arena_release(&made->arena); }

static void making_release(struct making *making) {
    if (making->exercises >= 0) close(making->exercises);
    arena_release(&making->scratch);
    str_release(&making->track_text);
    course_free(making->course);
}

/* ---- before anything is written ---- */

static int check_id(const char *id, struct err *err) {
    if (!path_is_id(id))
        return err_set(err, ERR_USAGE, "'%s' is no id: lower-case letters, digits and single dashes, at most 64", id);
    if (strcmp(id, "environments") != 0 && strcmp(id, "shared") != 0) return 0;
    return err_set(err, ERR_USAGE, "exercises/%s is no exercise: the name has another meaning; take another id", id);
}

static int check_free(struct making *making, struct err *err) {
    const char *id = making->request->id;
    struct err none = ERR_INIT;
    struct stat info;
    if (!beneath_stat(making->course->folder, making->folder, &info)) {
        err_set(err, ERR_USAGE, "%s is there already", making->folder);
        return err_help(err, "take another id, or edit that exercise");
    }
    const struct exercise *renamed = course_exercise(making->course, id, &none);
    if (renamed)
        return err_set(err, ERR_USAGE, "'%s' is a former id of the exercise '%s'; take another", id, renamed->id);
    return 0;
}

static int read_like(struct making *making, struct err *err) {
    const char *like = making->request->like;
    if (!like) return 0;
    const struct exercise *exercise = course_exercise(making->course, like, err);
    scoped(str) text = STR_INIT;
    if (!exercise) return -1;
    if (beneath_read(making->course->folder, exercise->file, &text, FILE_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", exercise->file);
    making->wording.like = yaml_parse(&making->scratch, exercise->file, text.data, text.len, YAML_STRICT, err);
    return making->wording.like ? 0 : -1;
}

/* The text of the track with the exercise in it. */
static int write_track_text(struct making *making, struct err *err) {
    struct scaffold *made = making->made;
    made->track_file = arena_printf(&made->arena, "tracks/%s.yaml", making->place.track_id);
    made->track_made = !making->place.track;
    if (made->track_made) {
        scaffold_template(&making->track_text, &making->wording, "tracks/new-track.yaml");
        return 0;
    }
    scoped(str) text = STR_INIT;
    if (beneath_read(making->course->folder, made->track_file, &text, FILE_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", made->track_file);
    return scaffold_list(&making->track_text, made->track_file, &text, making->place.module_id, making->request->id,
                         err);
}

/* What a checkout or an installed copy of lab has already need not be put into .lab/. */
static const char *types_folder(const struct making *making) {
    static const struct {
        const char *file, *folder;
    } own[] = {{"checker/lab.d.lua", "checker"}, {"checker/types/10_checks.lua", "checker/types"}};
    for (size_t i = 0; i < LENGTH(own); i++)
        if (beneath_is_file(making->course->folder, own[i].file)) return own[i].folder;
    return ".lab/lua";
}

static void choose_words(struct making *making) {
    struct scaffold *made = making->made;
    made->track = arena_string(&made->arena, making->place.track_id);
    made->module = arena_string(&made->arena, making->place.module_id);
    making->wording.exercise = making->request->id;
    making->wording.track = made->track;
    making->wording.module = made->module;
    making->wording.schemas =
        beneath_is_file(making->course->folder, "docs/schema/exercise.schema.json") ? "docs/schema" : ".lab/schema";
    making->wording.types = types_folder(making);
}

/* ---- the course ---- */

static int lock_course(struct making *making, const char *directory, struct err *err) {
    autofree char *path = path_join(directory, "exercises");
    making->exercises = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (making->exercises < 0) return err_errno(err, ERR_COURSE, "cannot open %s", path);
    if (flock(making->exercises, LOCK_EX)) return err_errno(err, ERR_ENVIRONMENT, "cannot lock %s", path);
    return 0;
}

static int make_exercise(struct scaffold *made, const struct scaffold_request *request, struct err *err) {
    scoped(making) making = {.made = made, .request = request, .exercises = -1, .track_text = STR_INIT};
    making.folder = arena_printf(&made->arena, "exercises/%s", request->id);
    if (lock_course(&making, made->directory, err) || course_open(&making.course, made->directory, err)) return -1;
    if (check_free(&making, err) || scaffold_place(&making.place, making.course, request, err)) return -1;
    choose_words(&making);
    return read_like(&making, err) || write_track_text(&making, err) || scaffold_write(&making, err) ? -1 : 0;
}

/* Whether the folder holds nothing but what begins with a dot, such as .git. */
static bool is_empty(const char *directory) {
    autoclose int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped(names) names = {0};
    if (folder < 0 || beneath_names(folder, &names)) return false;
    for (size_t i = 0; i < names.count; i++)
        if (names.items[i][0] != '.') return false;
    return true;
}

static int make_course(char **directory, struct err *err) {
    *directory = getcwd(NULL, 0);
    if (!*directory) return err_errno(err, ERR_ENVIRONMENT, "cannot tell the current folder");
    if (!is_empty(*directory)) {
        err_set(err, ERR_USAGE,
                "no course here, and this folder is not empty: neither it nor one above it holds "
                "tracks/ and exercises/");
        return err_help(err, "go to an empty folder, or to a course; or mkdir tracks exercises");
    }
    if (!mkdir("exercises", 0755) && !mkdir("tracks", 0755)) return 0;
    err_errno(err, ERR_ENVIRONMENT, "cannot make a course in %s", *directory);
    rmdir("exercises");
    return -1;
}

int scaffold_exercise(struct scaffold *made, const char *given, const struct scaffold_request *request,
                      struct err *err) {
    autofree char *directory = NULL;
    if (check_id(request->id, err) || course_find_own(&directory, given, err)) return -1;
    made->course_made = !directory;
    if (made->course_made && make_course(&directory, err)) return -1;
    made->directory = arena_string(&made->arena, directory);
    if (!make_exercise(made, request, err)) return 0;
    if (made->course_made && (rmdir("tracks") || rmdir("exercises")))
        err_wrap(err, "a part of the new course is left in %s", directory);
    return -1;
}
