/* Which bytes a YAML text may hold. */

#include "course/yaml_inside.h"

int yaml_fail(const struct source *source, struct err *err, struct yaml_position at, const char *format, ...) {
    scoped(str) message = STR_INIT;
    scoped(str) text = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    source_describe(&text, source, at, message.data);
    return err_set(err, ERR_COURSE, "%s", text.data);
}

/* Bytes of the character at offset, 0 when it is no valid UTF-8. */
static size_t character_length(const struct source *source, size_t offset) {
    size_t most = source->len - offset < 4 ? source->len - offset : 4;
    for (size_t n = 1; n <= most; n++)
        if (utf8_valid(source->text + offset, n)) return n;
    return 0;
}

/* The kind of a character that is not printable ASCII or LF; 0 when it may not stand in YAML: C0, DEL, C1, U+FFFE and
 * U+FFFF. */
static unsigned kind_of(const char *character, size_t length) {
    const unsigned char *c = (const unsigned char *)character;
    if (length == 1) return *c == '\t' || *c == '\r' ? YAML_HAS_BLANKS : 0;
    if (length == 2 && c[0] == 0xc2 && c[1] < 0xa0) return c[1] == 0x85 ? YAML_HAS_BREAKS : 0;
    if (length != 3) return YAML_HAS_WIDE;
    if (!memcmp(c, "\xef\xbf\xbe", 3) || !memcmp(c, "\xef\xbf\xbf", 3)) return 0;
    bool breaks = !memcmp(c, "\xe2\x80\xa8", 3) || !memcmp(c, "\xe2\x80\xa9", 3) || !memcmp(c, "\xef\xbb\xbf", 3);
    return breaks ? YAML_HAS_BREAKS : YAML_HAS_WIDE;
}

static int check_character(const struct source *source, size_t offset, size_t *length, unsigned *bytes,
                           struct err *err) {
    *length = character_length(source, offset);
    if (!*length)
        return yaml_fail(source, err, source_position(source, offset),
                         "the byte 0x%02x is not UTF-8; save the file as UTF-8", (unsigned char)source->text[offset]);
    unsigned kind = kind_of(source->text + offset, *length);
    *bytes |= kind;
    if (kind) return 0;
    return yaml_fail(source, err, source_position(source, offset),
                     "a control character cannot stand in YAML; in double quotes it may be written as an escape");
}

int yaml_check_bytes(const struct source *source, unsigned *bytes, struct err *err) {
    *bytes = 0;
    for (size_t i = 0; i < source->len;) {
        size_t length = ascii_prefix(source->text + i, source->len - i);
        i += length;
        if (i == source->len) break;
        length = 1;
        if (source->text[i] != '\n' && check_character(source, i, &length, bytes, err)) return -1;
        i += length;
    }
    return 0;
}
