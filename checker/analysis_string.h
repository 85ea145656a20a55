#pragma once
/* Strings and numerals of Lua, for the lexer alone. */

#include "checker/analysis_lexer.h"

int lexer_peek(const struct lexer *lexer, size_t ahead); /* a byte, or -1 behind the last */
void lexer_skip(struct lexer *lexer, size_t count);      /* counts lines and columns */

/* At a quote: the string, its escapes read. */
void take_string(struct lexer *lexer, struct token *token);

/* At "[": the level of the long bracket that begins there, -1 when none does, -2 for "[=" without its second "[". */
int long_bracket(const struct lexer *lexer);

/* At a long bracket; `what` is "string" or "comment". */
void take_long_string(struct lexer *lexer, struct token *token, const char *what);

bool number_is_valid(struct sv text, bool hex, bool *is_zero);
