#include "workspace/oid_set.h"

#include <stdlib.h>

void oid_set_release(struct oid_set *set) { free(set->slots); }

/* The slot of the id, or the free one where it belongs. An id is a hash already. */
static git_oid *slot_of(const struct oid_set *set, const git_oid *id) {
    static const git_oid none;
    size_t at;
    memcpy(&at, id->id, sizeof at);
    for (;; at++) {
        git_oid *slot = &set->slots[at & (set->capacity - 1)];
        if (!memcmp(slot, id, sizeof *id) || !memcmp(slot, &none, sizeof none)) return slot;
    }
}

static void grow(struct oid_set *set) {
    struct oid_set larger = {.capacity = set->capacity ? set->capacity * 2 : 256};
    larger.slots = mem_alloc(larger.capacity * sizeof *larger.slots);
    for (size_t i = 0; i < set->capacity; i++) *slot_of(&larger, &set->slots[i]) = set->slots[i];
    larger.count = set->count;
    free(set->slots);
    *set = larger;
}

bool oid_set_add(struct oid_set *set, const git_oid *id) {
    if (set->count * 2 >= set->capacity) grow(set);
    git_oid *slot = slot_of(set, id);
    if (!memcmp(slot, id, sizeof *id)) return false;
    *slot = *id;
    set->count++;
    return true;
}
