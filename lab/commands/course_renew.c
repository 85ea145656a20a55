/* What a newer version of a course means for what was done in the one before. */

#include <stdlib.h>

#include "base/json.h"
#include "commands/course.h"
#include "library/arrival.h"
#include "library/renewal.h"
#include "progress/progress.h"

/* What is known of the learner; progress is NULL when there is none. */
struct updating {
    const struct context *context;
    struct progress *progress;
    bool merge;
};

static void updating_release(struct updating *updating) { progress_close(updating->progress); }

/* ---- what changed ---- */

static void name_parts(struct str *out, const struct change *change) {
    static const char *const names[] = {"checks", "start files", "lesson"};
    const bool parts[] = {change->checks, change->start, change->lesson};
    for (size_t i = 0; i < LENGTH(parts); i++)
        if (parts[i]) str_printf(out, "%s%s", out->len ? ", " : "", names[i]);
}

/* Where the learner stands in it, by the version that is in place now. False when that is unknown, or it is gone. */
static bool find_standing(const struct updating *updating, struct course *course, const char *id,
                          struct progress_standing *standing) {
    struct err ignored = ERR_INIT;
    const struct exercise *exercise = course && updating->progress ? course_exercise(course, id, &ignored) : NULL;
    return exercise && !progress_standing(updating->progress, exercise, standing, &ignored);
}

static const char *meaning(const struct updating *updating, struct course *course, const struct change *change) {
    struct progress_standing standing;
    if (change->kind == CHANGE_REMOVED) return "what you did in it is kept";
    if (!find_standing(updating, course, change->exercise, &standing)) return "";
    if (standing.changed) return "passed by the old checks; still counts";
    return standing.passed ? "passed" : standing.started ? "started" : "";
}

static void print_changes(const struct updating *updating, struct course *course, const struct arrival *arrival) {
    static const struct term_column columns[] = {
        {"exercise", false, false}, {"what", false, false}, {"changed", false, false}, {"for you", false, true}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < arrival->changes.count; i++) {
        const struct change *change = &arrival->changes.items[i];
        scoped(str) parts = STR_INIT;
        name_parts(&parts, change);
        term_table_row(table, (const char *const[]){change->exercise, change_kind_name(change->kind), parts.data,
                                                    meaning(updating, course, change)});
    }
    term_table_print(table, &updating->context->out, stdout);
    term_table_free(table);
}

static void print_changes_json(const struct updating *updating, struct course *course, const struct arrival *arrival) {
    autojson json_t *object = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < arrival->changes.count; i++) {
        const struct change *change = &arrival->changes.items[i];
        struct progress_standing standing = {0};
        (void)find_standing(updating, course, change->exercise, &standing);
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b}", "exercise", change->exercise,
                                              "what", change_kind_name(change->kind), "checks", change->checks, "start",
                                              change->start, "lesson", change->lesson, "passed", standing.passed,
                                              "changed_since_passed", standing.changed));
    }
    json_put(object, "event", json_string("course_updated"));
    json_put(object, "id", json_string(arrival->name));
    json_put(object, "revision", json_text_or_null(arrival->record.revision));
    json_put(object, "changes", list);
    json_print_line(object);
}

static void show_changes(const struct updating *updating, struct course *course, const struct arrival *arrival) {
    if (updating->context->json) {
        print_changes_json(updating, course, arrival);
    } else if (arrival->changes.count) {
        printf("%s: %zu exercise%s changed\n", arrival->name, arrival->changes.count,
               arrival->changes.count == 1 ? "" : "s");
        print_changes(updating, course, arrival);
    } else if (!updating->context->quiet) {
        printf("%s: %s\n", arrival->name, arrival->same ? "nothing new" : "a new version; no exercise changed");
    }
}

/* ---- changed start files ---- */

static void print_renewed_json(const struct renewal *renewal, const struct renewed *renewed) {
    autojson json_t *object = json_object();
    json_t *conflicts = json_array();
    const char *directory = workspace_directory(renewal->workspace);
    for (size_t i = 0; i < renewal->merged.conflicts.count; i++) {
        const char *path = renewal->merged.conflicts.items[i];
        json_array_append_new(conflicts, json_text(path, strlen(path)));
    }
    json_put(object, "event", json_string("start_files"));
    json_put(object, "exercise", json_string(renewal->exercise->key));
    json_put(object, "workspace", json_text(directory, strlen(directory)));
    json_put(object, "merged", json_boolean(renewed != NULL));
    json_put(object, "changed", renewed ? json_integer((json_int_t)renewed->changed) : json_null());
    json_put(object, "conflicts", conflicts);
    json_put(object, "undo", renewed ? json_integer(renewed->before) : json_null());
    json_print_line(object);
}

static void print_conflicts(const struct renewal *renewal, FILE *stream) {
    for (size_t i = 0; i < renewal->merged.conflicts.count; i++) {
        scoped(str) path = STR_INIT;
        const char *conflict = renewal->merged.conflicts.items[i];
        term_escape(&path, conflict, strlen(conflict), false);
        fprintf(stream, "  %s: changed by you and by the course\n", path.data);
    }
}

static void print_renewed(const struct updating *updating, const struct renewal *renewal,
                          const struct renewed *renewed) {
    printf("%s: the new start files are merged into your work, %zu file%s changed\n", renewal->exercise->key,
           renewed->changed, renewed->changed == 1 ? "" : "s");
    print_conflicts(renewal, stdout);
    if (renewal->merged.conflicts.count)
        puts("  look for <<<<<<< in these files, and keep what is right; a file without stayed as you had it");
    if (!updating->context->quiet)
        printf("what was there is attempt %d; to undo: lab restore %d\n", renewed->before, renewed->before);
}

/* Conflict markers are written only to a yes. */
static bool is_agreed(const struct updating *updating, const struct renewal *renewal) {
    if (updating->merge) return true;
    if (updating->context->json) return false;
    bool clean = !renewal->merged.conflicts.count;
    scoped(str) directory = STR_INIT, question = STR_INIT;
    const char *path = workspace_directory(renewal->workspace);
    term_escape(&directory, path, strlen(path), false);
    fflush(stdout); /* what changed comes before what is asked about it */
    fprintf(stderr, "%s: the start files changed since you started it in %s\n", renewal->exercise->key, directory.data);
    print_conflicts(renewal, stderr);
    str_append(&question, clean ? "merge them into your work?" : "merge them, with conflict markers in these files?");
    return command_asks() && command_confirm(question.data, clean);
}

static int offer_renewal(const struct updating *updating, struct course *course, const struct exercise *exercise,
                         const char *directory, struct err *err) {
    scoped(renewal) renewal = RENEWAL_INIT;
    struct renewed renewed;
    bool wanted;
    if (renewal_prepare(&renewal, directory, course, exercise, &wanted, err)) return -1;
    if (!wanted) return 0;
    bool agreed = is_agreed(updating, &renewal);
    if (agreed && renewal_carry_out(&renewal, &renewed, err)) return -1;
    if (updating->context->json)
        print_renewed_json(&renewal, agreed ? &renewed : NULL);
    else if (agreed)
        print_renewed(updating, &renewal, &renewed);
    else
        fprintf(stderr, "your work stays as it is; lab course update %s --merge merges them\n", course->id);
    return 0;
}

/* A workspace that cannot be renewed hinders no other. */
static void offer_renewals(const struct updating *updating, struct course *course, const struct exercise *exercise) {
    scoped(progress_workspaces) workspaces = {0};
    struct err err = ERR_INIT;
    if (progress_workspaces(updating->progress, exercise->key, &workspaces, &err))
        fprintf(stderr, "%s: %s\n", exercise->key, err.message);
    for (size_t i = 0; i < workspaces.count; i++) {
        struct err fault = ERR_INIT;
        if (!offer_renewal(updating, course, exercise, workspaces.folders[i], &fault)) continue;
        fprintf(stderr, "%s: the start files are not merged: %s\n", exercise->key, fault.message);
        if (fault.help[0]) fprintf(stderr, "  try: %s\n", fault.help);
    }
}

static void renew_workspaces(const struct updating *updating, struct course *course) {
    for (size_t i = 0; updating->progress && i < course->exercise_ids.count; i++) {
        struct err ignored = ERR_INIT;
        const struct exercise *exercise = course_exercise(course, course->exercise_ids.items[i], &ignored);
        if (exercise) offer_renewals(updating, course, exercise);
    }
}

/* ---- the whole ---- */

int course_renew(const struct context *context, const struct arrival *arrival, bool merge, struct err *err) {
    __attribute__((cleanup(course_release))) struct course *course = NULL;
    scoped(updating) updating = {.context = context, .merge = merge};
    if (progress_exists() && progress_open_usual(&updating.progress, err)) return -1;
    if (course_open(&course, arrival->directory, err)) return -1;
    course_name(course, arrival->name);
    show_changes(&updating, course, arrival);
    renew_workspaces(&updating, course);
    return 0;
}
