#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

static void *checked(void *memory) {
    if (!memory) {
        fputs("lab: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mem_alloc(size_t size) { return checked(calloc(1, size ? size : 1)); }

void *mem_resize(void *old, size_t size) { return checked(realloc(old, size ? size : 1)); }

char *mem_copy(const void *data, size_t len) {
    char *copy = mem_alloc(len + 1);
    if (len) memcpy(copy, data, len);
    return copy;
}

char *mem_copy_string(const char *text) { return text ? mem_copy(text, strlen(text)) : NULL; }

void mem_free_pointer(void *pointer_to_pointer) {
    void *memory;
    memcpy(&memory, pointer_to_pointer, sizeof memory);
    free(memory);
}

void mem_close_descriptor(const int *fd) {
    if (*fd >= 0) close(*fd);
}

void *mem_grow(void *items, size_t *capacity, size_t item_size) {
    size_t old = *capacity;
    *capacity = old ? old * 2 : 8;
    char *grown = mem_resize(items, *capacity * item_size);
    memset(grown + old * item_size, 0, (*capacity - old) * item_size);
    return grown;
}
