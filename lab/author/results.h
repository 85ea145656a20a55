#pragma once
/* Results of trials that were in order, kept in CACHE/proofs by the hash of all that they depend on. */

#include <jansson.h>

json_t *results_find(const char *cache, const char *key); /* NULL when there is none; the caller's */

/* A result that cannot be kept is tried again next time. */
void results_keep(const char *cache, const char *key, const json_t *result);

/* Removes those that were of no use for sixty days. */
void results_tidy(const char *cache);
