#include "checker/analysis_lexer.h"

#include <ctype.h>

#include "checker/analysis_string.h"

enum { END = -1 };

static const char *const words[] = {
    "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto",     "if",     "in",
    "local", "nil",   "not", "or",   "repeat", "return", "then",  "true", "until",    "while",    "//",     "..",
    "...",   "==",    ">=",  "<=",   "~=",     "<<",     ">>",    "::",   "<eof>",    "<number>", "<name>", "<string>"};

/* ---- errors ---- */

const char *token_name(int kind, char buffer[16]) {
    if (kind >= TOKEN_END) return words[kind - TOKEN_AND];
    if (kind >= TOKEN_AND)
        snprintf(buffer, 16, "'%s'", words[kind - TOKEN_AND]);
    else
        snprintf(buffer, 16, kind >= 0x20 && kind < 0x7f ? "'%c'" : "'<\\%d>'", kind);
    return buffer;
}

static void end_here(struct lexer *lexer) {
    lexer->at = lexer->text.len;
    lexer->token = (struct token){.kind = TOKEN_END, .at = lexer->here, .line = lexer->here.line};
    lexer->has_ahead = false;
}

void lexer_fail(struct lexer *lexer, struct place at, const char *format, ...) {
    va_list args;
    scoped(str) message = STR_INIT;
    if (lexer->error) return;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    lexer->error = arena_copy(lexer->arena, message.data, message.len);
    lexer->error_at = at;
    end_here(lexer);
}

void lexer_fail_near(struct lexer *lexer, const char *format, ...) {
    const struct token *token = &lexer->token;
    char buffer[16];
    va_list args;
    scoped(str) message = STR_INIT;
    if (lexer->error) return;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    if (token->kind > TOKEN_END)
        str_printf(&message, " near '%.*s'", (int)token->source.len, token->source.data);
    else
        str_printf(&message, " near %s", token_name(token->kind, buffer));
    /* Lua names the line on which a token ends. */
    struct place at = {token->line, token->at.line == token->line ? token->at.column : 1};
    lexer_fail(lexer, at, "%s", message.data);
}

/* ---- characters ---- */

int lexer_peek(const struct lexer *lexer, size_t ahead) {
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? (unsigned char)lexer->text.data[at] : END;
}

/* CR, LF and both in either order are one end of line. */
void lexer_skip(struct lexer *lexer, size_t count) {
    while (count-- && lexer->at < lexer->text.len) {
        int c = lexer_peek(lexer, 0), next = lexer_peek(lexer, 1);
        lexer->at++;
        if (c == '\n' || c == '\r') {
            if ((next == '\n' || next == '\r') && next != c) lexer->at++;
            lexer->here.line++;
            lexer->here.column = 1;
        } else if ((next & 0xc0) != 0x80 || next == END) {
            lexer->here.column++;
        }
    }
}

static bool is_name(int c) { return c == '_' || (c > 0 && c < 0x80 && isalnum(c)); }

static bool is_hex(int c) { return c > 0 && c < 0x80 && isxdigit(c); }

/* ---- tokens ---- */

/* Takes as much as could be a number, as Lua does, and looks at it then. */
static void take_number(struct lexer *lexer, struct token *token) {
    size_t start = lexer->at;
    bool hex = lexer_peek(lexer, 0) == '0' && (lexer_peek(lexer, 1) | 0x20) == 'x';
    int exponent = hex ? 'p' : 'e';
    lexer_skip(lexer, hex ? 2 : 1);
    for (;;) {
        int c = lexer_peek(lexer, 0);
        if ((c | 0x20) == exponent && c != END) {
            lexer_skip(lexer, 1);
            c = lexer_peek(lexer, 0);
            if (c == '+' || c == '-') lexer_skip(lexer, 1);
        } else if (is_hex(c) || c == '.') {
            lexer_skip(lexer, 1);
        } else {
            break;
        }
    }
    int last = lexer_peek(lexer, 0);
    if (is_name(last) && !isdigit(last)) lexer_skip(lexer, 1);
    token->kind = TOKEN_NUMBER;
    token->source = (struct sv){lexer->text.data + start, lexer->at - start};
    if (!number_is_valid(token->source, hex, &token->is_zero))
        lexer_fail(lexer, token->at, "malformed number near '%.*s'", (int)token->source.len, token->source.data);
}

static void take_name(struct lexer *lexer, struct token *token) {
    size_t start = lexer->at, len = 0;
    while (is_name(lexer_peek(lexer, len))) len++;
    lexer_skip(lexer, len);
    token->source = (struct sv){lexer->text.data + start, len};
    token->kind = TOKEN_NAME;
    for (int i = TOKEN_AND; i <= TOKEN_WHILE; i++)
        if (sv_equals(token->source, words[i - TOKEN_AND])) token->kind = i;
    if (token->kind != TOKEN_NAME) return;
    token->text = arena_copy(lexer->arena, token->source.data, len);
    token->len = len;
}

/* The longest of the symbols of several characters, else one character. */
static void take_symbol(struct lexer *lexer, struct token *token) {
    static const int by_length[] = {
        TOKEN_DOTS,    TOKEN_INTEGER_DIVISION, TOKEN_CONCAT,     TOKEN_EQUAL,       TOKEN_AT_LEAST,
        TOKEN_AT_MOST, TOKEN_UNEQUAL,          TOKEN_SHIFT_LEFT, TOKEN_SHIFT_RIGHT, TOKEN_LABEL};
    token->kind = lexer_peek(lexer, 0);
    for (size_t i = 0; i < LENGTH(by_length); i++) {
        const char *word = words[by_length[i] - TOKEN_AND];
        size_t len = strlen(word);
        if (lexer->text.len - lexer->at < len || memcmp(lexer->text.data + lexer->at, word, len) != 0) continue;
        token->kind = by_length[i];
        lexer_skip(lexer, len);
        return;
    }
    lexer_skip(lexer, 1);
}

/* Skips a comment, whose "--" stands here. */
static void skip_comment(struct lexer *lexer) {
    struct token ignored = {.at = lexer->here};
    lexer_skip(lexer, 2);
    if (lexer_peek(lexer, 0) == '[' && long_bracket(lexer) >= 0) {
        take_long_string(lexer, &ignored, "comment");
        return;
    }
    for (int c = lexer_peek(lexer, 0); c != END && c != '\n' && c != '\r'; c = lexer_peek(lexer, 0))
        lexer_skip(lexer, 1);
}

static void skip_space(struct lexer *lexer) {
    for (;;) {
        int c = lexer_peek(lexer, 0);
        if (c == '-' && lexer_peek(lexer, 1) == '-')
            skip_comment(lexer);
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            lexer_skip(lexer, 1);
        else
            return;
    }
}

static void scan(struct lexer *lexer, struct token *token) {
    skip_space(lexer);
    int c = lexer_peek(lexer, 0), next = lexer_peek(lexer, 1);
    *token = (struct token){.kind = TOKEN_END, .at = lexer->here};
    if (c == END) {
        token->line = lexer->here.line;
        return;
    }
    size_t start = lexer->at;
    if (c == '"' || c == '\'')
        take_string(lexer, token);
    else if (c == '[' && (next == '[' || next == '='))
        take_long_string(lexer, token, "string");
    else if ((c < 0x80 && isdigit(c)) || (c == '.' && next != END && next < 0x80 && isdigit(next)))
        take_number(lexer, token);
    else if (is_name(c))
        take_name(lexer, token);
    else
        take_symbol(lexer, token);
    token->source = (struct sv){lexer->text.data + start, lexer->at - start};
    token->line = lexer->here.line;
}

void lexer_init(struct lexer *lexer, struct arena *arena, struct sv text) {
    *lexer = (struct lexer){.arena = arena, .text = text, .here = {1, 1}, .buffer = STR_INIT};
    lexer_next(lexer);
}

void lexer_release(struct lexer *lexer) { str_release(&lexer->buffer); }

void lexer_next(struct lexer *lexer) {
    struct token token = lexer->ahead;
    if (!lexer->has_ahead) scan(lexer, &token);
    lexer->has_ahead = false;
    if (!lexer->error) lexer->token = token;
}

int lexer_ahead(struct lexer *lexer) {
    struct token token;
    if (!lexer->has_ahead) {
        scan(lexer, &token);
        if (lexer->error) return TOKEN_END;
        lexer->ahead = token;
        lexer->has_ahead = true;
    }
    return lexer->ahead.kind;
}
