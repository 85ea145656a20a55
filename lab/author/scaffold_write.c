/* Writing a new exercise: as a whole or not at all. Signals that end a program wait meanwhile. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "author/scaffold_inside.h"
#include "author/schema.h"
#include "author/template.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/interrupts.h"
#include "base/path.h"

enum { FILE_MOST = 1024 * 1024 };

/* What is not yet whole has these names; a course shows no name that begins with a dot. */
static const char *const unfinished_folder = "exercises/.new";
static const char *const unfinished_file = "exercises/.new-file";

/* Every file is one of the template or a schema, and is written once. */
static void note_written(struct making *making, const char *path) {
    struct scaffold *made = making->made;
    size_t most = template_file_count + schema_count;
    if (!made->files.items) made->files.items = arena_alloc(&made->arena, most * sizeof *made->files.items);
    made->files.items[made->files.count++] = arena_string(&made->arena, path);
}

/* Writes the text to unfinished_file, down to the disk. */
static int write_unfinished(int root, const struct str *text, mode_t mode) {
    if (beneath_write(root, unfinished_file, text->data, text->len, mode)) return -1;
    autoclose int fd = beneath_open(root, unfinished_file, O_RDONLY, 0);
    return fd < 0 || fsync(fd) ? -1 : 0;
}

/* Gives unfinished_file the path. */
static int rename_unfinished(const struct making *making, const char *parent, const char *path) {
    autoclose int folder = beneath_open(making->course->folder, parent, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0) return -1;
    return renameat(making->exercises, path_base(unfinished_file), folder, path_base(path));
}

/* Replaces a file of the course in one step, keeping its mode; what a link there leads to is left alone. */
static int replace_file(struct making *making, const char *path, const struct str *text, struct err *err) {
    int root = making->course->folder;
    struct stat old;
    mode_t mode = !beneath_stat(root, path, &old) && S_ISREG(old.st_mode) ? old.st_mode & 0777 : 0644;
    autofree char *parent = path_parent(path);
    if (beneath_make_directories(root, parent) || write_unfinished(root, text, mode) ||
        rename_unfinished(making, parent, path)) {
        err_errno(err, ERR_ENVIRONMENT, "cannot write %s in the course %s", path, making->course->directory);
        beneath_remove(root, unfinished_file);
        return -1;
    }
    note_written(making, path);
    return 0;
}

/* Writes what an editor needs, unless it is there as it should be. */
static int bring_up_to_date(struct making *making, const char *path, const struct str *text, struct err *err) {
    scoped(str) old = STR_INIT;
    if (!beneath_read(making->course->folder, path, &old, FILE_MOST) && old.len == text->len &&
        !memcmp(old.data, text->data, text->len))
        return 0;
    return replace_file(making, path, text, err);
}

static int write_schemas(struct making *making, struct err *err) {
    if (strcmp(making->wording.schemas, ".lab/schema") != 0) return 0;
    for (size_t i = 0; i < schema_count; i++) {
        autofree char *path = str_format(".lab/schema/%s.schema.json", schemas[i].name);
        scoped(str) text = STR_INIT;
        schema_append(&text, &schemas[i]);
        if (bring_up_to_date(making, path, &text, err)) return -1;
    }
    return 0;
}

static int write_types(struct making *making, struct err *err) {
    if (strcmp(making->wording.types, ".lab/lua") != 0) return 0;
    for (size_t i = 0; i < template_file_count; i++) {
        const struct template_file *file = &template_files[i];
        if (!string_starts_with(file->path, ".lab/lua/")) continue;
        scoped(str) text = STR_INIT;
        str_append_bytes(&text, file->text, file->len);
        if (bring_up_to_date(making, file->path, &text, err)) return -1;
    }
    return 0;
}

static int write_editor_settings(struct making *making, struct err *err) {
    struct stat info;
    if (!beneath_stat(making->course->folder, ".luarc.json", &info)) return 0;
    scoped(str) text = STR_INIT;
    scaffold_template(&text, &making->wording, ".luarc.json");
    return replace_file(making, ".luarc.json", &text, err);
}

static int write_folder(struct making *making, struct err *err) {
    static const char prefix[] = "exercises/new-exercise/";
    int root = making->course->folder;
    if (beneath_remove(root, unfinished_folder))
        return err_errno(err, ERR_ENVIRONMENT, "cannot remove %s, which is left from before", unfinished_folder);
    for (size_t i = 0; i < template_file_count; i++) {
        if (!string_starts_with(template_files[i].path, prefix)) continue;
        const char *name = template_files[i].path + strlen(prefix);
        autofree char *path = path_join(unfinished_folder, name), *final = path_join(making->folder, name);
        scoped(str) text = STR_INIT;
        scaffold_text(&text, &making->wording, template_files[i].path, template_files[i].text, template_files[i].len);
        if (beneath_write(root, path, text.data, text.len, 0644))
            return err_errno(err, ERR_ENVIRONMENT, "cannot write %s in the course %s", path, making->course->directory);
        note_written(making, final);
    }
    if (renameat(making->exercises, path_base(unfinished_folder), making->exercises, making->request->id))
        return err_errno(err, ERR_ENVIRONMENT, "cannot make %s", making->folder);
    making->placed = true;
    return 0;
}

/* Writes everything; what an exercise consists of last, and its mention in the track at the very end. */
static int write_all(struct making *making, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (!write_schemas(making, err) && !write_types(making, err) && !write_editor_settings(making, err) &&
        !write_folder(making, err) && !replace_file(making, making->made->track_file, &making->track_text, err))
        return 0;
    beneath_remove(making->course->folder, making->placed ? making->folder : unfinished_folder);
    return -1;
}

int scaffold_write(struct making *making, struct err *err) {
    sigset_t ends = interrupt_signals(), before;
    sigprocmask(SIG_BLOCK, &ends, &before);
    int failed = write_all(making, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return failed;
}
