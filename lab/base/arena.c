#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 16 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t used, size;
    alignas(max_align_t) char memory[];
};

void arena_release(struct arena *arena) {
    while (arena->newest) {
        struct arena_block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
}

static struct arena_block *add_block(struct arena *arena, size_t least) {
    size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
    struct arena_block *block = mem_alloc(sizeof *block + size);
    block->size = size;
    block->older = arena->newest;
    return arena->newest = block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_block *block = arena->newest;
    if (!block || block->size - block->used < rounded) block = add_block(arena, rounded);
    void *memory = block->memory + block->used;
    block->used += rounded;
    return memory;
}

char *arena_copy(struct arena *arena, const char *data, size_t len) {
    char *copy = arena_alloc(arena, len + 1);
    if (len) memcpy(copy, data, len);
    return copy;
}

char *arena_string(struct arena *arena, const char *text) {
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = arena_alloc(arena, (size_t)(len > 0 ? len : 0) + 1);
    vsnprintf(text, (size_t)(len > 0 ? len : 0) + 1, format, args);
    va_end(args);
    return text;
}
