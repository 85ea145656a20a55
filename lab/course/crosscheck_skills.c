/* What the fields of the skills table cannot know: ids that meet, an exercise that must be there. */

#include "base/path.h"
#include "course/load.h"
#include "course/skills.h"

static void check_id(const struct skill_table *table, size_t index, struct problems *problems) {
    const struct skill *skill = &table->items[index];
    for (size_t i = 0; i < index && skill->id; i++) {
        const struct skill *before = &table->items[i];
        if (before->id && !strcmp(before->id, skill->id))
            problems_add(problems, skill->at, "duplicate skill '%s'; it is in line %d already", skill->id,
                         before->at.line);
    }
}

static void check_stated(const struct course *course, const struct skill_table *table, const struct yaml_node *node,
                         struct problems *problems) {
    const char *id = table->stated.exercise, *file = table->stated.file;
    if (id && !course_has(course, id)) {
        const struct strings *ids = &course->exercise_ids;
        const char *nearest = problems_nearest(problems, id, ids->items, ids->count);
        problems_add(problems, table->stated.at, "no exercise '%s'%s%s%s", id, nearest ? ", did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?" : "");
    }
    if (file && !path_is_inside(file))
        problems_add(problems, yaml_get(node, "file")->at, "'%s' does not stay in the workspace", file);
}

void cross_check_skills(const struct course *course, const struct skill_table *table, const struct yaml_node *root,
                        struct problems *problems) {
    if (root->kind != YAML_MAP) return;
    for (size_t i = 0; i < table->count; i++) check_id(table, i, problems);
    check_stated(course, table, yaml_get(root, "stated"), problems);
}
