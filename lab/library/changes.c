#include "library/changes.h"

#include <stdlib.h>

#include "base/beneath.h"
#include "base/json.h"
#include "base/mem.h"

static const char *const kind_names[] = {
    [CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed"};

const char *change_kind_name(enum change_kind kind) { return kind_names[kind]; }

/* ---- digests ---- */

static int add_file(struct hash *hash, const struct course *course, const struct start_file *file, struct err *err) {
    char hex[HASH_HEX_SIZE];
    const char *source = file->source ? file->source + strlen(course->directory) + 1 : NULL;
    if (!source) hash_hex(file->text, strlen(file->text), hex);
    if (source && beneath_hash(course->folder, source, hex))
        return err_errno(err, ERR_COURSE, "cannot read %s", source);
    hash_add_string(hash, file->path);
    hash_add_string(hash, file->executable ? "x" : "");
    hash_add_string(hash, hex);
    return 0;
}

static int hash_start(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                      const char *lesson, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct start_files files;
    struct hash hash;
    if (exercise_start_files(&files, course, exercise, &arena, err)) return -1;
    hash_init(&hash);
    int status = 0;
    for (size_t i = 0; !status && i < files.count; i++)
        if (!files.items[i].source || !string_ends_with(files.items[i].source, lesson))
            status = add_file(&hash, course, &files.items[i], err);
    hash_finish(&hash, hex);
    return status;
}

static json_t *digest(struct course *course, const struct exercise *exercise, struct err *err) {
    char checks[HASH_HEX_SIZE], start[HASH_HEX_SIZE], lesson[HASH_HEX_SIZE];
    autofree char *path = str_format("exercises/%s/README.md", exercise->id);
    autofree char *tail = str_format("/%s", path);
    if (exercise_fingerprint(exercise, checks, err) || hash_start(start, course, exercise, tail, err)) return NULL;
    if (beneath_hash(course->folder, path, lesson)) {
        err_errno(err, ERR_COURSE, "cannot read the lesson %s", path);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s}", "checks", checks, "start", start, "lesson", lesson);
}

json_t *changes_digests(struct course *course, struct err *err) {
    autojson json_t *digests = json_object();
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        const struct exercise *exercise = course_exercise(course, course->exercise_ids.items[i], err);
        json_t *one = exercise ? digest(course, exercise, err) : NULL;
        if (!one) return NULL;
        json_put(digests, exercise->id, one);
    }
    return json_incref(digests);
}

/* ---- comparing ---- */

void changes_release(struct changes *changes) {
    for (size_t i = 0; i < changes->count; i++) free(changes->items[i].exercise);
    free(changes->items);
    *changes = (struct changes){0};
}

static struct change *add(struct changes *changes, const char *exercise, enum change_kind kind) {
    changes->items = mem_resize(changes->items, (changes->count + 1) * sizeof *changes->items);
    struct change *change = &changes->items[changes->count++];
    *change = (struct change){.exercise = mem_copy_string(exercise), .kind = kind};
    return change;
}

static bool differs(const json_t *before, const json_t *after, const char *part) {
    return !json_equal(json_object_get(before, part), json_object_get(after, part));
}

static int by_exercise(const void *a, const void *b) {
    const struct change *left = a, *right = b;
    return strcmp(left->exercise, right->exercise);
}

void changes_between(struct changes *changes, const json_t *before, const json_t *after) {
    const char *id;
    json_t *now, *then;
    *changes = (struct changes){0};
    json_object_foreach((json_t *)(uintptr_t)after, id, now) {
        const json_t *earlier = json_object_get(before, id);
        if (earlier && json_equal(earlier, now)) continue;
        struct change *change = add(changes, id, earlier ? CHANGE_CHANGED : CHANGE_ADDED);
        if (!earlier) continue;
        change->checks = differs(earlier, now, "checks");
        change->start = differs(earlier, now, "start");
        change->lesson = differs(earlier, now, "lesson");
    }
    json_object_foreach((json_t *)(uintptr_t)before, id, then) {
        if (!json_object_get(after, id)) add(changes, id, CHANGE_REMOVED);
    }
    if (changes->count) qsort(changes->items, changes->count, sizeof *changes->items, by_exercise);
}
