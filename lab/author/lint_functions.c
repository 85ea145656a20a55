/* The checks of exercise.yaml and the functions of checker.lua, one for one: the checker is loaded, and nothing of it is called. */

#include "attempt/attempt.h"
#include "author/lint_rules.h"

static struct yaml_position on_line(int line) { return (struct yaml_position){line, line > 0}; }

static const struct probe_function *function_of(const struct probe *probe, const char *id) {
    for (size_t i = 0; i < probe->function_count; i++)
        if (!strcmp(probe->functions[i].id, id)) return &probe->functions[i];
    return NULL;
}

static void match(struct lint *lint, const char *file, const struct probe *probe) {
    const struct exercise *exercise = lint->exercise;
    for (size_t i = 0; i < exercise->check_count; i++) {
        const struct check *check = &exercise->checks[i];
        if (!function_of(probe, check->id))
            lint_add(lint, "E702", exercise->file, check->at,
                     "check '%s' has no function checks[\"%s\"] in checker.lua", check->id, check->id);
    }
    for (size_t i = 0; i < probe->function_count; i++) {
        const char *id = probe->functions[i].id;
        if (!exercise_check(exercise, id))
            lint_add(lint, "E703", file, on_line(probe->functions[i].line),
                     "checks[\"%.100s\"] is no check of exercise.yaml", id);
    }
}

void lint_functions(struct lint *lint) {
    const struct lint_file *checker = lint_file(lint, "checker.lua");
    struct probe probe;
    struct err err = ERR_INIT;
    if (!checker) return; /* told elsewhere */
    if (attempt_probe(&probe, lint->course, lint->exercise, &lint->arena, &err))
        lint_add(lint, "E701", checker->file, on_line(0), "%s", err.message);
    else if (!probe.error)
        match(lint, checker->file, &probe);
    else
        lint_add(lint, probe.asks_material ? "N704" : "E701", checker->file, on_line(probe.line), "%s", probe.error);
}
