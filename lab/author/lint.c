#include "author/lint.h"

#include <stdlib.h>

#include "author/lint_rules.h"
#include "base/path.h"
#include "course/answers.h"
#include "course/skills.h"

enum { KEPT_IN_A_ROW = 100, SEARCHED_MOST = 1 << 30 };

/* ---- for the rules ---- */

void lint_add(struct lint *lint, const char *code, const char *file, struct yaml_position at, const char *format, ...) {
    bool again = lint->last_code && !strcmp(lint->last_code, code) && !strcmp(lint->last_file, file);
    lint->repeated = again ? lint->repeated + 1 : 0;
    if (lint->repeated >= KEPT_IN_A_ROW) return;
    scoped(str) message = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    findings_add(lint->findings, code, lint->id, file, at, "%s", message.data);
    const struct finding *added = &lint->findings->list.items[lint->findings->list.count - 1];
    lint->last_code = added->code->code;
    lint->last_file = added->file;
}

struct yaml_position lint_place(struct lint_file *file, const char *at) {
    struct source source = source_of(file->file, file->text.data, file->text.len);
    size_t offset = at > source.text ? (size_t)(at - source.text) : 0;
    if (!file->placed || offset < file->placed) file->placed = 0, file->placed_at = (struct yaml_position){1, 1};
    const struct source rest = {source.file, source.text + file->placed, source.len - file->placed};
    struct yaml_position further = source_position(&rest, offset - file->placed);
    file->placed_at.column = further.column + (further.line == 1 ? file->placed_at.column - 1 : 0);
    file->placed_at.line += further.line - 1;
    file->placed = offset;
    return file->placed_at;
}

struct lint_file *lint_file(const struct lint *lint, const char *path) {
    size_t low = 0, high = lint->files.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(lint->files.items[middle].path, path);
        if (!order) return &lint->files.items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool lint_may_search(struct lint *lint, const struct lint_file *file) {
    lint->searched += file->text.len;
    return lint->searched <= SEARCHED_MOST;
}

struct yaml_position lint_check_at(const struct lint *lint, size_t index, const char *key) {
    const struct yaml_node *checks = yaml_get(lint->root, "checks");
    if (!checks || index >= checks->count) return lint->exercise->checks[index].at;
    const struct yaml_node *value = yaml_get(&checks->items[index], key);
    return value ? value->at : lint->exercise->checks[index].at;
}

static bool is_at_or_below(const char *file, const char *path, size_t len) {
    return !strncmp(file, path, len) && (!file[len] || file[len] == '/');
}

bool lint_starts_with(const struct lint *lint, const char *path) {
    size_t len = strlen(path);
    while (len && path[len - 1] == '/') len--;
    if (!len || is_at_or_below("README.md", path, len)) return true;
    if (lint->exercise && exercise_asks(lint->exercise) && is_at_or_below(ANSWERS_FILE, path, len)) return true;
    for (size_t i = 0; lint->exercise && i < lint->exercise->shared.count; i++) {
        autofree char *tool = path_join("tools", lint->exercise->shared.items[i]);
        if (is_at_or_below(tool, path, len)) return true;
    }
    for (size_t i = 0; i < lint->files.count; i++)
        if (lint->files.items[i].part == LINT_START && is_at_or_below(lint->files.items[i].base, path, len))
            return true;
    return false;
}

/* ---- one exercise ---- */

static void hear(void *context, const char *file, struct yaml_position at, const char *message) {
    struct lint *lint = context;
    findings_add(lint->findings, "E001", lint->id, file, at, "%s", message);
}

static void begin(struct lint *lint, struct findings *findings, struct course *course, const char *id) {
    *lint = (struct lint){.findings = findings, .course = course, .id = id, .arena = ARENA_INIT};
    lint->folder = id ? arena_printf(&lint->arena, "exercises/%s", id) : "exercises";
}

static void lint_release(struct lint *lint) {
    for (size_t i = 0; i < lint->files.count; i++) free((char *)(uintptr_t)lint->files.items[i].text.data);
    array_free(&lint->files);
    arena_release(&lint->arena);
}

/* The places of what exercise.yaml says. */
static void read_root(struct lint *lint) {
    const struct lint_file *file = lint_file(lint, "exercise.yaml");
    struct err ignored;
    if (file) lint->root = yaml_parse(&lint->arena, file->file, file->text.data, file->text.len, YAML_STRICT, &ignored);
    if (!lint->root || lint->root->kind != YAML_MAP) lint->exercise = NULL;
}

static void list_variants(struct lint *lint, const struct course_listener *listener) {
    struct err err = ERR_INIT;
    if (!variants_list_heard(&lint->variants, lint->course, lint->exercise, &lint->arena, listener, &err)) return;
    lint_add(lint, "E001", lint->folder, (struct yaml_position){0, 0}, "%s", err.message);
}

static void look_at(struct findings *findings, struct course *course, size_t index) {
    scoped(lint) lint;
    begin(&lint, findings, course, course->exercise_ids.items[index]);
    const struct course_listener listener = {hear, &lint};
    lint.exercise = course_exercise_heard(course, index, &listener);
    lint_files(&lint);
    lint_texts(&lint);
    if (lint.exercise) read_root(&lint);
    if (lint.exercise) list_variants(&lint, &listener);
    lint_lesson(&lint);
    lint_leaks(&lint);
    lint_checker(&lint);
    if (!lint.exercise) return;
    lint_exercise(&lint);
    lint_questions(&lint);
    lint_proof(&lint);
    lint_functions(&lint);
}

/* ---- the course ---- */

static void look_at_course(struct findings *findings, struct course *course, bool all) {
    scoped(lint) lint;
    begin(&lint, findings, course, NULL);
    const struct course_listener listener = {hear, &lint};
    lint_environments(&lint, all);
    if (!all) return;
    course_aliases_heard(course, &listener);
    course_skills_heard(course, &listener);
    lint_tracks(&lint);
}

static long index_of(const struct course *course, const char *id) {
    for (size_t i = 0; i < course->exercise_ids.count; i++)
        if (!strcmp(course->exercise_ids.items[i], id)) return (long)i;
    return -1;
}

/* Marks the exercises that are asked for; an alias stands for the exercise that had it. */
static int choose(struct course *course, const struct lint_request *request, bool *chosen, struct err *err) {
    for (size_t i = 0; i < request->count; i++) {
        long index = index_of(course, request->ids[i]);
        const struct exercise *renamed = index < 0 ? course_exercise(course, request->ids[i], err) : NULL;
        if (renamed) index = index_of(course, renamed->id);
        if (index < 0) return -1;
        chosen[index] = true;
    }
    return 0;
}

int lint_run(struct findings *findings, struct course **course, size_t *exercises, const struct lint_request *request,
             struct err *err) {
    scoped(lint) whole;
    begin(&whole, findings, NULL, NULL);
    const struct course_listener tracks = {hear, &whole};
    if (course_open_heard(course, request->directory, &tracks, err)) return -1;
    autofree bool *chosen = mem_alloc((*course)->exercise_ids.count + 1);
    if (choose(*course, request, chosen, err)) return -1;
    bool all = !request->count;
    if (!all) findings->list.count = 0; /* of the tracks: they were not asked for */
    *exercises = 0;
    for (size_t i = 0; i < (*course)->exercise_ids.count; i++) {
        if (!all && !chosen[i]) continue;
        look_at(findings, *course, i);
        ++*exercises;
    }
    look_at_course(findings, *course, all);
    findings_sort(findings);
    return 0;
}
