#include "base/str.h"

#include <limits.h>
#include <stdlib.h>

char str_empty[1] = "";

void str_release(struct str *s) {
    if (s->capacity) free(s->data);
    *s = (struct str)STR_INIT;
}

void str_clear(struct str *s) {
    s->len = 0;
    if (s->capacity) s->data[0] = '\0';
}

void str_drop(struct str *s, size_t len) {
    if (!len) return;
    memmove(s->data, s->data + len, s->len - len + 1);
    s->len -= len;
}

char *str_steal(struct str *s) {
    char *data = s->capacity ? s->data : mem_copy_string("");
    *s = (struct str)STR_INIT;
    return data;
}

void str_reserve(struct str *s, size_t extra) {
    size_t need = s->len + extra + 1;
    if (need <= s->capacity) return;
    size_t capacity = s->capacity ? s->capacity : 32;
    while (capacity < need) capacity *= 2;
    s->data = mem_resize(s->capacity ? s->data : NULL, capacity);
    s->capacity = capacity;
    s->data[s->len] = '\0';
}

void str_append_bytes(struct str *s, const void *data, size_t len) {
    if (!len) return;
    str_reserve(s, len);
    memcpy(s->data + s->len, data, len);
    s->len += len;
    s->data[s->len] = '\0';
}

void str_append(struct str *s, const char *text) { str_append_bytes(s, text, strlen(text)); }

void str_append_char(struct str *s, char c) { str_append_bytes(s, &c, 1); }

void str_append_repeat(struct str *s, char c, size_t times) {
    str_reserve(s, times);
    memset(s->data + s->len, c, times);
    s->len += times;
    s->data[s->len] = '\0';
}

void str_vprintf(struct str *s, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len <= 0) return;
    str_reserve(s, (size_t)len);
    vsnprintf(s->data + s->len, (size_t)len + 1, format, args);
    s->len += (size_t)len;
}

void str_printf(struct str *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str_vprintf(s, format, args);
    va_end(args);
}

char *str_format(const char *format, ...) {
    struct str s = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    return str_steal(&s);
}

void str_append_shell_word(struct str *s, const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,+@%^";
    if (*text && strspn(text, plain) == strlen(text)) {
        str_append(s, text);
        return;
    }
    str_append_char(s, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            str_append(s, "'\\''");
        else
            str_append_char(s, *text);
    }
    str_append_char(s, '\'');
}

struct sv sv_of(const char *text) {
    return (struct sv){text, strlen(text)};
}

struct sv sv_str(const struct str *s) {
    return (struct sv){s->data, s->len};
}

bool sv_equals(struct sv a, const char *text) { return a.len == strlen(text) && !memcmp(a.data, text, a.len); }

bool sv_next_line(struct sv *rest, struct sv *line) {
    if (!rest->len) return false;
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    *line = (struct sv){rest->data, len};
    size_t used = end ? len + 1 : len;
    *rest = (struct sv){rest->data + used, rest->len - used};
    return true;
}

bool char_is_one_of(char c, const char *set) { return c && strchr(set, c); }

bool string_starts_with(const char *text, const char *prefix) { return !strncmp(text, prefix, strlen(prefix)); }

bool string_ends_with(const char *text, const char *suffix) {
    size_t len = strlen(text), tail = strlen(suffix);
    return len >= tail && !memcmp(text + len - tail, suffix, tail);
}

void string_make_line(char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) text[i] = ' ';
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned string_distance(const char *a, const char *b) {
    enum { MOST = 63 };
    size_t rows = strlen(a), columns = strlen(b);
    if (rows > MOST || columns > MOST) return UINT_MAX;
    unsigned table[MOST + 1][MOST + 1];
    for (size_t i = 0; i <= rows; i++) table[i][0] = (unsigned)i;
    for (size_t j = 0; j <= columns; j++) table[0][j] = (unsigned)j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            unsigned best = least(table[i - 1][j], table[i][j - 1]) + 1;
            best = least(best, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, table[i - 2][j - 2] + 1);
            table[i][j] = best;
        }
    }
    return table[rows][columns];
}

const char *string_nearest(const char *word, const char *const *candidates, size_t count) {
    const char *nearest = NULL;
    unsigned best = (unsigned)(strlen(word) / 3 + 1) + 1;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = string_distance(word, candidates[i]);
        if (distance < best && distance < strlen(candidates[i])) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

/* Whether all eight bytes lie in 0x20 to 0x7e: none has its top bit set, borrows when 0x20 is taken off, or reaches 0x80
 * when 1 is added. */
static bool eight_are_printable(const char *data) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return !((word | (word - ones * 0x20) | (word + ones)) & tops);
}

size_t ascii_prefix(const char *data, size_t len) {
    size_t i = 0;
    while (i + 8 <= len && eight_are_printable(data + i)) i += 8;
    while (i < len && data[i] >= 0x20 && data[i] < 0x7f) i++;
    return i;
}

/* Length of the valid UTF-8 sequence at data, 0 if there is none. */
static size_t utf8_sequence(const unsigned char *data, size_t len) {
    static const struct {
        unsigned char low, high, second_low, second_high;
        size_t len;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < LENGTH(forms); i++) {
        if (data[0] < forms[i].low || data[0] > forms[i].high) continue;
        if (forms[i].len > len) return 0;
        if (forms[i].len > 1 && (data[1] < forms[i].second_low || data[1] > forms[i].second_high)) return 0;
        for (size_t k = 2; k < forms[i].len; k++)
            if ((data[k] & 0xc0) != 0x80) return 0;
        return forms[i].len;
    }
    return 0;
}

bool utf8_valid(const char *data, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence((const unsigned char *)data + i, len - i);
        if (!step) return false;
        i += step;
    }
    return true;
}

void str_append_utf8(struct str *s, const char *data, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence((const unsigned char *)data + i, len - i);
        if (step)
            str_append_bytes(s, data + i, step);
        else
            str_append(s, "\xef\xbf\xbd");
        i += step ? step : 1;
    }
}
