#pragma once
/*
 * Memory: allocation that aborts instead of returning NULL, and cleanup by scope.
 *
 * `scoped(str) text = STR_INIT;` releases on every way out of the block, `autofree char *p` frees,
 * `autoclose int fd = -1` closes; `steal(&p)` hands a pointer on. None of them may stand in a function
 * that takes a lua_State, since longjmp skips them: checker/ poisons the words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/banned.h"

void *mem_alloc(size_t size);                 /* zeroed; aborts when memory is out */
void *mem_resize(void *old, size_t size);     /* realloc that aborts */
char *mem_copy_string(const char *text);      /* strdup; NULL stays NULL */
char *mem_copy(const void *data, size_t len); /* len bytes and a closing NUL */

void mem_free_pointer(void *pointer_to_pointer); /* cleanup of autofree */
void mem_close_descriptor(const int *fd);        /* cleanup of autoclose; -1 is none */

#define autofree  __attribute__((cleanup(mem_free_pointer)))
#define autoclose __attribute__((cleanup(mem_close_descriptor)))

/* A variable of struct `type` that is released by `type_release(&variable)` when its block is left. */
#define scoped(type) __attribute__((cleanup(type##_release))) struct type

/* Takes the value out of *p and leaves NULL (or -1, for descriptors) there. */
#define steal(p) \
    __extension__({ \
        __typeof__(*(p)) stolen_ = *(p); \
        *(p) = NULL; \
        stolen_; \
    })
static inline int steal_fd(int *fd) {
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* A growing array: `array(struct check) checks;`. Zero it to begin, array_push to add, array_free to end. */
#define array(type) \
    struct { \
        type *items; \
        size_t count, capacity; \
    }
#define array_push(a) \
    (((a)->count == (a)->capacity ? (void)((a)->items = mem_grow((a)->items, &(a)->capacity, sizeof *(a)->items)) \
                                  : (void)0), \
     &(a)->items[(a)->count++])
#define array_free(a) (free((a)->items), (a)->items = NULL, (a)->count = (a)->capacity = 0)
void *mem_grow(void *items, size_t *capacity, size_t item_size); /* doubles; new items are zeroed */

#define LENGTH(a) (sizeof(a) / sizeof *(a))
