#pragma once
/* SHA-256, by libmd. */

#include <stddef.h>
#include <stdint.h>

#define HASH_HEX_SIZE 65 /* 64 hexadecimal digits and a NUL */

/* Writes the SHA-256 of data in hexadecimal. */
void hash_hex(const void *data, size_t len, char hex[HASH_HEX_SIZE]);

/* Several parts, hashed one after the other; a NUL byte separates them, so ("ab","c") differs from ("a","bc"). */
struct hash {
    void *state;
};
void hash_init(struct hash *hash);
void hash_add(struct hash *hash, const void *data, size_t len);
void hash_add_string(struct hash *hash, const char *text);    /* the text and a NUL */
void hash_finish(struct hash *hash, char hex[HASH_HEX_SIZE]); /* frees the state */

/* The first 8 bytes of a hexadecimal digest as a big-endian number. */
uint64_t hash_number(const char hex[HASH_HEX_SIZE]);
