#pragma once
/* The prelude: the Lua files of checker/prelude/, built into the program in the order of their names. */

#include <stddef.h>

struct prelude_file {
    const char *name;
    const unsigned char *text;
    size_t len;
};

extern const struct prelude_file prelude_files[];
extern const size_t prelude_file_count;
