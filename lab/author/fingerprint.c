#include "author/fingerprint.h"

#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "box/box.h"
#include "checker/checker.h"

enum { FILE_MOST = 64 << 20, FILES_MOST = 20 * 1000, PROGRAM_MOST = 256 << 20, DEPTH_MOST = 64 };

/* ---- folders ---- */

struct adding {
    struct hash *hash;
    int folder; /* of the course */
    size_t prefix, files;
    struct str *texts; /* the files' bytes as well, or NULL */
    bool skip_wrong;
    struct err *err;
};

static int add_file(struct adding *adding, const char *name, const struct stat *info) {
    scoped(str) text = STR_INIT;
    char hex[HASH_HEX_SIZE];
    if (beneath_read(adding->folder, name, &text, FILE_MOST))
        return err_errno(adding->err, ERR_COURSE, "cannot read %s", name);
    hash_hex(text.data, text.len, hex);
    hash_add_string(adding->hash, name + adding->prefix);
    hash_add_string(adding->hash, info->st_mode & S_IXUSR ? "x" : "-");
    hash_add_string(adding->hash, hex);
    if (adding->texts) str_append_bytes(adding->texts, text.data, text.len);
    return 0;
}

static int add_entry(void *context, int parent, const char *name, const struct stat *info) {
    struct adding *adding = context;
    (void)parent;
    if (strlen(name) < adding->prefix) return S_ISDIR(info->st_mode);
    if (S_ISDIR(info->st_mode))
        return !path_is_bytecode(name) && !(adding->skip_wrong && !strcmp(name + adding->prefix, "wrong"));
    if (!S_ISREG(info->st_mode))
        return err_set(adding->err, ERR_COURSE, "%s is no plain file; a course holds plain files and folders", name);
    if (++adding->files > FILES_MOST)
        return err_set(adding->err, ERR_COURSE, "%s is one file too many: at most %d are read", name, FILES_MOST);
    return add_file(adding, name, info);
}

static int add_folder(struct adding *adding, const char *folder) {
    struct err local = ERR_INIT;
    struct err *outer = adding->err;
    adding->prefix = strlen(folder) + 1;
    adding->err = &local;
    int status = beneath_walk(adding->folder, folder, DEPTH_MOST, add_entry, adding);
    adding->err = outer;
    if (!status || (!local.code && errno == ENOENT)) return 0;
    if (local.code) return err_set(outer, local.code, "%s", local.message);
    return err_errno(outer, ERR_COURSE, "cannot read %s", folder);
}

int fingerprint_add_folder(struct hash *hash, const struct course *course, const char *folder, struct err *err) {
    struct adding adding = {.hash = hash, .folder = course->folder, .err = err};
    return add_folder(&adding, folder);
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
static int add_shared(struct adding *adding, const struct exercise *exercise) {
    scoped(names) names = {0};
    autoclose int shared = beneath_open(adding->folder, "exercises/shared", O_RDONLY | O_DIRECTORY, 0);
    if (shared < 0) return 0;
    if (beneath_names(shared, &names)) return err_errno(adding->err, ERR_COURSE, "cannot read exercises/shared");
    adding->prefix = strlen("exercises/shared/");
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < names.count; i++) {
            if (!names.items[i] || string_ends_with(names.items[i], ".md") ||
                !is_named(exercise, adding->texts, names.items[i]))
                continue;
            autofree char *name = path_join("exercises/shared", names.items[i]);
            struct stat info;
            free(steal(&names.items[i]));
            if (beneath_stat(adding->folder, name, &info))
                return err_errno(adding->err, ERR_COURSE, "cannot read %s", name);
            if (S_ISREG(info.st_mode) && add_file(adding, name, &info)) return -1;
            found = true;
        }
    }
    return 0;
}

/* ---- an exercise ---- */

static int add_environment(struct adding *adding, const struct exercise *exercise) {
    if (!exercise->python) return 0;
    autofree char *lock = str_format("exercises/environments/%s/requirements.lock", exercise->python);
    struct stat info;
    adding->prefix = 0;
    if (beneath_stat(adding->folder, lock, &info)) return err_errno(adding->err, ERR_COURSE, "cannot read %s", lock);
    return add_file(adding, lock, &info);
}

static int add_all(struct hash *hash, const struct course *course, const struct exercise *exercise, bool skip_wrong,
                   struct err *err) {
    scoped(str) texts = STR_INIT;
    struct adding adding = {
        .hash = hash, .folder = course->folder, .texts = &texts, .skip_wrong = skip_wrong, .err = err};
    autofree char *folder = path_join("exercises", exercise->id);
    hash_add_string(hash, CHECKER_VERSION);
    hash_add_string(hash, BOX_VERSION);
    return add_folder(&adding, folder) || add_shared(&adding, exercise) || add_environment(&adding, exercise) ? -1 : 0;
}

static int fingerprint(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                       bool skip_wrong, struct err *err) {
    struct hash hash;
    hash_init(&hash);
    int status = add_all(&hash, course, exercise, skip_wrong, err);
    hash_finish(&hash, hex);
    return status;
}

int fingerprint_exercise(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                         struct err *err) {
    return fingerprint(hex, course, exercise, true, err);
}

int fingerprint_proof(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                      struct err *err) {
    return fingerprint(hex, course, exercise, false, err);
}

int fingerprint_program(char hex[HASH_HEX_SIZE], struct err *err) {
    scoped(str) program = STR_INIT;
    if (fs_read(&program, "/proc/self/exe", PROGRAM_MOST, err)) return -1;
    hash_hex(program.data, program.len, hex);
    return 0;
}
