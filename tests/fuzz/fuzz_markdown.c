/* Lessons on a terminal, from anything: nothing that steers the terminal comes through. */
#include <stdint.h>

#include "term/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct term term = {.unicode = true, .width = 40};
    struct str out = STR_INIT;
    struct err err = ERR_INIT;
    if (term_markdown(&out, &term, (struct sv){(const char *)data, size}, &err) && !err.code) __builtin_trap();
    for (size_t i = 0; i < out.len; i++)
        if (((unsigned char)out.data[i] < ' ' && out.data[i] != '\n') || out.data[i] == 0x7f) __builtin_trap();
    str_release(&out);
    return 0;
}
