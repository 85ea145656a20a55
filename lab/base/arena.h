#pragma once
/*
 * An arena: things that die together are allocated from one. Memory is zeroed and aligned for any type; nothing
 * is freed singly. ARENA_INIT to begin, arena_release to end.
 */

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *newest;
};

#define ARENA_INIT \
    { 0 }

void arena_release(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *data, size_t len); /* and a closing NUL */
char *arena_string(struct arena *arena, const char *text);           /* NULL stays NULL */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
