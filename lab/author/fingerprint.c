#include "author/fingerprint.h"

#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "box/box.h"
#include "checker/checker.h"

enum { FILE_MOST = 64 << 20, FILES_MOST = 20 * 1000, PROGRAM_MOST = 256 << 20, DEPTH_MOST = 64 };

static const char wrong_variants[] = "wrong";

void fingerprint_release(struct fingerprint *fingerprint) {
    array_free(&fingerprint->files);
    arena_release(&fingerprint->arena);
}

/* ---- folders ---- */

struct reading {
    struct fingerprint *fingerprint;
    int folder; /* of the course */
    size_t prefix, files;
    struct str texts; /* the files' bytes, for the names that occur in them */
    struct err *err;
};

static void reading_release(struct reading *reading) { str_release(&reading->texts); }

static int add_file(struct reading *reading, const char *name, const struct stat *info) {
    scoped(str) text = STR_INIT;
    if (beneath_read(reading->folder, name, &text, FILE_MOST))
        return err_errno(reading->err, ERR_COURSE, "cannot read %s", name);
    struct fingerprint_file *file = array_push(&reading->fingerprint->files);
    file->name = arena_string(&reading->fingerprint->arena, name + reading->prefix);
    file->executable = info->st_mode & S_IXUSR;
    hash_hex(text.data, text.len, file->hash);
    str_append_bytes(&reading->texts, text.data, text.len);
    return 0;
}

static int add_entry(void *context, int parent, const char *name, const struct stat *info) {
    struct reading *reading = context;
    (void)parent;
    if (strlen(name) < reading->prefix) return S_ISDIR(info->st_mode);
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(name);
    if (!S_ISREG(info->st_mode))
        return err_set(reading->err, ERR_COURSE, "%s is no plain file; a course holds plain files and folders", name);
    if (++reading->files > FILES_MOST)
        return err_set(reading->err, ERR_COURSE, "%s is one file too many: at most %d are read", name, FILES_MOST);
    return add_file(reading, name, info);
}

static int add_folder(struct reading *reading, const char *folder) {
    struct err local = ERR_INIT;
    struct err *outer = reading->err;
    reading->prefix = strlen(folder) + 1;
    reading->err = &local;
    int status = beneath_walk(reading->folder, folder, DEPTH_MOST, add_entry, reading);
    reading->err = outer;
    if (!status || (!local.code && errno == ENOENT)) return 0;
    if (local.code) return err_set(outer, local.code, "%s", local.message);
    return err_errno(outer, ERR_COURSE, "cannot read %s", folder);
}

/* ---- shared programs ---- */

static bool is_word_byte(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the word stands in the text, by itself. */
static bool has_word(const struct str *text, const char *word, size_t len) {
    const char *at = text->data, *end = text->data + text->len;
    while ((at = memmem(at, (size_t)(end - at), word, len))) {
        bool begins = at == text->data || !is_word_byte(at[-1]), ends = at + len == end || !is_word_byte(at[len]);
        if (begins && ends) return true;
        at++;
    }
    return false;
}

/* Programs that functions of the checker API start. */
static const struct {
    const char *program, *function;
} started[] = {{"stubllm.py", "llm.stub"}, {"otlpsink.py", "otlp.sink"}};

static bool is_started(const struct str *texts, const char *name) {
    for (size_t i = 0; i < LENGTH(started); i++)
        if (!strcmp(started[i].program, name)) return has_word(texts, started[i].function, strlen(started[i].function));
    return false;
}

static bool is_named(const struct exercise *exercise, const struct str *texts, const char *name) {
    if (is_started(texts, name)) return true;
    for (size_t i = 0; i < exercise->shared.count; i++)
        if (!strcmp(exercise->shared.items[i], name)) return true;
    size_t len = strlen(name); /* a module is imported by its stem, other files are opened by their names */
    if (string_ends_with(name, ".py")) len -= strlen(".py");
    return len && has_word(texts, name, len);
}

/* Adds every program of exercises/shared/ that is named; its own text may name others, so until no more are found. */
static int add_shared(struct reading *reading, const struct exercise *exercise) {
    scoped(names) names = {0};
    autoclose int shared = beneath_open(reading->folder, "exercises/shared", O_RDONLY | O_DIRECTORY, 0);
    if (shared < 0) return 0;
    if (beneath_names(shared, &names)) return err_errno(reading->err, ERR_COURSE, "cannot read exercises/shared");
    reading->prefix = strlen("exercises/shared/");
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < names.count; i++) {
            if (!names.items[i] || string_ends_with(names.items[i], ".md") ||
                !is_named(exercise, &reading->texts, names.items[i]))
                continue;
            autofree char *name = path_join("exercises/shared", names.items[i]);
            struct stat info;
            free(steal(&names.items[i]));
            if (beneath_stat(reading->folder, name, &info))
                return err_errno(reading->err, ERR_COURSE, "cannot read %s", name);
            if (S_ISREG(info.st_mode) && add_file(reading, name, &info)) return -1;
            found = true;
        }
    }
    return 0;
}

/* ---- an exercise ---- */

static int add_environment(struct reading *reading, const struct exercise *exercise) {
    if (!exercise->python) return 0;
    autofree char *lock = str_format("exercises/environments/%s/requirements.lock", exercise->python);
    struct stat info;
    reading->prefix = 0;
    if (beneath_stat(reading->folder, lock, &info)) return err_errno(reading->err, ERR_COURSE, "cannot read %s", lock);
    return add_file(reading, lock, &info);
}

int fingerprint_read(struct fingerprint *fingerprint, const struct course *course, const struct exercise *exercise,
                     struct err *err) {
    scoped(reading) reading = {.fingerprint = fingerprint, .folder = course->folder, .texts = STR_INIT, .err = err};
    autofree char *folder = path_join("exercises", exercise->id);
    bool failed = add_folder(&reading, folder) || add_shared(&reading, exercise) || add_environment(&reading, exercise);
    return failed ? -1 : 0;
}

/* ---- hashes of it ---- */

/* Where the name goes on behind the folder's, or NULL when it lies elsewhere. */
static const char *below(const char *folder, const char *name) {
    size_t len = strlen(folder);
    return !strncmp(name, folder, len) && name[len] == '/' ? name + len + 1 : NULL;
}

static void add_to(struct hash *hash, const struct fingerprint_file *file, const char *name) {
    hash_add_string(hash, name);
    hash_add_string(hash, file->executable ? "x" : "-");
    hash_add_string(hash, file->hash);
}

static void hash_all(const struct fingerprint *fingerprint, const char *except, char hex[HASH_HEX_SIZE]) {
    struct hash hash;
    hash_init(&hash);
    hash_add_string(&hash, CHECKER_VERSION);
    hash_add_string(&hash, BOX_VERSION);
    for (size_t i = 0; i < fingerprint->files.count; i++) {
        const struct fingerprint_file *file = &fingerprint->files.items[i];
        if (!except || !below(except, file->name)) add_to(&hash, file, file->name);
    }
    hash_finish(&hash, hex);
}

void fingerprint_exercise(const struct fingerprint *fingerprint, char hex[HASH_HEX_SIZE]) {
    hash_all(fingerprint, wrong_variants, hex);
}

void fingerprint_proof(const struct fingerprint *fingerprint, char hex[HASH_HEX_SIZE]) {
    hash_all(fingerprint, NULL, hex);
}

void fingerprint_add_folder(const struct fingerprint *fingerprint, const char *folder, struct hash *hash) {
    for (size_t i = 0; i < fingerprint->files.count; i++) {
        const struct fingerprint_file *file = &fingerprint->files.items[i];
        const char *name = below(folder, file->name);
        if (name) add_to(hash, file, name);
    }
}

/* ---- the program ---- */

int fingerprint_program(char hex[HASH_HEX_SIZE], struct err *err) {
    scoped(str) program = STR_INIT;
    if (fs_read(&program, "/proc/self/exe", PROGRAM_MOST, err)) return -1;
    hash_hex(program.data, program.len, hex);
    return 0;
}
