#include "checker/analysis_string.h"

#include <ctype.h>

enum { END = -1 };

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static int hex_value(int c) {
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- numerals ---- */

static size_t digits(struct sv text, size_t at, bool hex, bool *is_zero) {
    size_t start = at;
    for (; at < text.len && (hex ? hex_value(text.data[at]) >= 0 : is_digit(text.data[at])); at++)
        if (text.data[at] != '0') *is_zero = false;
    return at - start;
}

/* Digits with a point among them, then perhaps an exponent. */
bool number_is_valid(struct sv text, bool hex, bool *is_zero) {
    size_t at = hex ? 2 : 0;
    *is_zero = true;
    size_t whole = digits(text, at, hex, is_zero), fraction = 0;
    at += whole;
    if (at < text.len && text.data[at] == '.') {
        fraction = digits(text, at + 1, hex, is_zero);
        at += 1 + fraction;
    }
    if (!whole && !fraction) return false;
    if (at < text.len && (text.data[at] | 0x20) == (hex ? 'p' : 'e')) {
        bool ignored;
        at++;
        if (at < text.len && (text.data[at] == '+' || text.data[at] == '-')) at++;
        size_t exponent = digits(text, at, false, &ignored);
        if (!exponent) return false;
        at += exponent;
    }
    return at == text.len;
}

/* ---- quoted strings ---- */

/* The buffer holds what Lua's does at that moment, since its messages show it. */
static void fail_in_string(struct lexer *lexer, const char *message) {
    struct place at = lexer->here;
    lexer_fail(lexer, at, "%s near '%s'", message, lexer->buffer.data);
}

/* An escape that is none: the message shows it with the character that spoilt it. */
static void fail_escape(struct lexer *lexer, size_t taken, const char *message) {
    struct place at = lexer->here;
    size_t shown = taken + (lexer_peek(lexer, taken) != END);
    str_append_bytes(&lexer->buffer, lexer->text.data + lexer->at, shown);
    lexer_skip(lexer, taken);
    lexer_fail(lexer, (struct place){lexer->here.line, at.column}, "%s near '%s'", message, lexer->buffer.data);
}

static void take_hex_escape(struct lexer *lexer) {
    int high = hex_value(lexer_peek(lexer, 2)), low = hex_value(lexer_peek(lexer, 3));
    if (high < 0 || low < 0) {
        fail_escape(lexer, high < 0 ? 2 : 3, "hexadecimal digit expected");
        return;
    }
    str_append_char(&lexer->buffer, (char)(high * 16 + low));
    lexer_skip(lexer, 4);
}

static void take_decimal_escape(struct lexer *lexer) {
    int value = 0;
    size_t taken = 1;
    for (; taken < 4 && is_digit(lexer_peek(lexer, taken)); taken++)
        value = value * 10 + lexer_peek(lexer, taken) - '0';
    if (value > 255) {
        fail_escape(lexer, taken, "decimal escape too large");
        return;
    }
    str_append_char(&lexer->buffer, (char)value);
    lexer_skip(lexer, taken);
}

/* Up to 0x7FFFFFFF, in the old form of UTF-8 with at most six bytes. */
static void append_utf8(struct str *out, unsigned long code) {
    char bytes[8];
    size_t count = 0;
    unsigned long first_most = 0x3f;
    if (code < 0x80) {
        str_append_char(out, (char)code);
        return;
    }
    do {
        bytes[sizeof bytes - ++count] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
        first_most >>= 1;
    } while (code > first_most);
    bytes[sizeof bytes - ++count] = (char)((~first_most << 1) | code);
    str_append_bytes(out, bytes + sizeof bytes - count, count);
}

static void take_unicode_escape(struct lexer *lexer) {
    unsigned long code = 0;
    size_t taken = 3;
    if (lexer_peek(lexer, 2) != '{') {
        fail_escape(lexer, 2, "missing '{'");
        return;
    }
    if (hex_value(lexer_peek(lexer, 3)) < 0) {
        fail_escape(lexer, 3, "hexadecimal digit expected");
        return;
    }
    for (int digit; (digit = hex_value(lexer_peek(lexer, taken))) >= 0; taken++) {
        if (code > 0x7FFFFFFFul >> 4) {
            fail_escape(lexer, taken, "UTF-8 value too large");
            return;
        }
        code = code * 16 + (unsigned)digit;
    }
    if (lexer_peek(lexer, taken) != '}') {
        fail_escape(lexer, taken, "missing '}'");
        return;
    }
    append_utf8(&lexer->buffer, code);
    lexer_skip(lexer, taken + 1);
}

/* "\z" takes all blanks that follow, ends of lines too. */
static void skip_blanks(struct lexer *lexer) {
    lexer_skip(lexer, 2);
    for (int c = lexer_peek(lexer, 0); c == ' ' || (c >= '\t' && c <= '\r'); c = lexer_peek(lexer, 0))
        lexer_skip(lexer, 1);
}

static void take_escape(struct lexer *lexer) {
    static const char letters[] = "abfnrtv\\\"'", meanings[] = "\a\b\f\n\r\t\v\\\"'";
    int c = lexer_peek(lexer, 1);
    const char *letter = c > 0 ? strchr(letters, c) : NULL;
    if (letter) {
        str_append_char(&lexer->buffer, meanings[letter - letters]);
        lexer_skip(lexer, 2);
    } else if (c == '\n' || c == '\r') {
        str_append_char(&lexer->buffer, '\n');
        lexer_skip(lexer, 2);
    } else if (c == 'x') {
        take_hex_escape(lexer);
    } else if (c == 'u') {
        take_unicode_escape(lexer);
    } else if (c == 'z') {
        skip_blanks(lexer);
    } else if (is_digit(c)) {
        take_decimal_escape(lexer);
    } else if (c == END) {
        lexer_skip(lexer, 1);
    } else {
        fail_escape(lexer, 1, "invalid escape sequence");
    }
}

static void keep(struct lexer *lexer, struct token *token, size_t first, size_t last) {
    size_t len = lexer->buffer.len - first - last;
    token->kind = TOKEN_STRING;
    token->text = arena_copy(lexer->arena, lexer->buffer.data + first, len);
    token->len = len;
}

void take_string(struct lexer *lexer, struct token *token) {
    int quote = lexer_peek(lexer, 0);
    str_clear(&lexer->buffer);
    str_append_char(&lexer->buffer, (char)quote);
    lexer_skip(lexer, 1);
    while (!lexer->error) {
        int c = lexer_peek(lexer, 0);
        if (c == quote) break;
        if (c == END) {
            lexer_fail(lexer, lexer->here, "unfinished string near <eof>");
        } else if (c == '\n' || c == '\r') {
            fail_in_string(lexer, "unfinished string");
        } else if (c == '\\') {
            take_escape(lexer);
        } else {
            str_append_char(&lexer->buffer, (char)c);
            lexer_skip(lexer, 1);
        }
    }
    lexer_skip(lexer, 1);
    if (!lexer->error) keep(lexer, token, 1, 0);
}

/* ---- long strings ---- */

int long_bracket(const struct lexer *lexer) {
    size_t level = 0;
    while (lexer_peek(lexer, 1 + level) == '=') level++;
    if (lexer_peek(lexer, 1 + level) == '[') return (int)level;
    return level ? -2 : -1;
}

static bool closes(const struct lexer *lexer, size_t level) {
    for (size_t i = 0; i < level; i++)
        if (lexer_peek(lexer, 1 + i) != '=') return false;
    return lexer_peek(lexer, 1 + level) == ']';
}

void take_long_string(struct lexer *lexer, struct token *token, const char *what) {
    int level = long_bracket(lexer), c;
    size_t equals = 0;
    while (lexer_peek(lexer, 1 + equals) == '=') equals++;
    if (level < 0) {
        lexer_fail(lexer, token->at, "invalid long string delimiter near '[%.*s'", (int)equals,
                   lexer->text.data + lexer->at + 1);
        return;
    }
    str_clear(&lexer->buffer);
    lexer_skip(lexer, equals + 2);
    c = lexer_peek(lexer, 0);
    if (c == '\n' || c == '\r') lexer_skip(lexer, 1);
    while ((c = lexer_peek(lexer, 0)) != END) {
        if (c == ']' && closes(lexer, equals)) {
            lexer_skip(lexer, equals + 2);
            keep(lexer, token, 0, 0);
            return;
        }
        str_append_char(&lexer->buffer, c == '\r' ? '\n' : (char)c);
        lexer_skip(lexer, 1);
    }
    lexer_fail(lexer, lexer->here, "unfinished long %s (starting at line %d) near <eof>", what, token->at.line);
}
