#pragma once
/*
 * What a proof depends on, as hashes: two equal fingerprints mean that the proof need not be made again.
 *
 * Of an exercise: its files but for byte code, the programs of exercises/shared/ whose names occur in them (and
 * in those programs, and so on), the lock of its environment, and the versions of the checker's API and of the box.
 */

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "course/variants.h"

struct fingerprint_file {
    const char *name; /* from the exercise's folder, or as it is called there */
    bool executable;
    char hash[HASH_HEX_SIZE];
};

/* All that is read for an exercise's proof: each file once. */
struct fingerprint {
    array(struct fingerprint_file) files; /* never none, once it is read */
    struct arena arena;
};
void fingerprint_release(struct fingerprint *fingerprint);

/* ERR_COURSE names what cannot be read. */
int fingerprint_read(struct fingerprint *fingerprint, const struct course *course, const struct exercise *exercise,
                     struct err *err);

/* What all trials of the exercise depend on: everything but its wrong variants. */
void fingerprint_exercise(const struct fingerprint *fingerprint, char hex[HASH_HEX_SIZE]);

/* The exercise with its wrong variants: what tests/proved.lock records. */
void fingerprint_proof(const struct fingerprint *fingerprint, char hex[HASH_HEX_SIZE]);

/* Adds the files below a folder, "wrong/NAME", to the hash. */
void fingerprint_add_folder(const struct fingerprint *fingerprint, const char *folder, struct hash *hash);

/* Of this very program, read once: results in the cache count for it alone. */
int fingerprint_program(char hex[HASH_HEX_SIZE], struct err *err);
