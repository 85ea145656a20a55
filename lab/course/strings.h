#pragma once
/* A list of texts, as the model of a course has them. */

#include <stddef.h>

struct strings {
    const char **items;
    size_t count;
};
