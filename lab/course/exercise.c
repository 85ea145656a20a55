/* Questions about one exercise. */

#include "base/fs.h"
#include "base/path.h"
#include "course/course.h"
#include "course/problems.h"

enum { BYTES_MOST = 1024 * 1024 };

const struct check *exercise_check(const struct exercise *exercise, const char *id) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!strcmp(exercise->checks[i].id, id)) return &exercise->checks[i];
    return NULL;
}

size_t exercise_check_index(const struct exercise *exercise, const struct check *check) {
    return (size_t)(check - exercise->checks);
}

bool exercise_asks(const struct exercise *exercise) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].kind != CHECK_LUA) return true;
    return false;
}

bool check_needs_tool(const struct check *check, const struct tool_need *tool) {
    bool names = check->tool && !strcmp(check->tool, tool->name);
    return check->kind == CHECK_LUA && (names || !tool->apart);
}

bool exercise_runs_lua(const struct exercise *exercise) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].kind == CHECK_LUA) return true;
    return false;
}

bool exercise_covers(const struct exercise *exercise, const bool *selected) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!selected[i] && !exercise->checks[i].bonus) return false;
    return true;
}

int course_error_at(const struct exercise *exercise, struct yaml_position at, struct err *err, const char *format,
                    ...) {
    scoped(str) message = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    scoped(str) text = STR_INIT;
    scoped(str) shown = STR_INIT;
    autofree char *path = path_join(exercise->directory, "exercise.yaml");
    struct err ignored = ERR_INIT; /* a file that vanished is shown without its line */
    fs_read(&text, path, BYTES_MOST, &ignored);
    struct source source = source_of(exercise->file, text.data, text.len);
    source_describe(&shown, &source, at, message.data);
    err_set(err, ERR_COURSE, "%s", shown.data);
    return err_help(err, PROBLEM_HELP);
}

/* ---- hints ---- */

struct ladder {
    const struct hint **rungs;
    size_t most, count;
};

/* Adds the hints for a reason, or with NULL those that are for any. */
static void add_rungs(struct ladder *ladder, const struct hints *hints, const char *reason) {
    for (size_t i = 0; i < hints->count; i++) {
        const char *when = hints->items[i].when;
        if (reason ? !when || strcmp(when, reason) != 0 : when != NULL) continue;
        if (ladder->count < ladder->most) ladder->rungs[ladder->count] = &hints->items[i];
        ladder->count++;
    }
}

size_t exercise_ladder(const struct exercise *exercise, const struct check *check, const char *reason,
                       const struct hint **ladder, size_t most) {
    struct ladder built = {ladder, most, 0};
    if (check && reason) add_rungs(&built, &check->hints, reason);
    if (check) add_rungs(&built, &check->hints, NULL);
    if (reason) add_rungs(&built, &exercise->hints, reason);
    add_rungs(&built, &exercise->hints, NULL);
    return built.count;
}

/* ---- protection ---- */

static bool is_shared_copy(const struct exercise *exercise, const char *path) {
    if (!string_starts_with(path, "tools/")) return false;
    for (size_t i = 0; i < exercise->shared.count; i++)
        if (!strcmp(path + strlen("tools/"), exercise->shared.items[i])) return true;
    return false;
}

bool exercise_protects(const struct exercise *exercise, const char *path) {
    for (size_t i = 0; i < exercise->protected.count; i++)
        if (path_matches(exercise->protected.items[i], path)) return true;
    return is_shared_copy(exercise, path);
}
