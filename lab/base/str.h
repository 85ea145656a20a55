#pragma once
/*
 * Strings. `struct str` owns a growing buffer that always ends in a NUL, so `s.data` is a C string as soon as
 * anything was appended (STR_INIT gives an empty one); bytes may contain NUL too, `len` counts them.
 * `struct sv` borrows: a pointer and a length.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct str {
    char *data;
    size_t len, capacity;
};

struct sv {
    const char *data;
    size_t len;
};

extern char str_empty[1];
#define STR_INIT \
    { str_empty, 0, 0 }
#define SV(literal) ((struct sv){literal, sizeof(literal) - 1})

void str_release(struct str *s);
void str_clear(struct str *s);                 /* empty, keeps the buffer */
void str_drop(struct str *s, size_t len);      /* its first bytes, at most all */
char *str_steal(struct str *s);                /* the buffer, to be freed by the caller; s is empty again */
void str_reserve(struct str *s, size_t extra); /* room for extra more bytes and the NUL */

void str_append(struct str *s, const char *text);
void str_append_bytes(struct str *s, const void *data, size_t len);
void str_append_char(struct str *s, char c);
void str_append_repeat(struct str *s, char c, size_t times);
void str_printf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3))); /* appends */
void str_vprintf(struct str *s, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Appends text as one word of a POSIX shell, quoted only where needed. */
void str_append_shell_word(struct str *s, const char *text);

char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2))); /* caller frees */

struct sv sv_of(const char *text);
struct sv sv_str(const struct str *s);
bool sv_equals(struct sv a, const char *text);
/* Cuts the next line (without its \n) off *rest; false when nothing is left. */
bool sv_next_line(struct sv *rest, struct sv *line);

bool char_is_one_of(char c, const char *set); /* never for NUL */
bool string_starts_with(const char *text, const char *prefix);
bool string_ends_with(const char *text, const char *suffix);
/* Makes one line of what somebody else wrote: control bytes, which end lines and steer terminals, become spaces. */
void string_make_line(char *text, size_t len);

/* Edit distance (insert, delete, replace, swap of neighbours), for "did you mean". Source: Damerau 1964,
 * restricted form. Strings beyond 63 bytes count as far apart. */
unsigned string_distance(const char *a, const char *b);

/* The candidate nearest to word, if near enough to be a typing error, else NULL. */
const char *string_nearest(const char *word, const char *const *candidates, size_t count);

/* How many bytes at the beginning are printable ASCII (0x20 to 0x7e); looks at eight at once. */
size_t ascii_prefix(const char *data, size_t len);

/* True when the bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool utf8_valid(const char *data, size_t len);
/* Appends data as UTF-8, each invalid byte as U+FFFD. */
void str_append_utf8(struct str *s, const char *data, size_t len);
