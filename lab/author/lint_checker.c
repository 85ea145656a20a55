/* What the text of checker.lua says: its faults, checks that expect nothing, material and needs that are not there. */

#include "author/lint_rules.h"
#include "base/beneath.h"
#include "base/path.h"

enum { USES_MOST = 20 * 1000 /* of a checker that are looked at; a large one has two thousand */ };

/* A row a kind of fault. */
static const char *const fault_codes[] = {
    [LUA_SYNTAX_ERROR] = "E711",   [LUA_UNKNOWN_GLOBAL] = "E712", [LUA_GLOBAL_ASSIGNED] = "E713",
    [LUA_UNKNOWN_FIELD] = "E714",  [LUA_UNKNOWN_METHOD] = "E715", [LUA_UNKNOWN_OPTION] = "E716",
    [LUA_FORBIDDEN] = "E717",      [LUA_UNUSED_LOCAL] = "W718",   [LUA_UNUSED_PARAMETER] = "W719",
    [LUA_SHADOWED_LOCAL] = "W720", [LUA_UNUSED_LABEL] = "W721",   [LUA_UNREACHABLE] = "W722",
    [LUA_DROPPED_VALUE] = "W723",  [LUA_NAN_COMPARED] = "E724",   [LUA_EMPTY_BRANCH] = "W725",
    [LUA_CHECK_TWICE] = "E726",
};

static struct yaml_position place_of_use(const struct lua_use *use) {
    return (struct yaml_position){use->line, use->column};
}

/* The faults; true when the text is Lua. */
static bool judge_faults(struct lint *lint, const struct lint_file *checker) {
    bool readable = true;
    for (size_t i = 0; i < lint->analysis.fault_count; i++) {
        const struct lua_fault *fault = &lint->analysis.faults[i];
        readable &= fault->kind != LUA_SYNTAX_ERROR;
        lint_add(lint, fault_codes[fault->kind], checker->file, (struct yaml_position){fault->line, fault->column},
                 "%s", fault->message);
    }
    return readable;
}

static void judge_assertions(struct lint *lint, const struct lint_file *checker) {
    for (size_t i = 0; i < lint->analysis.check_count; i++) {
        const struct lua_check *check = &lint->analysis.checks[i];
        if (!check->has_assertion)
            lint_add(lint, "E705", checker->file, (struct yaml_position){check->line, check->column},
                     "%s expects nothing, so it can only be broken", check->id ? check->id : "this check");
    }
}

/* ---- material ---- */

static void judge_material(struct lint *lint, const struct lint_file *checker, const struct lua_use *use) {
    if (!use->text || (use->kind != LUA_PRIVATE && use->kind != LUA_SHARED)) return;
    autofree char *file = use->kind == LUA_SHARED ? path_join("exercises/shared", use->text)
                                                  : str_format("%s/private/%s", lint->folder, use->text);
    if (path_is_inside(use->text) && beneath_is_file(lint->course->folder, file)) return;
    lint_add(lint, "E709", checker->file, place_of_use(use), "there is no %s", file);
}

/* ---- needs ---- */

static bool needs(const struct check *check, const char *id) {
    for (size_t i = 0; i < check->needs.count; i++)
        if (!strcmp(check->needs.items[i], id)) return true;
    return false;
}

static void judge_need(struct lint *lint, const struct lint_file *checker, const struct lua_use *use) {
    if (use->kind != LUA_NEED || !use->text || !use->check) return;
    const struct check *check = exercise_check(lint->exercise, use->check);
    if (check && !needs(check, use->text))
        lint_add(lint, "E727", checker->file, place_of_use(use), "%s does not need '%s', so there is no value of it",
                 check->id, use->text);
}

void lint_checker(struct lint *lint) {
    const struct lint_file *checker = lint_file(lint, "checker.lua");
    if (!checker && lint->exercise && !exercise_runs_lua(lint->exercise)) lint_reasons(lint, NULL);
    if (!checker || checker->text.len != checker->size) return; /* told elsewhere */
    checker_analysis(&lint->analysis, &lint->arena, checker->file, checker->text.data, checker->text.len);
    if (lint->analysis.use_count > USES_MOST) lint->analysis.use_count = USES_MOST;
    lint->is_lua = judge_faults(lint, checker);
    if (!lint->is_lua || !lint->exercise) return;
    judge_assertions(lint, checker);
    for (size_t i = 0; i < lint->analysis.use_count; i++) {
        judge_material(lint, checker, &lint->analysis.uses[i]);
        judge_need(lint, checker, &lint->analysis.uses[i]);
    }
    lint_reasons(lint, checker);
    lint_names(lint, checker);
}
