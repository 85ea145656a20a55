#pragma once
/* What tests damage texts with; the draws are those of base/draw.h. */

#include "base/draw.h"
#include "base/str.h"

/* Puts `put` in place of the `gone` bytes at `at`. */
static inline void replace_part(struct str *text, size_t at, size_t gone, struct sv put) {
    scoped(str) tail = STR_INIT;
    str_append_bytes(&tail, text->data + at + gone, text->len - at - gone);
    text->len = at;
    str_append_bytes(text, put.data, put.len);
    str_append_bytes(text, tail.data, tail.len);
}
