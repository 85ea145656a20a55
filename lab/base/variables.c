#include "base/variables.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

const char *const *variables_inherited(void) {
    union {
        char *const *plain;
        const char *const *borrowed;
    } all = {environ};
    return all.borrowed;
}

static bool has(const char *const *list, const char *variable) {
    size_t len = strcspn(variable, "=") + 1;
    while (*list && strncmp(*list, variable, len) != 0) list++;
    return *list != NULL;
}

const char **variables_with(struct arena *arena, const char *const *own, const char *const *base) {
    size_t count = 0, used = 0;
    for (size_t i = 0; own[i]; i++) count++;
    for (size_t i = 0; base[i]; i++) count++;
    const char **all = arena_alloc(arena, (count + 1) * sizeof *all);
    for (size_t i = 0; own[i]; i++) all[used++] = own[i];
    for (size_t i = 0; base[i]; i++)
        if (!has(own, base[i])) all[used++] = base[i];
    return all;
}
