#pragma once
/* The prelude: the Lua files of checker/prelude/, compiled into the program in the order of their names
 * (checker/tools/embed.c). */

#include <stddef.h>

struct prelude_file {
    const char *name;
    const unsigned char *code; /* Lua byte code */
    size_t len;
};

extern const struct prelude_file prelude_files[];
extern const size_t prelude_file_count;
