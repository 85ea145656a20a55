/* Opening all courses. */

#include "library/library.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"
#include "library/record.h"

void library_release(struct library *library) {
    for (size_t i = 0; i < library->count; i++) {
        free(library->items[i].name);
        course_free(library->items[i].course);
    }
    free(library->items);
    if (library->shared) free(library->shared->items);
    free(library->shared);
    *library = (struct library){0};
}

size_t library_opened(const struct library *library) {
    size_t count = 0;
    for (size_t i = 0; i < library->count; i++) count += library->items[i].course != NULL;
    return count;
}

static struct shelved *shelve(struct library *library, const char *name) {
    library->items = mem_resize(library->items, (library->count + 1) * sizeof *library->items);
    struct shelved *shelved = &library->items[library->count++];
    *shelved = (struct shelved){.name = mem_copy_string(name)};
    return shelved;
}

/* ---- the one at hand ---- */

static bool is_named(void) {
    const char *variable = getenv("LAB_COURSE");
    return variable && variable[0];
}

static int open_at_hand(struct library *library, const char *given, const char *nearest, bool needed, struct err *err) {
    autofree char *directory = NULL;
    struct err missing = ERR_INIT;
    if (!given && !is_named() && nearest)
        directory = mem_copy_string(nearest);
    else if (course_find(&directory, given, &missing)) {
        if (!needed && !given && !is_named()) return 0;
        *err = missing;
        return -1;
    }
    struct course *course;
    if (course_open(&course, directory, err)) return -1;
    shelve(library, NULL)->course = course;
    return 0;
}

/* ---- those that were added ---- */

static struct course *at_hand(const struct library *library) {
    return library->count && !library->items[0].name ? library->items[0].course : NULL;
}

/* One that is at hand, or says that it is the same course, takes the place of the added one. */
static bool is_at_hand(const struct library *library, const char *name, const char *directory) {
    struct course *course = at_hand(library);
    if (!course) return false;
    autofree char *real = realpath(directory, NULL);
    if (real && !strcmp(real, course->directory)) course_name(course, name);
    bool scoped = course->scope[0];
    if (!scoped && !strcmp(course->id, name)) course_name(course, COURSE_BUILT_IN); /* it has no name of its own */
    return scoped && !strcmp(course->id, name);
}

static int open_added_at(struct library *library, const char *name, const char *directory, struct err *err) {
    if (is_at_hand(library, name, directory)) return 0;
    struct course *course = NULL;
    if (course_open(&course, directory, err)) {
        err_wrap(err, "the course %s", name);
        return err_help(err, "lab course remove %s", name);
    }
    course_name(course, name);
    shelve(library, name)->course = course;
    return 0;
}

static int open_added(struct library *library, const char *name, struct err *err) {
    scoped(record) record = {0};
    if (record_read(&record, name, err)) return -1;
    autofree char *directory = record_directory(&record, name, err);
    if (!directory) return -1;
    if (fs_is_directory(directory)) return open_added_at(library, name, directory, err);
    err_set(err, ERR_USAGE, "the course %s is not at %s any more", name, directory);
    return err_help(err, "lab course remove %s, and add it from where it is now", name);
}

/* ---- ids of several ---- */

static int by_text(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Keeps, of the sorted ids, those that occur more than once. */
static size_t keep_repeated(const char **ids, size_t count) {
    size_t kept = 0;
    for (size_t i = 1; i < count; i++)
        if (!strcmp(ids[i - 1], ids[i]) && (!kept || strcmp(ids[kept - 1], ids[i]) != 0)) ids[kept++] = ids[i];
    return kept;
}

static void find_shared_ids(struct library *library) {
    array(const char *) ids = {0};
    if (library_opened(library) < 2) return;
    for (size_t i = 0; i < library->count; i++) {
        const struct course *course = library->items[i].course;
        for (size_t k = 0; course && k < course->exercise_ids.count; k++)
            *array_push(&ids) = course->exercise_ids.items[k];
    }
    if (ids.count) qsort(ids.items, ids.count, sizeof *ids.items, by_text);
    library->shared = mem_alloc(sizeof *library->shared);
    *library->shared = (struct strings){ids.items, keep_repeated(ids.items, ids.count)};
    for (size_t i = 0; i < library->count; i++)
        if (library->items[i].course) library->items[i].course->shared_ids = library->shared;
}

/* The course at hand may be an added one, found by its folder: then it has that name. */
static void name_if_added(const struct library *library, const char *name) {
    scoped(record) record = {0};
    struct err ignored = ERR_INIT;
    if (record_read(&record, name, &ignored)) return;
    autofree char *directory = record_directory(&record, name, &ignored);
    if (directory) (void)is_at_hand(library, name, directory);
}

int library_open(struct library *library, const char *given, const char *nearest, struct err *err) {
    *library = (struct library){0};
    scoped(record_names) names = {0};
    if (record_list(&names, err) || open_at_hand(library, given, nearest, !names.count, err)) return -1;
    for (size_t i = 0; i < names.count; i++) {
        struct err fault = ERR_INIT;
        if (given)
            name_if_added(library, names.items[i]);
        else if (open_added(library, names.items[i], &fault))
            shelve(library, names.items[i])->fault = fault;
    }
    find_shared_ids(library);
    return 0;
}
