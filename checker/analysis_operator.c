#include "checker/analysis_parser.h"

static const struct operator{ int token, left, right; /* priorities, as in the manual, section 3.4.8 */ }
operators[] = {
    {TOKEN_OR, 1, 1},
    {TOKEN_AND, 2, 2},
    {'<', 3, 3},
    {'>', 3, 3},
    {TOKEN_AT_MOST, 3, 3},
    {TOKEN_AT_LEAST, 3, 3},
    {TOKEN_UNEQUAL, 3, 3},
    {TOKEN_EQUAL, 3, 3},
    {'|', 4, 4},
    {'~', 5, 5},
    {'&', 6, 6},
    {TOKEN_SHIFT_LEFT, 7, 7},
    {TOKEN_SHIFT_RIGHT, 7, 7},
    {TOKEN_CONCAT, 9, 8},
    {'+', 10, 10},
    {'-', 10, 10},
    {'*', 11, 11},
    {'/', 11, 11},
    {TOKEN_INTEGER_DIVISION, 11, 11},
    {'%', 11, 11},
    {'^', 14, 13},
};
enum { UNARY_PRIORITY = 12 };

static const struct operator* operator_of(int token) {
    for (size_t i = 0; i < LENGTH(operators); i++)
        if (operators[i].token == token) return &operators[i];
    return NULL;
}

static struct expr *parse_function_expr(struct parser *parser) {
    struct place at = parser->lexer.token.at;
    lexer_next(&parser->lexer);
    struct function *function = parse_function(parser, at, false, NULL);
    struct expr *expr = make_expr(parser, EXPR_FUNCTION, at);
    expr->function = function;
    return expr;
}

static struct expr *parse_simple(struct parser *parser) {
    struct token token = parser->lexer.token;
    struct expr *expr;
    switch (token.kind) {
    case TOKEN_STRING: return text_expr(parser);
    case '{': return parse_table(parser);
    case TOKEN_FUNCTION: return parse_function_expr(parser);
    case TOKEN_NUMBER:
        expr = make_expr(parser, EXPR_NUMBER, token.at);
        expr->is_zero = token.is_zero;
        break;
    case TOKEN_NIL:
    case TOKEN_TRUE:
    case TOKEN_FALSE: expr = make_expr(parser, EXPR_NOTHING, token.at); break;
    case TOKEN_DOTS:
        if (!parser->function->is_vararg) lexer_fail_near(&parser->lexer, "cannot use '...' outside a vararg function");
        expr = make_expr(parser, EXPR_VARARG, token.at);
        break;
    default: return parse_suffixed(parser);
    }
    lexer_next(&parser->lexer);
    return expr;
}

static bool is_zero(const struct expr *expr) { return expr->kind == EXPR_NUMBER && expr->is_zero; }

static struct expr *combine(struct parser *parser, struct expr *left, int operator, struct expr * right,
                            struct place at) {
    enum expr_kind kind = operator== TOKEN_AND || operator== TOKEN_OR ? EXPR_EITHER :
                          operator== TOKEN_CONCAT                     ? EXPR_JOIN
                                                                      : EXPR_OTHER;
    struct expr *expr = make_expr(parser, kind, at);
    if (kind != EXPR_OTHER) {
        expr->of = left;
        expr->other = right;
    }
    expr->is_nan = operator== '/' && is_zero(left) && is_zero(right);
    expr->second = operator== TOKEN_AND;
    if ((operator== TOKEN_EQUAL || operator== TOKEN_UNEQUAL) && (left->is_nan || right->is_nan))
        fault(parser, LUA_NAN_COMPARED, at, "", "nothing equals NaN: a value x is NaN when x ~= x");
    return expr;
}

static struct expr *parse_operand(struct parser *parser, int limit);

static struct expr *parse_unary(struct parser *parser) {
    struct place at = parser->lexer.token.at;
    int operator= parser->lexer.token.kind;
    if (operator!= TOKEN_NOT && operator!= '-' && operator!= '~' && operator!= '#') return parse_simple(parser);
    lexer_next(&parser->lexer);
    const struct expr *operand = parse_operand(parser, UNARY_PRIORITY);
    bool negative = operator== '-', zero = negative && is_zero(operand), nan = negative && operand->is_nan;
    struct expr *expr = make_expr(parser, zero ? EXPR_NUMBER : EXPR_OTHER, at);
    expr->is_zero = zero;
    expr->is_nan = nan;
    return expr;
}

static struct expr *parse_operand(struct parser *parser, int limit) {
    if (!enter_level(parser)) {
        leave_level(parser);
        return make_expr(parser, EXPR_OTHER, parser->lexer.token.at);
    }
    struct expr *left = parse_unary(parser);
    for (const struct operator* op; (op = operator_of(parser->lexer.token.kind)) && op->left > limit;) {
        struct place at = parser->lexer.token.at;
        lexer_next(&parser->lexer);
        left = combine(parser, left, op->token, parse_operand(parser, op->right), at);
    }
    leave_level(parser);
    return left;
}

struct expr *parse_expression(struct parser *parser) {
    return parse_operand(parser, 0);
}

size_t parse_list(struct parser *parser, struct expr **values, size_t most) {
    size_t count = 0;
    do {
        struct expr *value = parse_expression(parser);
        if (count < most) values[count] = value;
        count++;
    } while (next_is(parser, ','));
    return count;
}
