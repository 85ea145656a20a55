#pragma once
/* Draws that are the same on every machine, for choices on which nothing depends: a linear congruential generator (Knuth's
 * MMIX). */

#include <stddef.h>
#include <stdint.h>

/* 0 to below - 1; *state begins as any number. */
static inline size_t draw_below(uint64_t *state, size_t below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)((*state >> 33) % below);
}
