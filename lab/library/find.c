/* Finding courses, exercises and tracks by what was typed. */

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "library/library.h"

/* ---- courses ---- */

/* Names of all courses, also of those that cannot be had. */
struct names_seen {
    const char **items;
    size_t count, capacity;
};
static void names_seen_release(struct names_seen *names) { array_free(names); }

static const char *name_of(const struct shelved *shelved) {
    return shelved->course ? shelved->course->id : shelved->name;
}

static const struct shelved *find_shelved(const struct library *library, const char *id) {
    for (size_t i = 0; i < library->count; i++)
        if (!strcmp(name_of(&library->items[i]), id)) return &library->items[i];
    return NULL;
}

/* Says "no KIND 'ID'", with the nearest name. */
static int no_such(const char *kind, const char *id, const char *nearest, const char *help, struct err *err) {
    err_set(err, ERR_USAGE, "no %s '%s'%s%s%s", kind, id, nearest ? ", did you mean '" : "", nearest ? nearest : "",
            nearest ? "'?" : "");
    return err_help(err, "%s", help);
}

struct course *library_course(const struct library *library, const char *id, struct err *err) {
    const struct shelved *found = find_shelved(library, id);
    if (found && found->course) return found->course;
    if (found) {
        if (err) *err = found->fault;
        return NULL;
    }
    scoped(names_seen) names = {0};
    for (size_t i = 0; i < library->count; i++) *array_push(&names) = name_of(&library->items[i]);
    no_such("course", id, string_nearest(id, names.items, names.count), "lab course list", err);
    return NULL;
}

/* Splits "COURSE/REST". *rest is id itself, and the answer NULL, when there is no slash. Caller frees. */
static char *split(const char *id, const char **rest) {
    const char *slash = strchr(id, '/');
    *rest = slash ? slash + 1 : id;
    return slash ? mem_copy(id, (size_t)(slash - id)) : NULL;
}

/* ---- what several courses may have ---- */

/* The courses that have it. */
struct owners {
    struct course **items;
    size_t count, capacity;
};
static void owners_release(struct owners *owners) { array_free(owners); }

static int several(const struct owners *owners, const char *kind, const char *id, struct err *err) {
    scoped(str) list = STR_INIT;
    for (size_t i = 0; i < owners->count; i++) str_printf(&list, "%s%s/%s", i ? ", " : "", owners->items[i]->id, id);
    err_set(err, ERR_USAGE, "more than one course has the %s '%s': %s", kind, id, list.data);
    return err_help(err, "name it with its course: %s/%s", owners->items[0]->id, id);
}

/* ---- exercises ---- */

static void find_owners(const struct library *library, const char *id, bool by_alias, struct owners *owners) {
    struct err ignored = ERR_INIT;
    for (size_t i = 0; i < library->count; i++) {
        struct course *course = library->items[i].course;
        if (!course) continue;
        if (by_alias ? course_exercise(course, id, &ignored) != NULL : course_has(course, id))
            *array_push(owners) = course;
    }
}

static int not_found(const struct library *library, const char *id, struct err *err) {
    scoped(names_seen) names = {0};
    for (size_t i = 0; i < library->count; i++) {
        const struct course *course = library->items[i].course;
        for (size_t k = 0; course && k < course->exercise_ids.count; k++)
            *array_push(&names) = course->exercise_ids.items[k];
    }
    return no_such("exercise", id, string_nearest(id, names.items, names.count), "lab list", err);
}

static int find_bare(const struct library *library, const char *id, struct catalogued *found, struct err *err) {
    scoped(owners) owners = {0};
    find_owners(library, id, false, &owners);
    if (!owners.count) find_owners(library, id, true, &owners);
    if (!owners.count) return not_found(library, id, err);
    if (owners.count > 1) return several(&owners, "exercise", id, err);
    *found = (struct catalogued){owners.items[0], course_exercise(owners.items[0], id, err)};
    return found->exercise ? 0 : -1;
}

int library_exercise(const struct library *library, const char *id, struct catalogued *found, struct err *err) {
    const char *rest;
    autofree char *scope = split(id, &rest);
    if (!scope) return find_bare(library, id, found, err);
    struct course *course = library_course(library, scope, err);
    if (!course) return -1;
    *found = (struct catalogued){course, course_exercise(course, rest, err)};
    return found->exercise ? 0 : -1;
}

int library_by_key(const struct library *library, const char *key, struct catalogued *found, struct err *err) {
    const char *rest;
    autofree char *scope = split(key, &rest);
    struct course *scoped = scope ? library_course(library, scope, err) : NULL;
    if (scope && !scoped) return -1;
    if (scope) return scoped->scope[0] ? library_exercise(library, key, found, err) : not_found(library, key, err);
    for (size_t i = 0; i < library->count; i++) {
        struct course *course = library->items[i].course;
        if (!course || course->scope[0]) continue;
        *found = (struct catalogued){course, course_exercise(course, key, err)};
        return found->exercise ? 0 : -1;
    }
    return not_found(library, key, err);
}

/* ---- tracks ---- */

static bool has_track(const struct course *course, const char *id) {
    for (size_t i = 0; i < course->track_count; i++)
        if (!strcmp(course->tracks[i].id, id)) return true;
    return false;
}

static int no_track(const struct library *library, const char *id, struct err *err) {
    scoped(names_seen) names = {0};
    for (size_t i = 0; i < library->count; i++) {
        const struct course *course = library->items[i].course;
        for (size_t k = 0; course && k < course->track_count; k++) *array_push(&names) = course->tracks[k].id;
    }
    return no_such("track", id, string_nearest(id, names.items, names.count), "lab tracks", err);
}

static const struct track *find_bare_track(const struct library *library, const char *id, struct course **course,
                                           struct err *err) {
    scoped(owners) owners = {0};
    for (size_t i = 0; i < library->count; i++)
        if (library->items[i].course && has_track(library->items[i].course, id))
            *array_push(&owners) = library->items[i].course;
    if (owners.count != 1) {
        (void)(owners.count ? several(&owners, "track", id, err) : no_track(library, id, err));
        return NULL;
    }
    *course = owners.items[0];
    return course_track(*course, id, err);
}

const struct track *library_track(const struct library *library, const char *id, struct course **course,
                                  struct err *err) {
    const char *rest;
    autofree char *scope = split(id, &rest);
    if (!scope) return find_bare_track(library, id, course, err);
    *course = library_course(library, scope, err);
    return *course ? course_track(*course, rest, err) : NULL;
}
