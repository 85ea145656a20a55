#pragma once
/*
 * The words of Lua 5.4 (manual, section 3.1), with Lua's own messages. The first error ends the text: every token after
 * it is TOKEN_END, so that whoever reads comes to an end by itself.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct place {
    int line, column; /* from 1; columns count characters */
};

/* A character is its own token; these are those of several. Reserved words come first, in the order of their names. */
enum token_kind {
    TOKEN_AND = 256,
    TOKEN_BREAK,
    TOKEN_DO,
    TOKEN_ELSE,
    TOKEN_ELSEIF,
    TOKEN_END_WORD,
    TOKEN_FALSE,
    TOKEN_FOR,
    TOKEN_FUNCTION,
    TOKEN_GOTO,
    TOKEN_IF,
    TOKEN_IN,
    TOKEN_LOCAL,
    TOKEN_NIL,
    TOKEN_NOT,
    TOKEN_OR,
    TOKEN_REPEAT,
    TOKEN_RETURN,
    TOKEN_THEN,
    TOKEN_TRUE,
    TOKEN_UNTIL,
    TOKEN_WHILE,
    TOKEN_INTEGER_DIVISION,
    TOKEN_CONCAT,
    TOKEN_DOTS,
    TOKEN_EQUAL,
    TOKEN_AT_LEAST,
    TOKEN_AT_MOST,
    TOKEN_UNEQUAL,
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_LABEL,
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_STRING,
};

struct token {
    int kind;
    struct place at;  /* of its first character */
    int line;         /* of its last one: where Lua says that it stands */
    const char *text; /* of a name or a string, in the arena; else NULL */
    size_t len;
    struct sv source; /* as written */
    bool is_zero;     /* a number that is 0 */
};

struct lexer {
    struct arena *arena;
    struct sv text;
    size_t at;
    struct place here;
    struct token token, ahead; /* the one to be read, and, when has_ahead, the next */
    bool has_ahead;
    struct str buffer; /* of the string that is being read, from its quote on */
    char *error;       /* in the arena; NULL: none yet */
    struct place error_at;
};

void lexer_init(struct lexer *lexer, struct arena *arena, struct sv text); /* reads the first token */
void lexer_release(struct lexer *lexer);

void lexer_next(struct lexer *lexer);
int lexer_ahead(struct lexer *lexer); /* the kind of the token behind the next */

/* Ends the text with "message near TOKEN", or at `at` with the message alone. The first error counts. */
void lexer_fail_near(struct lexer *lexer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lexer_fail(struct lexer *lexer, struct place at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* How Lua names a token in messages: "'end'", "<name>". The buffer needs 16 bytes. */
const char *token_name(int kind, char buffer[16]);
