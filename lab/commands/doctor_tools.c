/* Rows of lab doctor about the programs that exercises of the course need. */

#include "attempt/tool.h"
#include "base/path.h"
#include "commands/doctor.h"
#include "workspace/python.h"

/* The strictest need of a tool among the exercises, and whose it is. */
struct wish {
    const struct tool_need *tool;
    const struct exercise *exercise;
};
struct wishes {
    array(struct wish) list;
};

static void wishes_release(struct wishes *wishes) { array_free(&wishes->list); }

static void add_wish(struct wishes *wishes, const struct exercise *exercise, const struct tool_need *tool) {
    for (size_t i = 0; i < wishes->list.count; i++) {
        struct wish *known = &wishes->list.items[i];
        if (strcmp(known->tool->name, tool->name) != 0) continue;
        if (version_is_older(&known->tool->bound, &tool->bound)) *known = (struct wish){tool, exercise};
        return;
    }
    *array_push(&wishes->list) = (struct wish){tool, exercise};
}

static void look(struct doctor *doctor, const struct wish *wish) {
    struct err why = ERR_INIT;
    scoped(str) need = STR_INIT;
    scoped(python) python = {0};
    autofree char *environments = path_join(doctor->course->directory, "exercises/environments");
    bool built = python_find(&python, environments, wish->exercise->python);
    bool lacks = tool_look(wish->tool, built ? python.directory : NULL, -1, &why);
    tool_append(&need, wish->tool);
    autofree char *what = str_format("tool %s", wish->tool->name);
    autofree char *cost = str_format("checks of exercises that need it, as %s, are blocked", wish->exercise->name);
    autofree char *mend = why.help[0] ? mem_copy_string(why.help) : str_format("install %s", need.data);
    doctor_add(doctor, what, lacks ? DOCTOR_WEAK : DOCTOR_OK, lacks ? why.message : need.data, cost, mend);
}

void doctor_tools(struct doctor *doctor) {
    scoped(wishes) wishes = {0};
    for (size_t i = 0; doctor->course && i < doctor->course->exercise_ids.count; i++) {
        const struct exercise *exercise = course_exercise(doctor->course, doctor->course->exercise_ids.items[i], NULL);
        for (size_t k = 0; exercise && k < exercise->tools.count; k++)
            add_wish(&wishes, exercise, &exercise->tools.items[k]);
    }
    for (size_t i = 0; i < wishes.list.count; i++) look(doctor, &wishes.list.items[i]);
}
