/* The files of an exercise: read once, and judged by what they are. */

#include <errno.h>
#include <stdlib.h>

#include "author/lint_rules.h"
#include "base/beneath.h"
#include "base/path.h"

enum {
    DEPTH_MOST = 64,
    ENTRIES_MOST = 20 * 1000,
    FILE_MOST = 200 * 1000, /* bytes: what one wants in a repository, and reads here */
    TEXTS_MOST = 64 << 20,  /* bytes of all files together that are read */
    CONTROL_LEAST = ' '
};

static const struct yaml_position whole = {0, 0};

/* The walk over an exercise's folder. */
struct walk {
    struct lint *lint;
    size_t prefix, entries;
    uint64_t bytes;
};

/* What an exercise's folder may hold; `required`: without it nothing goes, unless it has questions alone and no need of Lua. */
static const struct {
    const char *name;
    bool required, lua;
    const char *what;
} parts[] = {
    {"README.md", true, false, "the lesson"},
    {"checker.lua", true, true, "a function for each check"},
    {"exercise.yaml", false, false, NULL}, /* or it would not be an exercise */
    {"private", false, false, NULL},
    {"solution", false, false, NULL},
    {"start", true, true, "the files that a learner begins with"},
    {"wrong", false, false, NULL},
};

/* ---- names ---- */

static bool is_backup(const char *base) {
    static const char *const ends[] = {"~", ".swp", ".swo", ".orig", ".rej", ".bak", ".tmp"};
    for (size_t i = 0; i < LENGTH(ends); i++)
        if (string_ends_with(base, ends[i])) return true;
    return !strcmp(base, ".DS_Store") || !strcmp(base, "Thumbs.db") || (*base == '#' && string_ends_with(base, "#"));
}

static bool is_solution(const char *name, size_t len) {
    return len >= strlen("solution") && !strncmp(name, "solution", strlen("solution")) &&
           (len == strlen("solution") || name[strlen("solution")] == '-');
}

static enum lint_part part_of(const char *path, const char **base) {
    const char *slash = strchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : strlen(path);
    *base = slash ? slash + 1 : path;
    if (!slash) return LINT_ELSEWHERE;
    if (len == 5 && !strncmp(path, "start", len)) return LINT_START;
    if (len == 7 && !strncmp(path, "private", len)) return LINT_PRIVATE;
    if (is_solution(path, len)) return LINT_SOLUTION;
    if (len != 5 || strncmp(path, "wrong", len) != 0) return LINT_ELSEWHERE;
    const char *inner = strchr(*base, '/');
    if (inner) *base = inner + 1;
    return LINT_WRONG;
}

static void judge_top(struct lint *lint, const char *name, const char *file) {
    const char *known[LENGTH(parts)];
    if (*name == '.' || is_solution(name, strlen(name))) return;
    for (size_t i = 0; i < LENGTH(parts); i++) {
        known[i] = parts[i].name;
        if (!strcmp(parts[i].name, name)) return;
    }
    const char *nearest = string_nearest(name, known, LENGTH(parts));
    lint_add(lint, "W310", file, whole, "lab reads nothing of this name in an exercise%s%s%s",
             nearest ? "; is it meant to be " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool has_control(const char *name) {
    for (; *name; name++)
        if ((unsigned char)*name < CONTROL_LEAST || *name == 0x7f) return true;
    return false;
}

/* True for a name that no workspace can have, which is told. */
static bool refuse_name(struct lint *lint, const char *path, const char *file) {
    if (path_is_inside(path) && !has_control(path) && utf8_valid(path, strlen(path))) return false;
    lint_add(lint, "E312", file, whole, "'%s' is no name for a file of a workspace", path_base(path));
    return true;
}

/* ---- kinds and modes ---- */

static bool has_prefix(struct sv text, const char *prefix) {
    return text.len >= strlen(prefix) && !memcmp(text.data, prefix, strlen(prefix));
}

static void judge_mode(struct lint *lint, const struct lint_file *file) {
    bool script = has_prefix(file->text, "#!");
    if (script && !file->executable && !string_ends_with(file->path, ".py")) /* those are given to python */
        lint_add(lint, "W305", file->file, (struct yaml_position){1, 1}, "it begins with #! and may not be executed");
    if (!script && file->executable && file->text.len &&
        !has_prefix(file->text, "\x7f"
                                "ELF"))
        lint_add(lint, "W306", file->file, whole, "it may be executed, and is no program");
}

static void read_file(struct walk *walk, struct lint_file *file) {
    struct lint *lint = walk->lint;
    struct str text = STR_INIT;
    if (walk->bytes + file->size <= TEXTS_MOST && file->size <= FILE_MOST) {
        if (beneath_read(lint->course->folder, file->file, &text, FILE_MOST))
            lint_add(lint, "E302", file->file, whole, "it cannot be read: %s", strerror(errno));
        else
            file->is_text = !memchr(text.data, '\0', text.len) && utf8_valid(text.data, text.len);
        walk->bytes += text.len;
    }
    file->text.len = text.len;
    file->text.data = str_steal(&text);
}

static void add_file(struct walk *walk, const char *name, const char *path, const struct stat *info) {
    struct lint *lint = walk->lint;
    struct lint_file *file = array_push(&lint->files);
    *file = (struct lint_file){
        .file = arena_string(&lint->arena, name),
        .executable = info->st_mode & S_IXUSR,
        .size = (uint64_t)info->st_size,
    };
    file->path = file->file + walk->prefix;
    file->part = part_of(file->path, &file->base);
    read_file(walk, file);
    if (file->size > FILE_MOST)
        lint_add(lint, "W303", name, whole, "it has %llu bytes; at most %d belong into an exercise",
                 (unsigned long long)file->size, FILE_MOST);
    if (string_ends_with(path, ".pyc"))
        lint_add(lint, "W308", name, whole, "byte code that Python left behind");
    else if (is_backup(path_base(path)))
        lint_add(lint, "W309", name, whole, "an editor or a merge left it behind");
    judge_mode(lint, file);
}

/* ---- the walk ---- */

static int visit_folder(struct lint *lint, const char *name, const char *path) {
    if (path_is_bytecode(path)) lint_add(lint, "W308", name, whole, "byte code that Python left behind");
    return !path_is_bytecode(path);
}

static int visit(void *context, int parent, const char *name, const struct stat *info) {
    struct walk *walk = context;
    (void)parent;
    const char *path = name + walk->prefix;
    if (++walk->entries > ENTRIES_MOST) {
        errno = EFBIG;
        return -1;
    }
    if (!strchr(path, '/')) judge_top(walk->lint, path, name);
    if (S_ISLNK(info->st_mode)) {
        lint_add(walk->lint, "E301", name, whole, "a symbolic link; a course holds plain folders and files");
        return 0;
    }
    if (refuse_name(walk->lint, path, name)) return 0;
    if (S_ISDIR(info->st_mode)) return visit_folder(walk->lint, name, path);
    if (S_ISREG(info->st_mode))
        add_file(walk, name, path, info);
    else
        lint_add(walk->lint, "E302", name, whole, "neither a file nor a folder");
    return 0;
}

static int by_path(const void *a, const void *b) {
    const struct lint_file *left = a, *right = b;
    return strcmp(left->path, right->path);
}

static bool has_part(const struct lint *lint, const char *name) {
    size_t len = strlen(name);
    for (size_t i = 0; i < lint->files.count; i++) {
        const char *path = lint->files.items[i].path;
        if (!strncmp(path, name, len) && (!path[len] || path[len] == '/')) return true;
    }
    return false;
}

void lint_files(struct lint *lint) {
    struct walk walk = {.lint = lint, .prefix = strlen(lint->folder) + 1};
    if (beneath_walk(lint->course->folder, lint->folder, DEPTH_MOST, visit, &walk)) {
        if (errno == ELOOP || errno == ENOTDIR)
            lint_add(lint, "E301", lint->folder, whole, "a symbolic link; a course holds plain folders and files");
        else
            lint_add(lint, "E311", lint->folder, whole, "more than %d entries, or folders in folders beyond %d",
                     ENTRIES_MOST, DEPTH_MOST);
    }
    if (lint->files.count) qsort(lint->files.items, lint->files.count, sizeof *lint->files.items, by_path);
    bool lua = !lint->exercise || exercise_runs_lua(lint->exercise);
    for (size_t i = 0; i < LENGTH(parts); i++)
        if (parts[i].required && (lua || !parts[i].lua) && !has_part(lint, parts[i].name))
            lint_add(lint, "E313", lint->folder, whole, "%s is missing: %s", parts[i].name, parts[i].what);
}
