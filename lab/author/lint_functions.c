/*
 * The checks of exercise.yaml and the functions of checker.lua, one for one: the checker is loaded, and nothing of it
 * is called. Where that cannot be done without hidden data, its text has to do.
 */

#include "attempt/attempt.h"
#include "author/lint_rules.h"

/* Functions by the ids of their checks. */
struct functions {
    struct probe_function *items;
    size_t count;
};

static struct yaml_position on_line(int line) { return (struct yaml_position){line, line > 0}; }

static bool defines(const struct functions *functions, const char *id) {
    for (size_t i = 0; i < functions->count; i++)
        if (!strcmp(functions->items[i].id, id)) return true;
    return false;
}

static void match(struct lint *lint, const char *file, const struct functions *functions) {
    const struct exercise *exercise = lint->exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        if (check->kind == CHECK_LUA && !defines(functions, check->id))
            lint_add(lint, "E702", exercise->file, check->at,
                     "check '%s' has no function checks[\"%s\"] in checker.lua", check->id, check->id);
    }
    for (size_t i = 0; i < functions->count; i++) {
        const char *id = functions->items[i].id;
        const struct check *check = exercise_check(exercise, id);
        if (!check || check->kind != CHECK_LUA)
            lint_add(lint, "E703", file, on_line(functions->items[i].line), "checks[\"%.100s\"] is %s", id,
                     check ? "a question, which has no function" : "no check of exercise.yaml");
    }
}

/* The functions as the text has them; false when some are named at run time. */
static bool read_functions(struct lint *lint, struct functions *functions) {
    const struct analysis *analysis = &lint->analysis;
    functions->items = arena_alloc(&lint->arena, (analysis->check_count + 1) * sizeof *functions->items);
    for (size_t i = 0; i < analysis->check_count; i++) {
        const struct lua_check *check = &analysis->checks[i];
        if (!check->id) return false;
        functions->items[functions->count++] = (struct probe_function){check->id, check->line};
    }
    return true;
}

void lint_functions(struct lint *lint) {
    const struct lint_file *checker = lint_file(lint, "checker.lua");
    struct probe probe;
    struct err err = ERR_INIT;
    if (!checker || !lint->is_lua) return; /* told elsewhere */
    if (attempt_probe(&probe, lint->course, lint->exercise, &lint->arena, &err)) {
        lint_add(lint, "E701", checker->file, on_line(0), "%s", err.message);
        return;
    }
    struct functions functions = {probe.functions, probe.function_count};
    if (probe.error)
        lint_add(lint, probe.asks_material ? "N704" : "E701", checker->file, on_line(probe.line), "%s", probe.error);
    if (!probe.error || (probe.asks_material && read_functions(lint, &functions)))
        match(lint, checker->file, &functions);
}
