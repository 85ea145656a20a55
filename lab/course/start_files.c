/* The files that a workspace starts with. */

#include <errno.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "course/answers.h"

enum { DEPTH_MOST = 64, FILES_MOST = 20 * 1000 };

/* The walk over start/. */
struct gathering {
    array(struct start_file) files;
    const struct course *course;
    const struct exercise *exercise;
    struct arena *arena;
    size_t prefix; /* bytes of "exercises/ID/start/" */
    struct err *err;
};

static void gathering_release(struct gathering *gathering) { array_free(&gathering->files); }

static void add_file(struct gathering *g, const char *path, const char *source, mode_t mode) {
    *array_push(&g->files) = (struct start_file){
        .path = arena_string(g->arena, path),
        .source = arena_printf(g->arena, "%s/%s", g->course->directory, source),
        .executable = mode & S_IXUSR,
        .is_protected = exercise_protects(g->exercise, path),
    };
}

static int refuse(struct gathering *g, const char *name, const char *why) {
    return err_set(g->err, ERR_COURSE, "%s %s", name, why);
}

static int visit(void *context, int parent, const char *name, const struct stat *info) {
    struct gathering *g = context;
    (void)parent;
    if (strlen(name) < g->prefix) return S_ISDIR(info->st_mode);
    if (!path_is_inside(name + g->prefix)) return refuse(g, name, "cannot be given to a workspace");
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(name);
    if (!S_ISREG(info->st_mode)) return refuse(g, name, "is no plain file; start/ holds plain files and folders");
    if (g->files.count == FILES_MOST) return refuse(g, name, "is one file too many: a start has at most 20000");
    add_file(g, name + g->prefix, name, info->st_mode);
    return 0;
}

static bool has_file(const struct gathering *g, const char *path) {
    for (size_t i = 0; i < g->files.count; i++)
        if (!strcmp(g->files.items[i].path, path)) return true;
    return false;
}

static int gather_start(struct gathering *g) {
    autofree char *start = str_format("exercises/%s/start", g->exercise->id);
    g->prefix = strlen(start) + 1;
    struct stat info;
    errno = 0;
    bool stands = !beneath_stat(g->course->folder, start, &info) && S_ISDIR(info.st_mode);
    if (!stands && !exercise_runs_lua(g->exercise) && errno == ENOENT) return 0;
    if (!stands) return refuse(g, start, "is missing: the files that a learner begins with");
    errno = 0;
    if (!beneath_walk(g->course->folder, start, DEPTH_MOST, visit, g)) return 0;
    return g->err->code ? -1 : err_errno(g->err, ERR_COURSE, "cannot read %s", start);
}

/* Adds a file of the course that must be there. */
static int gather_file(struct gathering *g, const char *path, const char *source) {
    struct stat info;
    if (beneath_stat(g->course->folder, source, &info) || !S_ISREG(info.st_mode))
        return refuse(g, source, "is missing");
    add_file(g, path, source, info.st_mode);
    return 0;
}

static int gather_shared(struct gathering *g) {
    for (size_t i = 0; i < g->exercise->shared.count; i++) {
        autofree char *path = path_join("tools", g->exercise->shared.items[i]);
        autofree char *source = path_join("exercises/shared", g->exercise->shared.items[i]);
        if (has_file(g, path)) return refuse(g, source, "would take the place of a file of start/");
        if (gather_file(g, path, source)) return -1;
    }
    return 0;
}

static int gather_lesson(struct gathering *g) {
    if (has_file(g, "README.md")) return 0;
    autofree char *lesson = str_format("exercises/%s/README.md", g->exercise->id);
    return gather_file(g, "README.md", lesson);
}

static void gather_questions(struct gathering *g) {
    if (!exercise_asks(g->exercise) || has_file(g, ANSWERS_FILE)) return;
    scoped(str) text = STR_INIT;
    answers_append_template(&text, g->exercise);
    *array_push(&g->files) = (struct start_file){
        .path = ANSWERS_FILE,
        .text = arena_copy(g->arena, text.data, text.len),
        .is_protected = exercise_protects(g->exercise, ANSWERS_FILE),
    };
}

int start_file_read(struct str *text, const struct start_file *file, size_t most, struct err *err) {
    if (file->source) return fs_read(text, file->source, most, err);
    str_append(text, file->text);
    return 0;
}

int exercise_start_files(struct start_files *files, const struct course *course, const struct exercise *exercise,
                         struct arena *arena, struct err *err) {
    struct err local = ERR_INIT;
    scoped(gathering) g = {.course = course, .exercise = exercise, .arena = arena, .err = &local};
    if (gather_start(&g) || gather_shared(&g) || gather_lesson(&g))
        return err_set(err, local.code, "%s", local.message);
    gather_questions(&g);
    files->count = g.files.count;
    files->items = arena_alloc(arena, (g.files.count + 1) * sizeof *files->items);
    if (g.files.count) memcpy(files->items, g.files.items, g.files.count * sizeof *files->items);
    return 0;
}
