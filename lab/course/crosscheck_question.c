/* What the fields of a question cannot know: which keys belong to its kind, and which it must have. */

#include <math.h>

#include "course/load.h"

#define OF(kind) (1u << (kind))

/* A row a key of a question: the kinds that may have it, and those that must. */
static const struct {
    const char *key;
    unsigned may, must;
} keys[] = {
    {"question", OF(CHECK_CHOICE) | OF(CHECK_NUMBER) | OF(CHECK_TEXT),
     OF(CHECK_CHOICE) | OF(CHECK_NUMBER) | OF(CHECK_TEXT)},
    {"options", OF(CHECK_CHOICE), OF(CHECK_CHOICE)},
    {"answer", OF(CHECK_NUMBER), OF(CHECK_NUMBER)},
    {"within", OF(CHECK_NUMBER), 0},
    {"percent", OF(CHECK_NUMBER), 0},
    {"unit", OF(CHECK_NUMBER), 0},
    {"accept", OF(CHECK_TEXT), OF(CHECK_TEXT)},
    {"feedback", OF(CHECK_NUMBER) | OF(CHECK_TEXT), 0},
    {"from", OF(CHECK_LUA), 0},
    {"tool", OF(CHECK_LUA), 0},
};

static const char *article(enum check_kind kind) {
    return kind == CHECK_LUA ? "checks of Lua have" : "a question of this kind has";
}

static void check_keys(const struct check *check, const struct yaml_node *node, struct problems *problems) {
    for (size_t i = 0; i < LENGTH(keys); i++) {
        const struct yaml_node *value = yaml_get(node, keys[i].key);
        if (value && !(keys[i].may & OF(check->kind)))
            problems_add(problems, value->at, "%s no '%s'; this one's kind is '%s'", article(check->kind), keys[i].key,
                         check_kind_name(check->kind));
        if (!value && keys[i].must & OF(check->kind))
            problems_add(problems, check->at, "'%s' is missing in a check of kind '%s'", keys[i].key,
                         check_kind_name(check->kind));
    }
}

/* ---- choices ---- */

/* The id that an option has by its place: a, b, … */
static const char *letter(struct course *course, size_t index) {
    return arena_printf(&course->arena, "%c", (char)('a' + index));
}

static void check_choices(struct course *course, struct question *question, const struct yaml_node *node,
                          struct problems *problems) {
    const struct yaml_node *list = yaml_get(node, "options");
    for (size_t i = 0; i < question->choice_count; i++) {
        if (!question->choices[i].id) question->choices[i].id = letter(course, i);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(question->choices[k].id, question->choices[i].id) != 0) continue;
            problems_add(problems, list->items[i].at, "the option before in line %d has the id '%s', too",
                         list->items[k].at.line, question->choices[i].id);
            break;
        }
    }
}

/* ---- numbers ---- */

static void check_number(const struct question *question, const struct yaml_node *node, struct problems *problems) {
    const struct yaml_node *percent = yaml_get(node, "percent"), *list = yaml_get(node, "feedback");
    if (percent && yaml_get(node, "within"))
        problems_add(problems, percent->at, "'within' and 'percent' say the same; one of them is enough");
    for (size_t i = 0; i < question->feedback_count && list && i < list->count; i++) {
        const struct scalar *near = &question->feedback[i].near;
        const struct yaml_node *value = yaml_get(&list->items[i], "near");
        if (value && near->text && isnan(near->number))
            problems_add(problems, value->at, "'near' must be a number, as the answer is");
    }
}

void cross_check_question(struct course *course, struct check *check, const struct yaml_node *node,
                          struct problems *problems) {
    if (node->kind != YAML_MAP) return;
    check_keys(check, node, problems);
    if (check->kind == CHECK_CHOICE) check_choices(course, &check->question, node, problems);
    if (check->kind == CHECK_NUMBER) check_number(&check->question, node, problems);
}
