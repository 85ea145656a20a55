/* What a command is about: which course, which exercise, which workspace. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "commands/command.h"
#include "workspace/workspace.h"

int command_course(const struct context *context, struct course **course, struct err *err) {
    autofree char *directory = NULL;
    if (course_find(&directory, context->course, err)) return -1;
    return course_open(course, directory, err);
}

void target_release(struct target *target) {
    course_free(target->course);
    free(target->directory);
    *target = (struct target){0};
}

/* A workspace's own record of what it is. All strings may be NULL: no workspace. */
struct standing {
    char *directory, *exercise, *course;
};

static void standing_release(struct standing *standing) {
    free(standing->directory);
    free(standing->exercise);
    free(standing->course);
}

/* Reads the workspace at or above `from`, if there is one. */
static int read_standing(struct standing *standing, const char *from, struct err *err) {
    if (workspace_find(&standing->directory, from, err)) return -1;
    if (!standing->directory) return 0;
    __attribute__((cleanup(workspace_close_pointer))) struct workspace *workspace = NULL;
    if (workspace_open(&workspace, standing->directory, err)) return -1;
    standing->exercise = mem_copy_string(workspace_exercise(workspace));
    standing->course = mem_copy_string(workspace_course(workspace));
    return 0;
}

static bool is_course_named(const struct context *context) {
    const char *variable = getenv("LAB_COURSE");
    return context->course || (variable && variable[0]);
}

/* Opens --course, else that of LAB_COURSE, else the course that the workspace belongs to, while it is there, else the usual one. */
static int open_course(const struct context *context, const struct standing *standing, struct course **course,
                       struct err *err) {
    bool own = !is_course_named(context) && standing->course && fs_is_directory(standing->course);
    return own ? course_open(course, standing->course, err) : command_course(context, course, err);
}

static int target_of_standing(const struct context *context, struct standing *standing, struct target *target,
                              struct err *err) {
    if (!standing->directory) {
        err_set(err, ERR_USAGE, "no exercise is named, and this folder is no workspace of one");
        return err_help(err, "name the exercise, or change to its folder; lab list shows all exercises");
    }
    if (open_course(context, standing, &target->course, err)) return -1;
    target->exercise = course_exercise(target->course, standing->exercise, err);
    if (!target->exercise) return -1;
    target->directory = steal(&standing->directory);
    target->started = true;
    return 0;
}

/* True when the workspace is one of the target's exercise, under whatever id it was made. */
static bool stands_in_exercise(const struct target *target, const struct standing *standing) {
    struct err ignored = ERR_INIT;
    return standing->exercise && course_exercise(target->course, standing->exercise, &ignored) == target->exercise;
}

/* Notes whether there is a workspace at target->directory, made under this id. */
static int note_state(struct target *target, const char *id, struct err *err) {
    enum workspace_state state;
    if (workspace_state(&state, target->directory, id, err)) return -1;
    target->started = state == WORKSPACE_STARTED;
    return 0;
}

/* A workspace made under a former id of the exercise is found under it; else the place is that of the id. */
static int choose_usual_place(struct target *target, struct err *err) {
    const struct path_places *places = path_places(err);
    autofree char *work = places ? fs_resolve(places->work, err) : NULL;
    if (!work) return -1;
    const char *id = target->exercise->id;
    target->directory = path_join(work, id);
    for (size_t i = 0; i < target->exercise->aliases.count && !fs_exists(target->directory); i++) {
        autofree char *former = path_join(work, target->exercise->aliases.items[i]);
        if (!fs_exists(former)) continue;
        free(target->directory);
        target->directory = steal(&former);
        id = target->exercise->aliases.items[i];
    }
    return note_state(target, id, err);
}

static int target_of_id(const struct context *context, const char *id, const char *directory, struct standing *standing,
                        struct target *target, struct err *err) {
    if (open_course(context, standing, &target->course, err)) return -1;
    target->exercise = course_exercise(target->course, id, err);
    if (!target->exercise) return -1;
    if (stands_in_exercise(target, standing)) {
        target->directory = steal(&standing->directory);
        target->started = true;
        return 0;
    }
    if (!directory) return choose_usual_place(target, err);
    target->directory = fs_resolve(directory, err);
    if (!target->directory) return -1;
    return note_state(target, target->exercise->id, err);
}

/* Where a workspace may be that says which course it belongs to: the folder given or stood in, else the usual one. With
 * an id, what cannot be read there is no hindrance. */
static int find_standing(struct standing *standing, const char *id, const char *directory, struct err *err) {
    struct err ignored = ERR_INIT;
    const char *from = directory ? directory : ".";
    if (fs_is_directory(from) && read_standing(standing, from, id ? &ignored : err) && !id) return -1;
    if (standing->directory || directory || !id || !path_is_id(id)) return 0;
    const struct path_places *places = path_places(err);
    if (!places) return -1;
    autofree char *usual = path_join(places->work, id);
    if (fs_is_directory(usual)) read_standing(standing, usual, &ignored);
    return 0;
}

int command_target(const struct context *context, const char *id, const char *directory, struct target *target,
                   struct err *err) {
    *target = (struct target){0};
    scoped(standing) standing = {0};
    if (find_standing(&standing, id, directory, err)) return -1;
    int result = id ? target_of_id(context, id, directory, &standing, target, err)
                    : target_of_standing(context, &standing, target, err);
    if (result) target_release(target);
    return result;
}

int command_started(const struct context *context, const char *id, const char *directory, struct target *target,
                    struct err *err) {
    if (command_target(context, id, directory, target, err)) return -1;
    if (target->started) return 0;
    err_set(err, ERR_USAGE, "%s is not started: %s is no workspace yet", target->exercise->id, target->directory);
    err_help(err, "lab start %s", target->exercise->id);
    target_release(target);
    return -1;
}

bool command_confirm(const char *question, bool otherwise) {
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return otherwise;
    for (;;) {
        fprintf(stderr, "%s %s ", question, otherwise ? "[Y/n]" : "[y/N]");
        char line[64];
        if (!fgets(line, sizeof line, stdin)) return false;
        int answer = tolower((unsigned char)line[0]);
        if (answer == '\n') return otherwise;
        if (answer == 'y' || answer == 'n') return answer == 'y';
    }
}
