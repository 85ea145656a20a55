#include "author/times.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

enum { TIMES_MOST = 1 << 20 };

static char *place_of(const struct proof *proof, const char *cache) {
    return str_format("%s/proofs/%s.times.json", cache, proof->exercise->id);
}

/* {name of a case: seconds}. What cannot be read counts as unknown. */
static json_t *read_times(const struct proof *proof, const char *cache) {
    autofree char *path = place_of(proof, cache);
    scoped(str) text = STR_INIT;
    if (fs_read(&text, path, TIMES_MOST, NULL)) return json_object();
    autojson json_t *times = json_loadb(text.data, text.len, 0, NULL);
    return json_is_object(times) ? json_incref(times) : json_object();
}

void times_keep(const struct proof *proof, const char *cache) {
    autojson json_t *times = read_times(proof, cache);
    bool any = false;
    for (size_t i = 0; i < proof->cases.count; i++) {
        json_t *took = json_object_get(proof->cases.items[i].task.result, "took");
        if (took) json_object_set(times, proof->cases.items[i].name, took);
        any |= took != NULL;
    }
    if (!any) return;
    autofree char *folder = path_join(cache, "proofs");
    autofree char *path = place_of(proof, cache);
    autofree char *text = json_dumps(times, JSON_COMPACT | JSON_SORT_KEYS);
    if (text && !fs_make_directories(folder, NULL)) (void)fs_write(path, text, strlen(text), NULL);
}

/* ---- turns ---- */

void turns_release(struct turns *turns) { array_free(&turns->list); }

void turns_add(struct turns *turns, struct proof *proof, const char *cache) {
    autojson json_t *times = read_times(proof, cache);
    for (size_t i = 0; i < proof->cases.count; i++) {
        struct proof_case *one = &proof->cases.items[i];
        if (!one->task.result)
            *array_push(&turns->list) = (struct turn){proof, one, json_get_number(times, one->name, -1)};
    }
}

static bool goes_before(const struct turn *a, const struct turn *b) {
    bool known = a->seconds >= 0 && b->seconds >= 0;
    return known ? a->seconds > b->seconds : a->seconds < 0 && b->seconds >= 0;
}

/* By insertion, which is stable; a run has some hundred trials, each of which takes seconds. */
void turns_sort(struct turns *turns) {
    struct turn *items = turns->list.items;
    for (size_t i = 1; i < turns->list.count; i++) {
        struct turn turn = items[i];
        size_t at = i;
        for (; at && goes_before(&turn, &items[at - 1]); at--) items[at] = items[at - 1];
        items[at] = turn;
    }
}
