#include "checker/analysis_parser.h"

/* ---- tokens ---- */

bool next_is(struct parser *parser, int kind) {
    if (parser->lexer.token.kind != kind) return false;
    lexer_next(&parser->lexer);
    return true;
}

void expect_token(struct parser *parser, int kind) {
    char buffer[16];
    if (!next_is(parser, kind)) lexer_fail_near(&parser->lexer, "%s expected", token_name(kind, buffer));
}

void expect_match(struct parser *parser, int kind, int opener, struct place opened) {
    char closing[16], opening[16];
    if (next_is(parser, kind)) return;
    if (opened.line == parser->lexer.token.line) {
        expect_token(parser, kind);
        return;
    }
    lexer_fail_near(&parser->lexer, "%s expected (to close %s at line %d)", token_name(kind, closing),
                    token_name(opener, opening), opened.line);
}

struct symbol *take_name_symbol(struct parser *parser, struct place *at) {
    const struct token *token = &parser->lexer.token;
    struct symbol *symbol = symbol_of(parser, token->kind == TOKEN_NAME ? token->text : "");
    *at = token->at;
    expect_token(parser, TOKEN_NAME);
    return symbol;
}

bool enter_level(struct parser *parser) {
    if (++parser->level <= LEVELS_MOST) return true;
    lexer_fail(&parser->lexer, parser->lexer.token.at, "C stack overflow");
    return false;
}

void leave_level(struct parser *parser) { parser->level--; }

/* ---- making expressions ---- */

struct expr *make_expr(struct parser *parser, enum expr_kind kind, struct place at) {
    struct expr *expr = arena_alloc(parser->arena, sizeof *expr);
    expr->kind = kind;
    expr->at = at;
    expr->inside = parser->function;
    *(parser->last_expr ? &parser->last_expr->next : &parser->first_expr) = expr;
    return parser->last_expr = expr;
}

/* What counts as an assertion, for the engine too: see lab.count_assertion in the prelude. */
static const char *const asserting[] = {"expect", "holds", "within"};
static const char *const asserting_docker[] = {"build", "service"};
static const char *const asserting_methods[] = {"fails", "ok", "score", "service"};

static void look_for_assertion(struct parser *parser, const char *name, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], name)) asserts(parser, parser->asserter);
}

struct expr *name_expr(struct parser *parser, struct symbol *symbol, struct place at) {
    struct variable *variable = symbol->binding;
    struct expr *expr = make_expr(parser, variable ? EXPR_LOCAL : EXPR_GLOBAL, at);
    if (!variable) {
        expr->name = symbol;
        names(parser, &symbol->asserter, parser->asserter);
        look_for_assertion(parser, symbol->name, asserting, LENGTH(asserting));
        return expr;
    }
    variable->reads++;
    names(parser, &variable->asserter, parser->asserter);
    expr->variable = variable;
    return expr;
}

struct expr *field_expr(struct parser *parser, struct expr *of, struct symbol *name, struct place at) {
    struct expr *expr = make_expr(parser, EXPR_FIELD, at);
    expr->of = of;
    expr->name = name;
    if (of->kind == EXPR_GLOBAL && !strcmp(of->name->name, "docker"))
        look_for_assertion(parser, name->name, asserting_docker, LENGTH(asserting_docker));
    if (of->kind == EXPR_GLOBAL && !of->other) of->other = expr; /* for messages about the two together */
    return expr;
}

struct expr *text_expr(struct parser *parser) {
    const struct token *token = &parser->lexer.token;
    struct expr *expr = make_expr(parser, EXPR_TEXT, token->at);
    struct literal *literal = arena_alloc(parser->arena, sizeof *literal);
    expr->text = token->text;
    *literal = (struct literal){.text = token->text, .at = token->at, .inside = parser->function};
    *(parser->last_literal ? &parser->last_literal->next : &parser->first_literal) = literal;
    parser->last_literal = literal;
    lexer_next(&parser->lexer);
    return expr;
}

/* ---- tables ---- */

static struct item *add_item(struct parser *parser, struct table *table, struct place at) {
    struct item *item = arena_alloc(parser->arena, sizeof *item);
    item->at = at;
    *(table->last ? &table->last->next : &table->items) = item;
    return table->last = item;
}

static void parse_item(struct parser *parser, struct table *table) {
    struct lexer *lexer = &parser->lexer;
    struct item *item = add_item(parser, table, lexer->token.at);
    if (lexer->token.kind == TOKEN_NAME && lexer_ahead(lexer) == '=') {
        item->key = lexer->token.text;
        lexer_next(lexer);
        expect_token(parser, '=');
    } else if (next_is(parser, '[')) {
        const struct expr *key = parse_expression(parser);
        if (key->kind == EXPR_TEXT) item->key = key->text;
        expect_token(parser, ']');
        expect_token(parser, '=');
    } else {
        item->positional = true;
    }
    item->value = parse_expression(parser);
}

struct expr *parse_table(struct parser *parser) {
    struct place at = parser->lexer.token.at;
    struct table *table = arena_alloc(parser->arena, sizeof *table);
    expect_token(parser, '{');
    while (parser->lexer.token.kind != '}') {
        parse_item(parser, table);
        if (!next_is(parser, ',') && !next_is(parser, ';')) break;
    }
    expect_match(parser, '}', '{', at);
    struct expr *expr = make_expr(parser, EXPR_TABLE, at);
    expr->table = table;
    return expr;
}

/* ---- calls ---- */

static void add_argument(struct parser *parser, struct call *call, struct expr *value) {
    struct argument *argument = arena_alloc(parser->arena, sizeof *argument);
    argument->value = value;
    *(call->last_argument ? &call->last_argument->next : &call->arguments) = argument;
    call->last_argument = argument;
}

static void parse_arguments(struct parser *parser, struct call *call) {
    struct place opened = parser->lexer.token.at;
    switch (parser->lexer.token.kind) {
    case TOKEN_STRING: add_argument(parser, call, text_expr(parser)); return;
    case '{': add_argument(parser, call, parse_table(parser)); return;
    case '(': lexer_next(&parser->lexer); break;
    default: lexer_fail_near(&parser->lexer, "function arguments expected"); return;
    }
    if (parser->lexer.token.kind != ')') do
            add_argument(parser, call, parse_expression(parser));
        while (next_is(parser, ','));
    expect_match(parser, ')', '(', opened);
}

static struct expr *parse_call(struct parser *parser, struct expr *callee) {
    struct call *call = arena_alloc(parser->arena, sizeof *call);
    *call = (struct call){.callee = callee, .at = callee->at, .inside = parser->function};
    *(parser->last_call ? &parser->last_call->next : &parser->first_call) = call;
    parser->last_call = call;
    if (callee->kind == EXPR_LOCAL) {
        call->next_of_same = callee->variable->calls;
        callee->variable->calls = call;
        callee->variable->call_count++;
    }
    parse_arguments(parser, call);
    struct expr *expr = make_expr(parser, EXPR_CALL, callee->at);
    expr->of = callee;
    expr->call = call;
    return expr;
}

/* ---- names, and what is done to them ---- */

static struct expr *parse_primary(struct parser *parser) {
    struct place at = parser->lexer.token.at;
    if (parser->lexer.token.kind == TOKEN_NAME) {
        struct symbol *symbol = take_name_symbol(parser, &at);
        return name_expr(parser, symbol, at);
    }
    if (next_is(parser, '(')) {
        struct expr *inner = parse_expression(parser);
        expect_match(parser, ')', '(', at);
        inner->in_parentheses = true;
        return inner;
    }
    lexer_fail_near(&parser->lexer, "unexpected symbol");
    return make_expr(parser, EXPR_OTHER, at);
}

static struct expr *parse_index(struct parser *parser, struct expr *of) {
    lexer_next(&parser->lexer);
    struct place at = parser->lexer.token.at;
    struct expr *key = parse_expression(parser);
    expect_token(parser, ']');
    if (key->kind == EXPR_TEXT) return field_expr(parser, of, symbol_of(parser, key->text), at);
    struct expr *expr = make_expr(parser, EXPR_INDEX, at);
    expr->of = of;
    expr->other = key;
    return expr;
}

static struct expr *parse_method(struct parser *parser, struct expr *of) {
    struct place at;
    lexer_next(&parser->lexer);
    struct symbol *name = take_name_symbol(parser, &at);
    struct expr *expr = make_expr(parser, EXPR_METHOD, at);
    expr->of = of;
    expr->name = name;
    look_for_assertion(parser, name->name, asserting_methods, LENGTH(asserting_methods));
    return parse_call(parser, expr);
}

struct expr *parse_suffixed(struct parser *parser) {
    struct expr *expr = parse_primary(parser);
    struct place at;
    for (;;) switch (parser->lexer.token.kind) {
        case '.': {
            lexer_next(&parser->lexer);
            struct symbol *name = take_name_symbol(parser, &at);
            expr = field_expr(parser, expr, name, at);
            break;
        }
        case '[': expr = parse_index(parser, expr); break;
        case ':': expr = parse_method(parser, expr); break;
        case '(':
        case '{':
        case TOKEN_STRING: expr = parse_call(parser, expr); break;
        default: return expr;
        }
}
