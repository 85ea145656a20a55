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

int command_leave_out(const struct context *context, const struct shelved *shelved, const struct err *fault,
                      struct err *err) {
    if (!shelved->name) {
        *err = *fault;
        return -1;
    }
    scoped(str) text = STR_INIT;
    term_escape(&text, fault->message, strlen(fault->message), true);
    if (!context->quiet) fprintf(stderr, "left out: %s\n", text.data);
    return 0;
}

int command_library(const struct context *context, struct library *library, struct err *err) {
    if (library_open(library, context->course, NULL, err)) return -1;
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        if (!shelved->course) (void)command_leave_out(context, shelved, &shelved->fault, err);
    }
    return 0;
}

void target_release(struct target *target) {
    library_release(&target->library);
    free(target->directory);
    *target = (struct target){0};
}

/* A workspace's own record of what it is. All strings may be NULL: no workspace. */
struct standing {
    char *directory, *exercise, *course; /* exercise: its key */
    bool stood_in;                       /* or named by --dir; not only found where the exercise's id leads */
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

/* The exercise of the workspace, as the library has it; NULL when it has none such. */
static const struct exercise *exercise_of(const struct library *library, const struct standing *standing) {
    struct catalogued found;
    struct err ignored = ERR_INIT;
    bool known = standing->exercise && !library_by_key(library, standing->exercise, &found, &ignored);
    return known ? found.exercise : NULL;
}

/* Opens the courses. The one that a workspace belongs to is at hand while it is where it was, unless it is an added one, which
 * is found by its name. */
static int open_library(const struct context *context, const struct standing *standing, struct library *library,
                        struct err *err) {
    const char *own = standing->course && fs_is_directory(standing->course) ? standing->course : NULL;
    bool scoped = standing->exercise && strchr(standing->exercise, '/');
    if (library_open(library, context->course, scoped ? NULL : own, err)) return -1;
    if (!scoped || !own || exercise_of(library, standing)) return 0;
    library_release(library);
    return library_open(library, context->course, own, err);
}

static void set_exercise(struct target *target, const struct catalogued *found) {
    target->course = found->course;
    target->exercise = found->exercise;
}

/* With --course, an exercise of that course, of whichever the workspace was made. And a workspace that was made before its
 * course had a name. */
static int find_by_id(const struct target *target, const char *key, struct catalogued *found, struct err *err) {
    const char *slash = strchr(key, '/');
    return library_exercise(&target->library, slash ? slash + 1 : key, found, err);
}

static int target_of_standing(const struct context *context, struct standing *standing, struct target *target,
                              struct err *err) {
    if (!standing->directory) {
        err_set(err, ERR_USAGE, "no exercise is named, and this folder is no workspace of one");
        return err_help(err, "name the exercise, or change to its folder; lab list shows all exercises");
    }
    struct catalogued found;
    if (open_library(context, standing, &target->library, err)) return -1;
    if (library_by_key(&target->library, standing->exercise, &found, err) &&
        ((!context->course && strchr(standing->exercise, '/')) || find_by_id(target, standing->exercise, &found, err)))
        return -1;
    set_exercise(target, &found);
    target->directory = steal(&standing->directory);
    target->started = true;
    return 0;
}

/* Notes whether there is a workspace at target->directory, made under this key. */
static int note_state(struct target *target, const char *key, struct err *err) {
    enum workspace_state state;
    if (workspace_state(&state, target->directory, key, err)) return -1;
    target->started = state == WORKSPACE_STARTED;
    return 0;
}

/* $LAB_WORK/COURSE, where the workspaces of an added course lie, may be a workspace itself: of an exercise that is called as
 * the course is. Nothing is made inside of that. */
static int refuse_inner_place(const struct target *target, struct err *err) {
    autofree char *shelf = path_parent(target->directory), *around = NULL;
    if (!target->exercise->scope[0] || !fs_is_directory(shelf)) return 0;
    if (workspace_find(&around, shelf, err)) return -1;
    if (!around || strcmp(around, shelf) != 0) return 0;
    err_set(err, ERR_USAGE, "%s is the workspace of another exercise", shelf);
    return err_help(err, "choose another place: lab start %s --dir FOLDER", target->exercise->key);
}

/* A workspace made under a former id of the exercise is found under it; else the place is that of the key. */
static int choose_usual_place(struct target *target, struct err *err) {
    const struct path_places *places = path_places(err);
    autofree char *work = places ? fs_resolve(places->work, err) : NULL;
    if (!work) return -1;
    const struct exercise *exercise = target->exercise;
    autofree char *key = mem_copy_string(exercise->key);
    target->directory = path_join(work, key);
    for (size_t i = 0; i < exercise->aliases.count && !fs_exists(target->directory); i++) {
        autofree char *former_key = str_format("%s%s", exercise->scope, exercise->aliases.items[i]);
        autofree char *former = path_join(work, former_key);
        if (!fs_exists(former)) continue;
        free(target->directory);
        free(key);
        target->directory = steal(&former);
        key = steal(&former_key);
    }
    return refuse_inner_place(target, err) ? -1 : note_state(target, key, err);
}

/* The workspace that one stands in tells which of several exercises of one id is meant. */
static int find_exercise(struct target *target, const char *id, const struct standing *standing, struct err *err) {
    struct catalogued found;
    struct err problem = ERR_INIT;
    const char *base = standing->stood_in && standing->exercise ? path_base(standing->exercise) : "";
    bool meant = !strchr(id, '/') && !strcmp(base, id);
    if (meant && !library_by_key(&target->library, standing->exercise, &found, &problem)) {
        set_exercise(target, &found);
        return 0;
    }
    if (library_exercise(&target->library, id, &found, err)) return -1;
    set_exercise(target, &found);
    return 0;
}

static int target_of_id(const struct context *context, const char *id, const char *directory, struct standing *standing,
                        struct target *target, struct err *err) {
    if (open_library(context, standing, &target->library, err) || find_exercise(target, id, standing, err)) return -1;
    if (exercise_of(&target->library, standing) == target->exercise) {
        target->directory = steal(&standing->directory);
        target->started = true;
        return 0;
    }
    if (!directory) return choose_usual_place(target, err);
    target->directory = fs_resolve(directory, err);
    if (!target->directory) return -1;
    return note_state(target, target->exercise->key, err);
}

/* Where a workspace may be that says which course it belongs to: the folder given or stood in, else the usual one. With
 * an id, what cannot be read there is no hindrance. */
static int find_standing(struct standing *standing, const char *id, const char *directory, struct err *err) {
    struct err ignored = ERR_INIT;
    const char *from = directory ? directory : ".";
    if (fs_is_directory(from) && read_standing(standing, from, id ? &ignored : err) && !id) return -1;
    standing->stood_in = standing->directory;
    if (standing->directory || directory || !id || !path_is_scoped_id(id)) return 0;
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
    err_help(err, "lab start %s", target->exercise->name);
    target_release(target);
    return -1;
}

bool command_asks(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

bool command_confirm(const char *question, bool otherwise) {
    if (!command_asks()) return otherwise;
    for (;;) {
        fprintf(stderr, "%s %s ", question, otherwise ? "[Y/n]" : "[y/N]");
        char line[64];
        if (!fgets(line, sizeof line, stdin)) return false;
        int answer = tolower((unsigned char)line[0]);
        if (answer == '\n') return otherwise;
        if (answer == 'y' || answer == 'n') return answer == 'y';
    }
}
