#include "checker/analysis_parser.h"

/* ---- functions ---- */

static void parse_parameters(struct parser *parser, bool is_method) {
    struct function *function = parser->function;
    struct variable *list[LOCALS_MOST + 1];
    size_t count = 0;
    struct place at = parser->lexer.token.at;
    if (is_method) list[count++] = declare(parser, symbol_of(parser, "self"), at, VARIABLE_PARAMETER);
    expect_token(parser, '(');
    if (parser->lexer.token.kind != ')') do {
            if (next_is(parser, TOKEN_DOTS)) {
                function->is_vararg = true;
                break;
            }
            if (parser->lexer.token.kind != TOKEN_NAME) lexer_fail_near(&parser->lexer, "<name> or '...' expected");
            struct symbol *symbol = take_name_symbol(parser, &at);
            if (parser->lexer.error || count == LOCALS_MOST) break;
            list[count] = declare(parser, symbol, at, VARIABLE_PARAMETER);
            list[count]->index = count;
            count++;
        } while (next_is(parser, ','));
    expect_token(parser, ')');
    function->parameters = arena_alloc(parser->arena, count * sizeof(void *));
    function->parameter_count = count;
    for (size_t i = 0; i < count; i++) function->parameters[i] = list[i];
}

struct function *parse_function(struct parser *parser, struct place at, bool is_method, struct variable *name) {
    struct function *function = arena_alloc(parser->arena, sizeof *function), *outer = parser->function;
    struct asserter *asserter = parser->asserter;
    struct block block;
    *function = (struct function){.outer = outer, .at = at, .name = name};
    names(parser, &function->asserter, name ? &name->asserter : asserter);
    if (name) name->function = function;
    parser->function = function;
    parser->asserter = &function->asserter;
    block_open(parser, &block, false);
    parse_parameters(parser, is_method);
    parse_body(parser);
    expect_match(parser, TOKEN_END_WORD, TOKEN_FUNCTION, at);
    if (function->open_break.line)
        lexer_fail(&parser->lexer, function->open_break, "break outside loop at line %d", function->open_break.line);
    block_close(parser);
    parser->function = outer;
    parser->asserter = asserter;
    return function;
}

/* ---- assignments ---- */

struct assignment {
    struct expr *targets[LEVELS_MOST + 1], *values[LEVELS_MOST + 1];
    size_t target_count, value_count;
    struct asserter *asserter; /* of the right side */
};

static bool is_checks(const struct expr *expr) {
    return expr->kind == EXPR_GLOBAL && !strcmp(expr->name->name, "checks");
}

/* checks[id] = value. */
static void define_check(struct parser *parser, struct expr *target, struct expr *value, struct asserter *asserter) {
    struct definition *definition = arena_alloc(parser->arena, sizeof *definition);
    struct expr *id = target->other;
    if (target->kind == EXPR_FIELD) {
        id = make_expr(parser, EXPR_TEXT, target->at);
        id->text = target->name->name;
    }
    *definition = (struct definition){.id = id, .value = value, .at = target->at};
    *(parser->last_definition ? &parser->last_definition->next : &parser->first_definition) = definition;
    parser->last_definition = definition;
    names(parser, asserter, &definition->asserter);
    struct expr *given = make_expr(parser, EXPR_CHECK, target->at);
    if (value && value->kind == EXPR_FUNCTION) {
        value->function->definition = definition;
        if (value->function->parameter_count) give(parser, value->function->parameters[0], given);
    } else if (value && value->kind == EXPR_LOCAL) { /* a function of that name is called with a check */
        struct call *call = arena_alloc(parser->arena, sizeof *call);
        struct argument *argument = arena_alloc(parser->arena, sizeof *argument);
        argument->value = given;
        *call = (struct call){.callee = value, .arguments = argument, .next_of_same = value->variable->calls};
        value->variable->calls = call;
        value->variable->call_count++;
    }
}

static struct variable *root_of(const struct expr *expr) {
    while (expr->of && expr->kind != EXPR_LOCAL) expr = expr->of;
    return expr->kind == EXPR_LOCAL ? expr->variable : NULL;
}

static void assign(struct parser *parser, struct expr *target, struct expr *value, struct asserter *asserter) {
    struct variable *root = root_of(target);
    if (root) names(parser, asserter, &root->asserter);
    if ((target->kind == EXPR_FIELD || target->kind == EXPR_INDEX) && is_checks(target->of))
        define_check(parser, target, value, asserter);
    if (target->kind == EXPR_LOCAL) give(parser, target->variable, value);
    if (target->kind == EXPR_FIELD) target->name->field_assigned = true;
    if (target->kind == EXPR_GLOBAL) {
        target->name->global_assigned = true;
        names(parser, asserter, &target->name->asserter);
    }
}

/* A name on the left is not read. */
static void take_target(struct parser *parser, struct assignment *assignment, struct expr *target) {
    bool is_place = target->kind == EXPR_LOCAL || target->kind == EXPR_GLOBAL || target->kind == EXPR_FIELD ||
                    target->kind == EXPR_INDEX;
    if (!is_place || target->in_parentheses) lexer_fail_near(&parser->lexer, "syntax error");
    if (target->kind == EXPR_LOCAL) {
        target->variable->reads--;
        target->variable->writes++;
        if (target->variable->is_constant)
            lexer_fail(&parser->lexer, target->at, "attempt to assign to const variable '%s'",
                       target->variable->symbol->name);
    }
    target->is_target = true;
    if (assignment->target_count <= LEVELS_MOST) assignment->targets[assignment->target_count++] = target;
}

static void parse_values(struct parser *parser, struct assignment *assignment) {
    struct asserter *outer = parser->asserter;
    parser->asserter = assignment->asserter = arena_alloc(parser->arena, sizeof *assignment->asserter);
    assignment->value_count = parse_list(parser, assignment->values, LEVELS_MOST + 1);
    parser->asserter = outer;
    bool is_function = assignment->value_count == 1 && assignment->values[0]->kind == EXPR_FUNCTION;
    if (!is_function) names(parser, assignment->asserter, outer); /* else it runs where it is called */
}

/* NULL: one of several results of a call, or none at all. */
static struct expr *value_at(const struct assignment *assignment, size_t i) {
    return i < assignment->value_count && i <= LEVELS_MOST ? assignment->values[i] : NULL;
}

static void parse_assignment(struct parser *parser, struct expr *first) {
    struct assignment assignment = {0};
    int level = parser->level;
    take_target(parser, &assignment, first);
    while (next_is(parser, ',')) {
        if (!enter_level(parser)) break;
        take_target(parser, &assignment, parse_suffixed(parser));
    }
    parser->level = level;
    expect_token(parser, '=');
    parse_values(parser, &assignment);
    for (size_t i = 0; i < assignment.target_count && !parser->lexer.error; i++)
        assign(parser, assignment.targets[i], value_at(&assignment, i), assignment.asserter);
}

void parse_expression_statement(struct parser *parser) {
    struct expr *expr = parse_suffixed(parser);
    int kind = parser->lexer.token.kind;
    if (kind == '=' || kind == ',')
        parse_assignment(parser, expr);
    else if (expr->kind == EXPR_CALL && !expr->in_parentheses)
        expr->call->is_statement = true;
    else
        lexer_fail_near(&parser->lexer, "syntax error");
}

/* ---- local ---- */

static bool parse_attribute(struct parser *parser, bool *is_closed) {
    struct place at;
    if (!next_is(parser, '<')) return false;
    const struct symbol *symbol = take_name_symbol(parser, &at);
    expect_token(parser, '>');
    bool closed = !strcmp(symbol->name, "close");
    if (!closed && strcmp(symbol->name, "const") != 0)
        lexer_fail(&parser->lexer, at, "unknown attribute '%s'", symbol->name);
    if (closed && *is_closed) lexer_fail(&parser->lexer, at, "multiple to-be-closed variables in local list");
    *is_closed |= closed;
    return true;
}

void parse_local(struct parser *parser) {
    struct assignment assignment = {0};
    struct symbol *symbols[LOCALS_MOST + 1];
    struct place places[LOCALS_MOST + 1];
    bool constants[LOCALS_MOST + 1], closed = false;
    size_t count = 0;
    do {
        symbols[count] = take_name_symbol(parser, &places[count]);
        constants[count] = parse_attribute(parser, &closed);
        if (++count + parser->function->locals > LOCALS_MOST) break;
    } while (next_is(parser, ','));
    if (next_is(parser, '=')) parse_values(parser, &assignment);
    for (size_t i = 0; i < count && !parser->lexer.error; i++) {
        struct variable *variable = declare(parser, symbols[i], places[i], VARIABLE_LOCAL);
        struct expr *value = value_at(&assignment, i);
        variable->is_constant = constants[i];
        if (closed) variable->reads++; /* its end is its use */
        if (assignment.asserter) names(parser, assignment.asserter, &variable->asserter);
        if (value || assignment.value_count) give(parser, variable, value);
        if (value && value->kind == EXPR_FUNCTION && !value->function->name) {
            variable->function = value->function;
            value->function->name = variable;
        }
    }
}

void parse_local_function(struct parser *parser, struct place at) {
    struct place name_at;
    struct symbol *symbol = take_name_symbol(parser, &name_at);
    if (parser->lexer.error) return;
    parse_function(parser, at, false, declare(parser, symbol, name_at, VARIABLE_FUNCTION));
}

/* function a.b.c:d() … end */
void parse_function_statement(struct parser *parser, struct place at) {
    struct place name_at;
    struct symbol *symbol = take_name_symbol(parser, &name_at);
    struct expr *target = name_expr(parser, symbol, name_at);
    struct assignment assignment = {0};
    bool is_method = false;
    while (!is_method && (parser->lexer.token.kind == '.' || parser->lexer.token.kind == ':')) {
        is_method = parser->lexer.token.kind == ':';
        lexer_next(&parser->lexer);
        symbol = take_name_symbol(parser, &name_at);
        target = field_expr(parser, target, symbol, name_at);
    }
    take_target(parser, &assignment, target);
    if (parser->lexer.error) return;
    struct expr *value = make_expr(parser, EXPR_FUNCTION, at);
    struct asserter *asserter = arena_alloc(parser->arena, sizeof *asserter), *outer = parser->asserter;
    parser->asserter = asserter;
    value->function = parse_function(parser, at, is_method, NULL);
    parser->asserter = outer;
    if (!parser->lexer.error) assign(parser, target, value, asserter);
}
