/*
 * Reason codes: those that the checker gives and those that hints and wrong variants wait for. A code may come out of
 * hidden data (because(case.because)); then it must at least stand there.
 */

#include "attempt/question.h"
#include "author/lint_rules.h"

/* True when a use belongs to the check, or to a function that several call. */
static bool concerns(const struct lua_use *use, const char *check) {
    return !check || !use->check || !strcmp(use->check, check);
}

static bool is_text(const struct lua_use *use) {
    return use->text && (use->kind == LUA_REASON || use->kind == LUA_TEXT);
}

/* Whether the check (NULL: any) gives reasons that are not written in checker.lua. */
static bool gives_others(const struct lint *lint, const char *check) {
    for (size_t i = 0; i < lint->analysis.use_count; i++) {
        const struct lua_use *use = &lint->analysis.uses[i];
        if (use->kind == LUA_REASON && !use->text && concerns(use, check)) return true;
    }
    return false;
}

static bool is_quote(char c) { return char_is_one_of(c, "\"',: \n"); }

/* True when the code stands by itself in a private file or shared program. */
static bool is_in_data(struct lint *lint, const char *code) {
    size_t len = strlen(code);
    for (size_t i = 0; i < lint->files.count; i++) {
        const struct lint_file *file = &lint->files.items[i];
        if (file->part != LINT_PRIVATE || !file->is_text) continue;
        if (!lint_may_search(lint, file)) return true;
        const char *end = file->text.data + file->text.len;
        for (const char *at = file->text.data; (at = memmem(at, (size_t)(end - at), code, len)); at++)
            if ((at == file->text.data || is_quote(at[-1])) && (at + len == end || is_quote(at[len]))) return true;
    }
    return false;
}

/* Whether the check (NULL: any), being a question, can give this reason. */
static bool answers_give(const struct exercise *exercise, const char *check, const char *code) {
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *asked = &exercise->checks[i];
        if (asked->kind == CHECK_LUA || (check && strcmp(asked->id, check) != 0)) continue;
        if (question_gives(asked, code)) return true;
    }
    return false;
}

/* Whether the check (NULL: any) can give this reason. */
static bool can_give(struct lint *lint, const char *check, const char *code) {
    if (answers_give(lint->exercise, check, code)) return true;
    for (size_t i = 0; i < lint->analysis.use_count; i++) {
        const struct lua_use *use = &lint->analysis.uses[i];
        if (is_text(use) && concerns(use, check) && !strcmp(use->text, code)) return true;
    }
    return gives_others(lint, check) && is_in_data(lint, code);
}

/* ---- hints ---- */

static struct yaml_position hint_at(const struct yaml_node *owner, size_t index, struct yaml_position otherwise) {
    const struct yaml_node *hints = yaml_get(owner, "hints");
    const struct yaml_node *when = hints && index < hints->count ? yaml_get(&hints->items[index], "when") : NULL;
    return when ? when->at : otherwise;
}

static void judge_hints(struct lint *lint, const struct hints *hints, const struct yaml_node *owner,
                        const char *check) {
    for (size_t i = 0; i < hints->count; i++) {
        const char *when = hints->items[i].when;
        if (!when || can_give(lint, check, when)) continue;
        lint_add(lint, "E706", lint->exercise->file, hint_at(owner, i, owner->at), "%s gives the reason '%s'",
                 check ? "nothing in this check" : "no check", when);
    }
}

static bool has_hint(const struct hints *hints, const char *code) {
    for (size_t i = 0; i < hints->count; i++)
        if (hints->items[i].when && !strcmp(hints->items[i].when, code)) return true;
    return false;
}

/* True when the reason leads to a hint, in the check that gives it or, of a function that several call, in one of
 * them. */
static bool leads_to_hint(const struct exercise *exercise, const struct lua_use *use) {
    if (has_hint(&exercise->hints, use->text)) return true;
    for (size_t i = 0; i < exercise->check_count; i++)
        if ((!use->check || !strcmp(use->check, exercise->checks[i].id)) &&
            has_hint(&exercise->checks[i].hints, use->text))
            return true;
    return false;
}

static void judge_wrong(struct lint *lint, const struct variant *variant) {
    const struct wrong *wrong = variant->wrong;
    if (!wrong || !wrong->reason) return;
    for (size_t i = 0; i < wrong->fails.count; i++)
        if (can_give(lint, wrong->fails.items[i], wrong->reason)) return;
    lint_add(lint, "E710", variant->file, wrong->fails_at, "none of these checks gives the reason '%s'", wrong->reason);
}

void lint_reasons(struct lint *lint, const struct lint_file *checker) {
    const struct exercise *exercise = lint->exercise;
    const struct yaml_node *checks = yaml_get(lint->root, "checks");
    judge_hints(lint, &exercise->hints, lint->root, NULL);
    for (size_t i = 0; i < exercise->check_count && checks && i < checks->count; i++)
        judge_hints(lint, &exercise->checks[i].hints, &checks->items[i], exercise->checks[i].id);
    for (size_t i = 0; i < lint->variants.count; i++) judge_wrong(lint, &lint->variants.items[i]);
    for (size_t i = 0; i < lint->analysis.use_count; i++) {
        const struct lua_use *use = &lint->analysis.uses[i];
        if (use->kind == LUA_REASON && use->text && !leads_to_hint(exercise, use))
            lint_add(lint, "W707", checker->file, (struct yaml_position){use->line, use->column},
                     "no hint waits for the reason '%s'", use->text);
    }
}
