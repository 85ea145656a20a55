/* The works that prove an exercise: right ones and wrong ones, as far as one sees them without running. */

#include "author/lint_rules.h"
#include "base/path.h"

static const struct yaml_position whole = {0, 0};

static bool contains(const struct strings *strings, const char *text) {
    for (size_t i = 0; i < strings->count; i++)
        if (!strcmp(strings->items[i], text)) return true;
    return false;
}

/* The path of a variant's file within a workspace; NULL for a file of something else, or its wrong.yaml. */
static const char *path_within(const struct lint *lint, const struct variant *variant, const struct lint_file *file) {
    const char *folder = variant->folder + strlen(lint->folder) + 1;
    size_t len = strlen(folder);
    if (strncmp(file->path, folder, len) != 0 || file->path[len] != '/') return NULL;
    const char *path = file->path + len + 1;
    return variant->kind == VARIANT_WRONG && !strcmp(path, "wrong.yaml") ? NULL : path;
}

static bool equal_files(const struct lint_file *a, const struct lint_file *b) {
    return a && b && a->size == b->size && a->text.len == a->size && b->text.len == b->size &&
           a->executable == b->executable && !memcmp(a->text.data, b->text.data, a->text.len);
}

/* True when nothing in the variant differs from what it lies over. */
static bool changes_nothing(const struct lint *lint, const struct variant *variant) {
    const char *under = variant->kind == VARIANT_WRONG ? "solution" : "start";
    for (size_t i = 0; i < lint->files.count; i++) {
        const char *path = path_within(lint, variant, &lint->files.items[i]);
        if (!path) continue;
        autofree char *below = path_join(under, path), *start = path_join("start", path);
        const struct lint_file *other = lint_file(lint, below);
        if (!other) other = lint_file(lint, start);
        if (!equal_files(&lint->files.items[i], other)) return false;
    }
    return true;
}

static void judge_files(struct lint *lint, const struct variant *variant) {
    for (size_t i = 0; i < lint->files.count; i++) {
        const struct lint_file *file = &lint->files.items[i];
        const char *path = path_within(lint, variant, file);
        if (path && exercise_protects(lint->exercise, path))
            lint_add(lint, "W207", file->file, whole, "%s is protected: before a check the start's takes its place",
                     path);
    }
}

/* ---- wrong.yaml ---- */

/* A check that `check` needs, at any distance, and that is to fail as well; NULL when there is none. Needs have no
 * cycles. */
static const char *failing_need(const struct exercise *exercise, const struct check *check, const struct strings *fails,
                                bool *seen) {
    for (size_t i = 0; i < check->needs.count; i++) {
        const struct check *need = exercise_check(exercise, check->needs.items[i]);
        size_t index = exercise_check_index(exercise, need);
        if (seen[index]) continue;
        seen[index] = true;
        if (contains(fails, need->id)) return need->id;
        const char *further = failing_need(exercise, need, fails, seen);
        if (further) return further;
    }
    return NULL;
}

static void judge_wrong(struct lint *lint, const struct variant *variant) {
    const struct exercise *exercise = lint->exercise;
    const struct wrong *wrong = variant->wrong;
    bool seen_by_learners = false;
    for (size_t i = 0; i < wrong->fails.count; i++) {
        const struct check *check = exercise_check(exercise, wrong->fails.items[i]);
        autofree bool *seen = mem_alloc(exercise->check_count);
        const char *need = failing_need(exercise, check, &wrong->fails, seen);
        if (!check->hidden) seen_by_learners = true;
        if (need)
            lint_add(lint, "E206", variant->file, wrong->fails_at,
                     "%s needs %s, which fails as well: it is blocked, and cannot fail", check->id, need);
    }
    if ((wrong->reason || wrong->message) && !seen_by_learners)
        lint_add(lint, "E204", variant->file, wrong->fails_at,
                 "all checks that fail are hidden, and give neither reason nor message");
}

/* ---- all of them ---- */

static void judge_variant(struct lint *lint, const struct variant *variant) {
    judge_files(lint, variant);
    if (variant->kind == VARIANT_WRONG) judge_wrong(lint, variant);
    if (!changes_nothing(lint, variant)) return;
    if (variant->kind == VARIANT_WRONG)
        lint_add(lint, "E205", variant->file, (struct yaml_position){1, 1}, "it is the solution, byte for byte");
    else
        lint_add(lint, "E208", variant->folder, whole, "it is the start, byte for byte");
}

static void judge_coverage(struct lint *lint) {
    const struct exercise *exercise = lint->exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        bool named = false;
        for (size_t k = 0; k < lint->variants.count; k++) {
            const struct wrong *wrong = lint->variants.items[k].wrong;
            named |= wrong && contains(&wrong->fails, check->id);
        }
        if (!named && check->points)
            lint_add(lint, "E203", exercise->file, check->at, "no wrong variant fails %s, so nothing shows that it can",
                     check->id);
    }
}

void lint_proof(struct lint *lint) {
    bool solved = false, wrong = false;
    for (size_t i = 0; i < lint->variants.count; i++) {
        const struct variant *variant = &lint->variants.items[i];
        solved |= !strcmp(variant->name, "solution");
        wrong |= variant->kind == VARIANT_WRONG;
        judge_variant(lint, variant);
    }
    if (!solved) lint_add(lint, "E201", lint->folder, whole, "there is no solution/");
    if (wrong)
        judge_coverage(lint);
    else
        lint_add(lint, "E202", lint->folder, whole, "there is no wrong/NAME/ with a wrong.yaml");
}
