#include "author/preview_state.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/path.h"

enum { FILE_MOST = 1 << 20, DEPTH_MOST = 64 };

static const char *const lesson_name = "README.md";

struct reader {
    int course;
    const char *lesson; /* its path */
};

/* Whether a file speaks of the lesson, or is a checker that looks at all files. */
static int look_into(void *context, int parent, const char *path, const struct stat *info) {
    const struct reader *reader = context;
    scoped(str) text = STR_INIT;
    (void)parent;
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(path);
    if (!S_ISREG(info->st_mode) || !strcmp(path, reader->lesson)) return 0;
    if (beneath_read(reader->course, path, &text, FILE_MOST)) return -1;
    bool is_checker = string_ends_with(path, "/checker.lua");
    bool names = memmem(text.data, text.len, lesson_name, strlen(lesson_name)) ||
                 (is_checker && (strstr(text.data, "glob") || strstr(text.data, "tree")));
    return names ? -1 : 0;
}

/* The lesson lies in the workspace, where checks and programs can read it: those that never name it do not. */
static bool lesson_is_read(const struct preview *preview) {
    if (!preview->work.course) return true;
    autofree char *folder = path_join("exercises", preview->exercise);
    autofree char *lesson = path_join(folder, lesson_name);
    struct reader reader = {preview->work.course->folder, lesson};
    return beneath_walk(reader.course, folder, DEPTH_MOST, look_into, &reader) != 0;
}

/* The variant whose folder holds this path of the exercise, or NULL. */
static const struct variant *variant_of(const struct preview *preview, const char *path) {
    for (size_t i = 0; i < preview->work.variants.count; i++) {
        const char *name = preview->work.variants.items[i].name;
        if (!strcmp(path, name) || path_below(path, name)) return &preview->work.variants.items[i];
    }
    return NULL;
}

/* Of the folders of known variants, only those matter of which the shown one is made. */
static bool makes_up_work(const struct preview *preview, const struct variant *changed) {
    const struct variant *shown = preview->work.variant;
    return shown && (changed == shown || (shown->kind == VARIANT_WRONG && !strcmp(changed->name, "solution")));
}

static unsigned meaning_in_exercise(const struct preview *preview, const char *path) {
    if (!strcmp(path, lesson_name)) return CHANGE_LESSON | (lesson_is_read(preview) ? CHANGE_WORK : 0);
    const struct variant *variant = variant_of(preview, path);
    return CHANGE_FILES | (!variant || makes_up_work(preview, variant) ? CHANGE_WORK : 0);
}

unsigned preview_meaning(const struct preview *preview, const char *path) {
    const unsigned everything = CHANGE_LESSON | CHANGE_FILES | CHANGE_WORK;
    if (!path) return everything;
    autofree char *folder = path_join("exercises", preview->exercise);
    const char *inside = path_below(path, folder);
    if (inside) return *inside ? meaning_in_exercise(preview, inside) : everything;
    if (path_below(path, "exercises/shared") || path_below(path, "exercises/environments"))
        return CHANGE_FILES | CHANGE_WORK;
    return 0;
}

void preview_watch(struct preview *preview) {
    const char *directory = preview->options->course;
    autoclose int course = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (course < 0) return;
    autofree char *own = path_join("exercises", preview->exercise);
    watch_folder(&preview->watch, course, directory, "exercises", false);
    watch_folder(&preview->watch, course, directory, own, true);
    watch_folder(&preview->watch, course, directory, "exercises/shared", true);
    if (!preview->work.exercise || !preview->work.exercise->python) return;
    autofree char *environment = str_format("exercises/environments/%s", preview->work.exercise->python);
    watch_folder(&preview->watch, course, directory, environment, true);
}
