#include "checker/analysis_parser.h"

/* How a statement ends, for what stands behind it. */
enum leaving { STAYS, RETURNS, BREAKS, JUMPS };

struct body {
    size_t statements;
    enum leaving leaving;
};

static enum leaving parse_statement(struct parser *parser);

/* ---- blocks ---- */

static bool block_follows(const struct parser *parser, bool with_until) {
    switch (parser->lexer.token.kind) {
    case TOKEN_ELSE:
    case TOKEN_ELSEIF:
    case TOKEN_END_WORD:
    case TOKEN_END: return true;
    case TOKEN_UNTIL: return with_until;
    default: return false;
    }
}

/* To the end of the block. What follows a statement that leaves is reported once, unless a label leads to it. */
static struct body parse_statements(struct parser *parser) {
    static const char *const words[] = {"", "returns", "leaves the loop", "jumps away"};
    struct body body = {0};
    int line = 0;
    while (!block_follows(parser, true)) {
        struct token token = parser->lexer.token;
        if (token.kind == TOKEN_LABEL) body.leaving = STAYS, line = 0;
        if (body.leaving && line && token.kind != ';') {
            fault(parser, LUA_UNREACHABLE, token.at, "", "this is never reached: line %d %s", line,
                  words[body.leaving]);
            line = 0;
        }
        body.statements += token.kind != ';';
        enum leaving leaving = parse_statement(parser);
        if (leaving && !body.leaving) {
            body.leaving = leaving;
            line = token.at.line;
        }
        if (token.kind == TOKEN_RETURN) break;
    }
    return body;
}

static struct body parse_block(struct parser *parser, bool is_loop) {
    struct block block;
    block_open(parser, &block, is_loop);
    struct body body = parse_statements(parser);
    block_close(parser);
    return body;
}

void parse_body(struct parser *parser) { parse_statements(parser); }

/* ---- control ---- */

static void parse_branch(struct parser *parser, struct body *all, struct place at) {
    struct body body = parse_block(parser, false);
    if (!body.statements) fault(parser, LUA_EMPTY_BRANCH, at, "", "this branch is empty");
    if (!body.leaving) all->leaving = STAYS;
    if (all->statements++ == 0) all->leaving = body.leaving;
}

static enum leaving parse_if(struct parser *parser, struct place at) {
    struct body all = {0};
    struct place branch = at;
    bool has_else = false;
    do {
        parse_expression(parser);
        expect_token(parser, TOKEN_THEN);
        parse_branch(parser, &all, branch);
        branch = parser->lexer.token.at;
    } while (next_is(parser, TOKEN_ELSEIF));
    if (next_is(parser, TOKEN_ELSE)) {
        has_else = true;
        parse_branch(parser, &all, branch);
    }
    expect_match(parser, TOKEN_END_WORD, TOKEN_IF, at);
    return has_else ? all.leaving : STAYS;
}

static enum leaving parse_while(struct parser *parser, struct place at) {
    parse_expression(parser);
    expect_token(parser, TOKEN_DO);
    parse_block(parser, true);
    expect_match(parser, TOKEN_END_WORD, TOKEN_WHILE, at);
    return STAYS;
}

static enum leaving parse_do(struct parser *parser, struct place at) {
    struct body body = parse_block(parser, false);
    expect_match(parser, TOKEN_END_WORD, TOKEN_DO, at);
    return body.leaving;
}

/* The condition sees the variables of the body. */
static enum leaving parse_repeat(struct parser *parser, struct place at) {
    struct block loop, inner;
    block_open(parser, &loop, true);
    block_open(parser, &inner, false);
    parse_statements(parser);
    expect_match(parser, TOKEN_UNTIL, TOKEN_REPEAT, at);
    parse_expression(parser);
    block_close(parser);
    block_close(parser);
    return STAYS;
}

/* What `for … in pairs(list)` gives its variables. */
static void give_items(struct parser *parser, struct variable *variable, const struct expr *list) {
    const struct call *call = list && list->kind == EXPR_CALL ? list->call : NULL;
    const struct expr *callee = call ? call->callee : NULL;
    bool over_all = callee && callee->kind == EXPR_GLOBAL && !strcmp(callee->name->name, "pairs");
    bool over_list = callee && callee->kind == EXPR_GLOBAL && !strcmp(callee->name->name, "ipairs");
    if (!call || !call->arguments || variable->index > 1 || !(over_all || (over_list && variable->index == 1))) {
        give(parser, variable, NULL);
        return;
    }
    struct expr *item = make_expr(parser, EXPR_ITEM, variable->at);
    item->of = call->arguments->value;
    item->second = variable->index == 1;
    give(parser, variable, item);
}

static void parse_loop_body(struct parser *parser, struct symbol **symbols, const struct place *places, size_t count,
                            const struct expr *list) {
    struct block block;
    expect_token(parser, TOKEN_DO);
    block_open(parser, &block, false);
    for (size_t i = 0; i < count && !parser->lexer.error; i++) {
        struct variable *variable = declare(parser, symbols[i], places[i], VARIABLE_LOOP);
        variable->index = i;
        give_items(parser, variable, list);
    }
    parse_statements(parser);
    block_close(parser);
}

static enum leaving parse_for(struct parser *parser, struct place at) {
    struct symbol *symbols[LOCALS_MOST + 1];
    struct place places[LOCALS_MOST + 1];
    struct expr *list = NULL;
    struct block loop;
    size_t count = 0, hidden = 3; /* variables of Lua's own, which count among the 200 */
    block_open(parser, &loop, true);
    symbols[count] = take_name_symbol(parser, &places[count]), count++;
    if (next_is(parser, '=')) {
        parse_expression(parser);
        expect_token(parser, ',');
        parse_expression(parser);
        if (next_is(parser, ',')) parse_expression(parser);
    } else if (parser->lexer.token.kind == ',' || parser->lexer.token.kind == TOKEN_IN) {
        while (count < LOCALS_MOST && next_is(parser, ','))
            symbols[count] = take_name_symbol(parser, &places[count]), count++;
        expect_token(parser, TOKEN_IN);
        parse_list(parser, &list, 1);
        hidden = 4;
    } else {
        lexer_fail_near(&parser->lexer, "'=' or 'in' expected");
    }
    parser->function->locals += hidden;
    parse_loop_body(parser, symbols, places, count, list);
    parser->function->locals -= hidden;
    expect_match(parser, TOKEN_END_WORD, TOKEN_FOR, at);
    block_close(parser);
    return STAYS;
}

static enum leaving parse_return(struct parser *parser) {
    struct function *function = parser->function;
    if (!block_follows(parser, true) && parser->lexer.token.kind != ';') {
        struct expr *value = NULL;
        parse_list(parser, &value, 1);
        function->results++;
        function->result = value;
    }
    next_is(parser, ';');
    return RETURNS;
}

static enum leaving parse_break(struct parser *parser, struct place at) {
    const struct block *block = parser->function->block;
    while (block && !block->is_loop) block = block->outer;
    if (!block && !parser->function->open_break.line) parser->function->open_break = at;
    return BREAKS;
}

static enum leaving parse_goto(struct parser *parser) {
    struct place at;
    struct symbol *symbol = take_name_symbol(parser, &at);
    if (!parser->lexer.error) declare_goto(parser, symbol, at);
    return JUMPS;
}

/* Statements that do nothing may follow: a label at the very end of its block is outside of its variables. */
static enum leaving parse_label(struct parser *parser) {
    struct place at;
    struct symbol *symbol = take_name_symbol(parser, &at);
    expect_token(parser, TOKEN_LABEL);
    while (parser->lexer.token.kind == ';' || parser->lexer.token.kind == TOKEN_LABEL) parse_statement(parser);
    if (!parser->lexer.error) check_label_is_new(parser, symbol);
    if (!parser->lexer.error) declare_label(parser, symbol, at, block_follows(parser, false));
    return STAYS;
}

static enum leaving parse_by_word(struct parser *parser) {
    struct token token = parser->lexer.token;
    if (token.kind == TOKEN_NAME || token.kind < TOKEN_AND) {
        if (!next_is(parser, ';')) return parse_expression_statement(parser), STAYS;
        return STAYS;
    }
    switch (token.kind) {
    case TOKEN_IF: return lexer_next(&parser->lexer), parse_if(parser, token.at);
    case TOKEN_WHILE: return lexer_next(&parser->lexer), parse_while(parser, token.at);
    case TOKEN_DO: return lexer_next(&parser->lexer), parse_do(parser, token.at);
    case TOKEN_FOR: return lexer_next(&parser->lexer), parse_for(parser, token.at);
    case TOKEN_REPEAT: return lexer_next(&parser->lexer), parse_repeat(parser, token.at);
    case TOKEN_FUNCTION: return lexer_next(&parser->lexer), parse_function_statement(parser, token.at), STAYS;
    case TOKEN_LABEL: return lexer_next(&parser->lexer), parse_label(parser);
    case TOKEN_RETURN: return lexer_next(&parser->lexer), parse_return(parser);
    case TOKEN_BREAK: return lexer_next(&parser->lexer), parse_break(parser, token.at);
    case TOKEN_GOTO: return lexer_next(&parser->lexer), parse_goto(parser);
    case TOKEN_LOCAL:
        lexer_next(&parser->lexer);
        if (next_is(parser, TOKEN_FUNCTION)) return parse_local_function(parser, token.at), STAYS;
        return parse_local(parser), STAYS;
    default: return parse_expression_statement(parser), STAYS;
    }
}

static enum leaving parse_statement(struct parser *parser) {
    enum leaving leaving = STAYS;
    if (enter_level(parser)) leaving = parse_by_word(parser);
    leave_level(parser);
    return leaving;
}

void parse_file(struct parser *parser) {
    struct function *file = arena_alloc(parser->arena, sizeof *file);
    struct block block;
    file->is_vararg = true;
    file->at = (struct place){1, 1};
    parser->function = file;
    parser->asserter = &file->asserter;
    block_open(parser, &block, false);
    parse_statements(parser);
    if (parser->lexer.token.kind != TOKEN_END) expect_token(parser, TOKEN_END);
    if (file->open_break.line)
        lexer_fail(&parser->lexer, file->open_break, "break outside loop at line %d", file->open_break.line);
    block_close(parser);
    parser->function = NULL;
}
