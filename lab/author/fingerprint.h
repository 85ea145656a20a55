#pragma once
/*
 * What a proof depends on, as hashes: two equal fingerprints mean that the proof need not be made again.
 *
 * Of an exercise: its files but for wrong/ and editors' leavings, the programs of exercises/shared/ whose names occur in them (and
 * in those programs, and so on), the lock of its environment, and the versions of the checker's API and of the box.
 */

#include "base/hash.h"
#include "course/variants.h"

/* What all proofs of the exercise depend on. ERR_COURSE names what cannot be read. */
int fingerprint_exercise(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                         struct err *err);

/* Adds a folder's files (paths from the folder, modes, bytes) to the hash. A missing folder adds nothing. */
int fingerprint_add_folder(struct hash *hash, const struct course *course, const char *folder, struct err *err);

/* The exercise with its wrong variants: what tests/proved.lock records. */
int fingerprint_proof(char hex[HASH_HEX_SIZE], const struct course *course, const struct exercise *exercise,
                      struct err *err);

/* Of this very program, read once: results in the cache count for it alone. */
int fingerprint_program(char hex[HASH_HEX_SIZE], struct err *err);
