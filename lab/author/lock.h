#pragma once
/*
 * tests/proved.lock: which exercises are proved, as a line each: id, the fingerprint of all that its proof depends on, the date, and
 * the seconds of processor time that the proof took. Written only for exercises whose proof was just made. An entry whose fingerprint is
 * another is stale.
 */

#include "author/proof.h"

struct lock_entry {
    char *exercise, *fingerprint, *date;
    double seconds;
};
struct lock {
    array(struct lock_entry) list; /* by id */
};
void lock_release(struct lock *lock);

/* Reads it; a course without one has an empty one. ERR_COURSE with file:line:col for a line that is none. */
int lock_read(struct lock *lock, const struct course *course, struct err *err);

const struct lock_entry *lock_find(const struct lock *lock, const char *exercise); /* NULL when there is none */

/* Puts the entries of those proofs that hold into the file, and takes out those of exercises that the course no longer has. The file
 * is read again for it, one process at a time: two proofs that end together keep each other's entries. */
int lock_update(const struct course *course, const struct proof *proofs, size_t count, struct err *err);

/* Of the exercises whose entries are up to date, marks in `chosen` (parallel to the course's exercise_ids) those whose turn it is on
 * this day: as many as `seconds` of processor time allow, at least one; over the days, all of them. `day` counts days since 1970. */
void lock_sample(const struct lock *lock, const struct course *course, const bool *fresh, double seconds, long day,
                 bool *chosen);
