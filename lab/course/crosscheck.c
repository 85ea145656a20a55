/* What one field cannot know: ids that meet, cycles, files that must be there. */

#include "base/beneath.h"
#include "base/path.h"
#include "base/version.h"
#include "course/load.h"

/* An exercise that is being looked at, and its text. */
struct subject {
    struct course *course;
    struct exercise *exercise;
    const struct yaml_node *root;
    struct problems *problems;
};

#define FAULT(subject, at, ...) problems_add((subject)->problems, at, __VA_ARGS__)

static bool contains(const struct strings *strings, const char *text) {
    for (size_t i = 0; i < strings->count; i++)
        if (!strcmp(strings->items[i], text)) return true;
    return false;
}

struct yaml_position item_place(const struct yaml_node *map, const char *key, const char *text) {
    const struct yaml_node *list = yaml_get(map, key);
    struct yaml_position at = yaml_place(map, key);
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (list->items[i].kind == YAML_STRING && !strcmp(list->items[i].text, text)) at = list->items[i].at;
    return at;
}

/* ---- the exercise ---- */

static void check_id(const struct subject *s) {
    autofree char *folder = path_parent(s->exercise->file);
    if (s->exercise->id && strcmp(s->exercise->id, path_base(folder)) != 0)
        FAULT(s, yaml_place(s->root, "id"), "the id is '%s', but the folder is '%s'", s->exercise->id,
              path_base(folder));
}

static void check_aliases(const struct subject *s) {
    const struct strings *aliases = &s->exercise->aliases;
    s->exercise->aliases_at = yaml_place(s->root, "aliases");
    for (size_t i = 0; i < aliases->count; i++) {
        if (find_exercise_id(s->course, aliases->items[i]) < 0) continue;
        FAULT(s, item_place(s->root, "aliases", aliases->items[i]), "the alias '%s' is the id of an exercise",
              aliases->items[i]);
    }
}

static void check_python(const struct subject *s) {
    const char *name = s->exercise->python;
    if (!name || (s->course->found_python && !strcmp(name, s->course->found_python))) return;
    autofree char *lock = str_format("exercises/environments/%s/requirements.lock", name);
    if (beneath_is_file(s->course->folder, lock))
        s->course->found_python = name;
    else
        FAULT(s, yaml_place(yaml_get(s->root, "requires"), "python"), "no environment '%s': there is no %s", name,
              lock);
}

static void check_shared(const struct subject *s) {
    const struct strings *shared = &s->exercise->shared;
    for (size_t i = 0; i < shared->count; i++) {
        autofree char *path = str_format("exercises/shared/%s", shared->items[i]);
        if (beneath_is_file(s->course->folder, path)) continue;
        FAULT(s, item_place(yaml_get(s->root, "requires"), "shared", shared->items[i]),
              "no shared program '%s': there is no %s", shared->items[i], path);
    }
}

/* ---- its checks ---- */

static const struct yaml_node *check_node(const struct subject *s, size_t index) {
    return &yaml_get(s->root, "checks")->items[index];
}

static long find_check(const struct exercise *exercise, const char *id) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].id && !strcmp(exercise->checks[i].id, id)) return (long)i;
    return -1;
}

static const char *nearest_check(const struct subject *s, const char *id) {
    const struct exercise *exercise = s->exercise;
    array(const char *) ids = {0};
    for (size_t i = 0; i < exercise->check_count; i++)
        if (exercise->checks[i].id) *array_push(&ids) = exercise->checks[i].id;
    const char *nearest = problems_nearest(s->problems, id, ids.items, ids.count);
    array_free(&ids);
    return nearest;
}

static void check_unique(const struct subject *s, size_t index) {
    const struct check *check = &s->exercise->checks[index];
    if (!check->id) return;
    long first = find_check(s->exercise, check->id);
    if (first < (long)index)
        FAULT(s, check->at, "duplicate check '%s'; it is in line %d already", check->id,
              s->exercise->checks[first].at.line);
}

static void check_need(const struct subject *s, size_t index, const char *need) {
    const struct check *check = &s->exercise->checks[index];
    struct yaml_position at = item_place(check_node(s, index), "needs", need);
    if (find_check(s->exercise, need) >= 0) return;
    const char *nearest = nearest_check(s, need);
    const char *id = check->id ? check->id : "this check";
    if (nearest)
        FAULT(s, at, "%s needs '%s', which is no check here; did you mean '%s'?", id, need, nearest);
    else
        FAULT(s, at, "%s needs '%s', which is no check here", id, need);
}

static void check_needs(const struct subject *s, size_t index) {
    const struct check *check = &s->exercise->checks[index];
    for (size_t i = 0; i < check->needs.count; i++) {
        const struct strings before = {check->needs.items, i};
        if (contains(&before, check->needs.items[i]))
            FAULT(s, item_place(check_node(s, index), "needs", check->needs.items[i]), "'%s' is listed twice",
                  check->needs.items[i]);
        else
            check_need(s, index, check->needs.items[i]);
    }
}

static void check_from(const struct subject *s, size_t index) {
    const struct check *check = &s->exercise->checks[index];
    if (!check->from) return;
    struct yaml_position at = yaml_place(check_node(s, index), "from");
    long first = find_check(s->exercise, check->from);
    if (!contains(&check->needs, check->from))
        FAULT(s, at, "'from' must be one of 'needs', and '%s' is not", check->from);
    else if (first >= 0 && s->exercise->checks[first].kind != CHECK_LUA)
        FAULT(s, at, "'%s' is a question, which leaves no work behind", check->from);
}

static void fault_tool(const struct subject *s, size_t index) {
    const struct tools *tools = &s->exercise->tools;
    const struct check *check = &s->exercise->checks[index];
    autofree const char **names = mem_alloc((tools->count + 2) * sizeof *names);
    for (size_t i = 0; i < tools->count; i++) names[i] = tools->items[i].name;
    names[tools->count] = TOOL_ENGINE;
    const char *nearest = problems_nearest(s->problems, check->tool, names, tools->count + 1);
    struct yaml_position at = yaml_place(check_node(s, index), "tool");
    if (nearest)
        FAULT(s, at, "'requires.tools' has no '%s'; did you mean '%s'?", check->tool, nearest);
    else
        FAULT(s, at, "'requires.tools' has no '%s': the tools of checks are listed there", check->tool);
}

/* A tool that a check names is needed by those that do, and not by all. */
static void check_tool(const struct subject *s, size_t index) {
    struct check *check = &s->exercise->checks[index];
    struct tools *tools = &s->exercise->tools;
    if (check->tool && !strcmp(check->tool, "none")) check->tool = NULL; /* what courses wrote for "no tool" */
    if (!check->tool) return;
    struct tool_need *tool = tools_find(tools, check->tool);
    if (!tool && strcmp(check->tool, TOOL_ENGINE) != 0) {
        fault_tool(s, index);
        return;
    }
    if (!tool) {
        struct tool_need *items = arena_alloc(&s->course->arena, (tools->count + 1) * sizeof *items);
        if (tools->count) memcpy(items, tools->items, tools->count * sizeof *items);
        tools->items = items;
        tool = &items[tools->count++];
        *tool = (struct tool_need){.name = TOOL_ENGINE, .unlisted = true};
    }
    tool->apart = true;
}

/* Behind check_tool of all checks: one that needs the engine lists it. */
static void check_images(const struct subject *s) {
    if (s->exercise->images.count && !tools_find(&s->exercise->tools, TOOL_ENGINE))
        FAULT(s, yaml_place(yaml_get(s->root, "requires"), "images"),
              "'images' are for exercises that need '" TOOL_ENGINE "', and neither 'tools' nor a check names it");
}

/* A bonus decides nothing: neither about points, nor about the start, nor about other checks. */
static void check_bonus(const struct subject *s, size_t index) {
    const struct check *check = &s->exercise->checks[index];
    const struct yaml_node *node = check_node(s, index);
    if (check->bonus && check->points) FAULT(s, yaml_place(node, "points"), "a bonus check has 0 points");
    if (check->bonus && check->decisive) FAULT(s, yaml_place(node, "decisive"), "a bonus check cannot be decisive");
    for (size_t i = 0; !check->bonus && i < check->needs.count; i++) {
        long need = find_check(s->exercise, check->needs.items[i]);
        if (need >= 0 && s->exercise->checks[need].bonus)
            FAULT(s, item_place(node, "needs", check->needs.items[i]),
                  "'%s' is a bonus check, which only other bonus checks can need", check->needs.items[i]);
    }
}

/* A walk along `needs`, to find one that comes back. */
struct walk {
    const struct subject *subject;
    enum { UNSEEN, ON_PATH, DONE } state[100];
    size_t path[100], depth;
};

static void report_cycle(const struct walk *walk, size_t again) {
    const struct check *checks = walk->subject->exercise->checks;
    scoped(str) names = STR_INIT;
    size_t begin = 0;
    while (walk->path[begin] != again) begin++;
    for (size_t i = begin; i < walk->depth; i++) str_printf(&names, "%s → ", checks[walk->path[i]].id);
    FAULT(walk->subject, yaml_place(check_node(walk->subject, again), "needs"),
          "checks need each other in a cycle: %s%s", names.data, checks[again].id);
}

static void follow_needs(struct walk *walk, size_t index) {
    const struct exercise *exercise = walk->subject->exercise;
    const struct check *check = &exercise->checks[index];
    walk->state[index] = ON_PATH;
    walk->path[walk->depth++] = index;
    for (size_t i = 0; i < check->needs.count; i++) {
        long next = find_check(exercise, check->needs.items[i]);
        if (next < 0) continue;
        if (walk->state[next] == ON_PATH)
            report_cycle(walk, (size_t)next);
        else if (walk->state[next] == UNSEEN)
            follow_needs(walk, (size_t)next);
    }
    walk->depth--;
    walk->state[index] = DONE;
}

static void check_cycles(const struct subject *s) {
    struct walk walk = {.subject = s};
    for (size_t i = 0; i < s->exercise->check_count; i++)
        if (s->exercise->checks[i].id && walk.state[i] == UNSEEN) follow_needs(&walk, i);
}

void cross_check_exercise(struct course *course, struct exercise *exercise, const struct yaml_node *root,
                          struct problems *problems) {
    if (root->kind != YAML_MAP) return;
    struct subject subject = {course, exercise, root, problems};
    check_id(&subject);
    check_aliases(&subject);
    check_python(&subject);
    check_shared(&subject);
    cross_check_services(course, exercise, root, problems);
    for (size_t i = 0; i < exercise->check_count; i++) {
        check_unique(&subject, i);
        check_needs(&subject, i);
        check_from(&subject, i);
        check_tool(&subject, i);
        check_bonus(&subject, i);
        cross_check_question(course, &exercise->checks[i], check_node(&subject, i), problems);
    }
    check_images(&subject);
    check_cycles(&subject);
    if (exercise->check_count && !exercise->points && !problems->list.count)
        FAULT(&subject, yaml_place(root, "checks"), "the checks give no points at all");
}

/* ---- tracks ---- */

/* A track that is being looked at, and its text. */
struct track_subject {
    const struct course *course;
    const struct track *track;
    struct problems *problems;
    const struct module **listed; /* by exercise: the module that lists it, or NULL */
};

static void fault_unlisted(const struct track_subject *s, struct yaml_position at, const char *id) {
    const struct strings *ids = &s->course->exercise_ids;
    const char *nearest = problems_nearest(s->problems, id, ids->items, ids->count);
    if (nearest)
        FAULT(s, at, "no exercise '%s', did you mean '%s'?", id, nearest);
    else
        FAULT(s, at, "no exercise '%s': there is no exercises/%s/exercise.yaml", id, id);
}

static void check_listed(const struct track_subject *s, const struct module *module, const struct yaml_node *node) {
    for (size_t i = 0; i < module->exercises.count; i++) {
        const char *id = module->exercises.items[i];
        long index = find_exercise_id(s->course, id);
        if (index < 0)
            fault_unlisted(s, item_place(node, "exercises", id), id);
        else if (s->listed[index])
            FAULT(s, item_place(node, "exercises", id), "'%s' is listed already, in the module of line %d", id,
                  s->listed[index]->at.line);
        else
            s->listed[index] = module;
    }
}

static void check_module_id(const struct track_subject *s, size_t index) {
    const struct module *module = &s->track->modules[index];
    for (size_t i = 0; i < index && module->id; i++) {
        const struct module *before = &s->track->modules[i];
        if (before->id && !strcmp(before->id, module->id))
            FAULT(s, module->at, "duplicate module '%s'; it is in line %d already", module->id, before->at.line);
    }
}

void cross_check_track(const struct course *course, const struct track *track, const struct yaml_node *root,
                       struct problems *problems) {
    if (root->kind != YAML_MAP) return;
    autofree char *expected = track->id ? str_format("tracks/%s.yaml", track->id) : NULL;
    if (expected && strcmp(expected, track->file) != 0)
        problems_add(problems, yaml_place(root, "id"), "the id is '%s', but the file is %s", track->id, track->file);
    const struct yaml_node *modules = yaml_get(root, "modules");
    autofree const struct module **listed = mem_alloc((course->exercise_ids.count + 1) * sizeof(void *));
    struct track_subject subject = {course, track, problems, listed};
    for (size_t i = 0; i < track->module_count; i++) {
        check_module_id(&subject, i);
        check_listed(&subject, &track->modules[i], &modules->items[i]);
    }
}

/* ---- courses ---- */

void cross_check_course(const struct course *course, const struct yaml_node *root, struct problems *problems,
                        bool *too_old) {
    struct version needed, present;
    if (root->kind != YAML_MAP || !course->lab) return;
    const char *version = course->lab + strspn(course->lab, "> =");
    if (!string_starts_with(course->lab, ">=") || !version_read(&needed, version)) {
        problems_add(problems, yaml_place(root, "lab"), "'lab' must be a least version, as \">= 0.1\", not '%s'",
                     course->lab);
        return;
    }
    *too_old = version_read(&present, LAB_VERSION) && version_is_older(&present, &needed);
    if (*too_old)
        problems_add(problems, yaml_place(root, "lab"), "the course needs lab %s or newer, and this is lab %s", version,
                     LAB_VERSION);
}
