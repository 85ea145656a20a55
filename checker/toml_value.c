#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "checker/toml.h"

/* ---- strings ---- */

bool toml_is_control(char c) { return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F; }

static bool is_surrogate_or_beyond(unsigned long code) { return (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF; }

static void append_code(struct str *out, unsigned long code) {
    if (code < 0x80)
        str_append_char(out, (char)code);
    else if (code < 0x800) {
        str_append_char(out, (char)(0xC0 | code >> 6));
        str_append_char(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        str_append_char(out, (char)(0xE0 | code >> 12));
        str_append_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        str_append_char(out, (char)(0x80 | (code & 0x3F)));
    } else {
        str_append_char(out, (char)(0xF0 | code >> 18));
        str_append_char(out, (char)(0x80 | (code >> 12 & 0x3F)));
        str_append_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        str_append_char(out, (char)(0x80 | (code & 0x3F)));
    }
}

/* \uXXXX or \UXXXXXXXX, of which t->at is the letter. */
static int read_code(struct toml *t, struct str *out) {
    size_t digits = toml_peek(t, 0) == 'u' ? 4 : 8, start = t->at - 1;
    char hex[9] = "";
    for (size_t i = 0; i < digits; i++) {
        hex[i] = toml_peek(t, i + 1);
        if (!isxdigit((unsigned char)hex[i])) return toml_fail(t, start, "an escape with too few hexadecimal digits");
    }
    unsigned long code = strtoul(hex, NULL, 16);
    if (is_surrogate_or_beyond(code)) return toml_fail(t, start, "an escape that is no Unicode character");
    append_code(out, code);
    t->at += digits + 1;
    return 0;
}

/* A backslash at the end of a line swallows all white space up to the next character. */
static bool skip_line_end(struct toml *t) {
    size_t i = t->at;
    while (i < t->text.len && (t->text.data[i] == ' ' || t->text.data[i] == '\t')) i++;
    if (i < t->text.len && t->text.data[i] == '\r') i++;
    if (i >= t->text.len || t->text.data[i] != '\n') return false;
    while (i < t->text.len && strchr(" \t\r\n", t->text.data[i]) && t->text.data[i]) i++;
    t->at = i;
    return true;
}

static int read_escape(struct toml *t, struct str *out, bool several_lines) {
    static const char letters[] = "btnfr\"\\", values[] = "\b\t\n\f\r\"\\";
    size_t start = t->at++;
    char c = toml_peek(t, 0);
    if (several_lines && skip_line_end(t)) return 0;
    if (c == 'u' || c == 'U') return read_code(t, out);
    const char *found = c ? strchr(letters, c) : NULL;
    if (!found) return toml_fail(t, start, "an unknown escape");
    str_append_char(out, values[found - letters]);
    t->at++;
    return 0;
}

/* How many of `quote` stand here, at most 5: two may end a text before the three that close it. */
static size_t count_quotes(const struct toml *t, char quote) {
    size_t count = 0;
    while (count < 5 && toml_peek(t, count) == quote) count++;
    return count;
}

/* One character of a string, which is no closing quote. */
static int read_character(struct toml *t, struct str *out, char quote, bool several_lines) {
    char c = toml_peek(t, 0);
    if (c == '\\' && quote == '"') return read_escape(t, out, several_lines);
    if (several_lines && c == '\r' && toml_peek(t, 1) == '\n') t->at++, c = '\n';
    if (c == '\n' && !several_lines) return toml_fail(t, t->at, "a string that is not closed on its line");
    if (toml_is_control(c) && c != '\n') return toml_fail(t, t->at, "a control character in a string");
    str_append_char(out, c);
    t->at++;
    return 0;
}

static int read_one_line(struct toml *t, struct str *out, char quote) {
    size_t start = t->at++;
    while (t->at < t->text.len) {
        if (toml_peek(t, 0) == quote) return t->at++, 0;
        if (read_character(t, out, quote, false)) return -1;
    }
    return toml_fail(t, start, "a string that is never closed");
}

static int read_several_lines(struct toml *t, struct str *out, char quote) {
    size_t start = t->at;
    t->at += 3;
    if (toml_peek(t, 0) == '\r' && toml_peek(t, 1) == '\n') t->at++;
    if (toml_peek(t, 0) == '\n') t->at++; /* the one right after the opening quotes does not count */
    while (t->at < t->text.len) {
        size_t quotes = count_quotes(t, quote);
        if (quotes >= 3) {
            str_append_repeat(out, quote, quotes - 3);
            t->at += quotes;
            return 0;
        }
        if (read_character(t, out, quote, true)) return -1;
    }
    return toml_fail(t, start, "a string that is never closed");
}

json_t *toml_read_string(struct toml *t, bool several_lines) {
    scoped(str) text = STR_INIT;
    char quote = toml_peek(t, 0);
    bool three = toml_peek(t, 1) == quote && toml_peek(t, 2) == quote;
    if (three && !several_lines) return toml_fail(t, t->at, "a key in triple quotes"), NULL;
    if (three ? read_several_lines(t, &text, quote) : read_one_line(t, &text, quote)) return NULL;
    return json_stringn(text.data, text.len);
}

/* ---- dates and times ---- */

/* Matches the beginning of text with a shape in which d is a digit; returns its length, or 0. */
static size_t shape(const char *text, const char *pattern) {
    for (size_t i = 0; pattern[i]; i++)
        if (pattern[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i]) return 0;
    return strlen(pattern);
}

static int two(const char *digits) { return (digits[0] - '0') * 10 + digits[1] - '0'; }

static bool is_date(const char *text) {
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = two(text) * 100 + two(text + 2), month = two(text + 5), day = two(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1]) return false;
    return leap || month != 2 || day < 29;
}

/* The length of a time with an optional fraction, or 0. Source: RFC 3339, which allows a leap second. */
static size_t time_length(const char *text) {
    size_t len = shape(text, "dd:dd:dd");
    if (!len || two(text) > 23 || two(text + 3) > 59 || two(text + 6) > 60) return 0;
    if (!shape(text + len, ".d")) return len;
    len++;
    while (isdigit((unsigned char)text[len])) len++;
    return len;
}

static size_t offset_length(const char *text) {
    if (*text == 'Z' || *text == 'z') return 1;
    size_t len = *text && strchr("+-", *text) ? shape(text + 1, "dd:dd") : 0;
    return len && two(text + 1) < 24 && two(text + 4) < 60 ? len + 1 : 0;
}

static bool is_date_or_time(const char *text) {
    if (!shape(text, "dddd-dd-dd")) return time_length(text) && !text[time_length(text)];
    if (!is_date(text)) return false;
    text += 10;
    if (!*text) return true;
    size_t len = strchr("Tt ", *text) ? time_length(text + 1) : 0;
    if (!len) return false;
    text += len + 1;
    return !text[offset_length(text)];
}

/* ---- numbers ---- */

static bool is_digit_of(char c, int base) {
    if (base == 16) return isxdigit((unsigned char)c);
    return c >= '0' && c < '0' + base;
}

/* Copies digits of the base without underscores, each of which must stand between two digits. Returns how much of
 * text was read, 0 when it is not well formed. */
static size_t copy_digits(char *out, const char *text, int base) {
    size_t used = 0, len = strlen(out);
    while (is_digit_of(text[used], base)) {
        out[len++] = text[used++];
        if (text[used] == '_' && is_digit_of(text[used + 1], base)) used++;
    }
    out[len] = '\0';
    return used;
}

enum { PLAIN_MOST = 256 }; /* characters of a number or date */

static json_t *to_integer(const char *digits, int base) {
    errno = 0;
    long long number = strtoll(digits, NULL, base);
    return errno ? NULL : json_integer(number);
}

static json_t *prefixed_integer(const char *text) {
    static const struct {
        const char *prefix;
        int base;
    } bases[] = {{"0x", 16}, {"0o", 8}, {"0b", 2}};
    for (size_t i = 0; i < LENGTH(bases); i++) {
        char digits[PLAIN_MOST] = "";
        if (!string_starts_with(text, bases[i].prefix)) continue;
        size_t used = copy_digits(digits, text + 2, bases[i].base);
        return used && !text[2 + used] ? to_integer(digits, bases[i].base) : NULL;
    }
    return NULL;
}

static void append(char *out, char c) {
    size_t len = strlen(out);
    out[len] = c;
    out[len + 1] = '\0';
}

/* Copies a point or exponent with its digits. Returns how much was read, 0 when there is none. */
static size_t copy_tail(char *out, const char *text, const char *lead, bool sign) {
    size_t used = 1;
    if (!*text || !strchr(lead, *text)) return 0;
    append(out, *text);
    if (sign && text[1] && strchr("+-", text[1])) append(out, text[used++]);
    size_t digits = copy_digits(out, text + used, 10);
    return digits ? used + digits : 0;
}

static json_t *decimal(const char *text) {
    char digits[PLAIN_MOST] = "";
    if (*text == '+' || *text == '-') append(digits, *text++);
    size_t whole = copy_digits(digits, text, 10);
    if (!whole || (text[0] == '0' && whole > 1)) return NULL; /* no leading zeros */
    size_t fraction = copy_tail(digits, text + whole, ".", false);
    size_t exponent = copy_tail(digits, text + whole + fraction, "eE", true);
    if (text[whole + fraction + exponent]) return NULL;
    if (!fraction && !exponent) return to_integer(digits, 10);
    return json_real(strtod(digits, NULL)); /* NULL when it overflows */
}

static bool is_inf_or_nan(const char *text) {
    if (*text == '+' || *text == '-') text++;
    return !strcmp(text, "inf") || !strcmp(text, "nan");
}

static json_t *classify(const char *text) {
    if (!strcmp(text, "true") || !strcmp(text, "false")) return json_boolean(text[0] == 't');
    if (is_inf_or_nan(text) || is_date_or_time(text)) return json_string(text);
    json_t *number = prefixed_integer(text);
    return number ? number : decimal(text);
}

static bool is_plain(char c) { return c && (isalnum((unsigned char)c) || strchr("+-_.:", c)); }

static const char *why_no_value(const char *text) {
    if (!*text) return "a value is missing";
    if (isdigit((unsigned char)*text) || strchr("+-", *text)) return "not a number, date or time that TOML knows";
    return "not a value: text needs quotes";
}

json_t *toml_read_plain(struct toml *t) {
    char text[PLAIN_MOST] = "";
    size_t len = 0;
    while (len < sizeof text - 1 && is_plain(toml_peek(t, len))) text[len] = toml_peek(t, len), len++;
    if (len == 10 && shape(text, "dddd-dd-dd") && toml_peek(t, 10) == ' ' && isdigit((unsigned char)toml_peek(t, 11)))
        do text[len] = toml_peek(t, len), len++;
        while (len < sizeof text - 1 && is_plain(toml_peek(t, len)));
    json_t *value = classify(text);
    if (!value) return toml_fail(t, t->at, why_no_value(text)), NULL;
    t->at += len;
    return value;
}
