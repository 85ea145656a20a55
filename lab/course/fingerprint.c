/* What decides about an exercise's verdicts, as one hash. */

#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"
#include "base/path.h"
#include "course/course.h"

enum { DEPTH_MOST = 64 };

struct fingerprint {
    struct hash hash;
    int folder; /* of the exercise */
};

static void add_number(struct hash *hash, int number) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    hash_add_string(hash, text);
}

static void add_question(struct hash *hash, const struct question *question) {
    char numbers[100]; /* as text: other machines read the same */
    snprintf(numbers, sizeof numbers, "%.17g %.17g %.17g", question->answer, question->within, question->percent);
    hash_add_string(hash, numbers);
    hash_add_string(hash, question->unit ? question->unit : "");
    for (size_t i = 0; i < question->choice_count; i++) {
        hash_add_string(hash, question->choices[i].id);
        hash_add_string(hash, question->choices[i].text);
        add_number(hash, question->choices[i].right);
    }
    for (size_t i = 0; i < question->accept.count; i++) hash_add_string(hash, question->accept.items[i]);
    hash_add_string(hash, question->asks);
}

static void add_check(struct hash *hash, const struct check *check) {
    hash_add_string(hash, check->id);
    add_number(hash, check->points);
    hash_add_string(hash, check->from ? check->from : "");
    for (size_t i = 0; i < check->needs.count; i++) hash_add_string(hash, check->needs.items[i]);
    hash_add_string(hash, "");
    if (check->bonus) hash_add_string(hash, "bonus");
    if (check->kind != CHECK_LUA) add_question(hash, &check->question);
}

static int add_file(struct fingerprint *print, const char *path) {
    char hex[HASH_HEX_SIZE];
    if (beneath_hash(print->folder, path, hex)) return -1;
    hash_add_string(&print->hash, path);
    hash_add_string(&print->hash, hex);
    return 0;
}

static int visit(void *context, int parent, const char *path, const struct stat *info) {
    (void)parent;
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(path);
    return S_ISREG(info->st_mode) ? add_file(context, path) : 0;
}

static int add_files(struct fingerprint *print, bool lua) {
    struct stat info;
    if (lua && add_file(print, "checker.lua")) return -1;
    if (beneath_stat(print->folder, "private", &info)) return errno == ENOENT ? 0 : -1;
    return S_ISDIR(info.st_mode) ? beneath_walk(print->folder, "private", DEPTH_MOST, visit, print) : 0;
}

int exercise_fingerprint(const struct exercise *exercise, char hex[HASH_HEX_SIZE], struct err *err) {
    autoclose int folder = open(exercise->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct fingerprint print = {.folder = folder};
    hash_init(&print.hash);
    hash_add_string(&print.hash, "lab-checks-1");
    for (size_t i = 0; i < exercise->check_count; i++) add_check(&print.hash, &exercise->checks[i]);
    int status = folder < 0 ? -1 : add_files(&print, exercise_runs_lua(exercise));
    int cause = errno;
    hash_finish(&print.hash, hex);
    errno = cause;
    return status ? err_errno(err, ERR_COURSE, "cannot read the checks of %s", exercise->directory) : 0;
}
