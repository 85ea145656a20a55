#include "base/hash.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/mem.h"

static void to_hex(const uint8_t digest[SHA256_DIGEST_LENGTH], char hex[HASH_HEX_SIZE]) {
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[HASH_HEX_SIZE - 1] = '\0';
}

void hash_hex(const void *data, size_t len, char hex[HASH_HEX_SIZE]) {
    struct hash hash;
    hash_init(&hash);
    hash_add(&hash, data, len);
    hash_finish(&hash, hex);
}

void hash_init(struct hash *hash) {
    hash->state = mem_alloc(sizeof(SHA2_CTX));
    SHA256Init(hash->state);
}

void hash_add(struct hash *hash, const void *data, size_t len) { SHA256Update(hash->state, data, len); }

void hash_add_string(struct hash *hash, const char *text) { hash_add(hash, text, strlen(text) + 1); }

void hash_finish(struct hash *hash, char hex[HASH_HEX_SIZE]) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, hash->state);
    free(hash->state);
    hash->state = NULL;
    to_hex(digest, hex);
}

uint64_t hash_number(const char hex[HASH_HEX_SIZE]) {
    char head[17];
    memcpy(head, hex, 16);
    head[16] = '\0';
    return strtoull(head, NULL, 16);
}
