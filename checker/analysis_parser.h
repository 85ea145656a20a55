#pragma once
/*
 * What the parts of the analysis share. The parser goes through the text once and keeps of it what can be asked later
 * (analysis_model.h), in flat lists in the order of the text, so that whoever works through them meets what an
 * expression is made of before the expression itself, and needs no deep recursion.
 *
 *   analysis_lexer, _string      words
 *   analysis_parser              statements and blocks
 *   analysis_assign              functions, local variables, assignments
 *   analysis_expression          names, tables, calls
 *   analysis_operator            operators, and lists of expressions
 *   analysis_scope               variables, blocks, labels
 *   analysis_resolve, _values    what an expression is: its class in the API, the texts that it may be
 *   analysis_checks, _uses       the checks of the file, and the uses that other rules ask for
 */

#include "checker/analysis.h"
#include "checker/analysis_model.h"

enum {
    LEVELS_MOST = 190, /* of nesting: a little under what the engine takes, which counts its own calls too */
    LOCALS_MOST = 200, /* of one function, as Lua has it */
};

typedef array(struct lua_fault) fault_list;

struct parser {
    struct lexer lexer;
    struct arena *arena;
    void *symbols;              /* a tree, by name */
    struct symbol *environment; /* the symbol _ENV */
    struct function *function;
    struct asserter *asserter; /* of what is being read */
    array(void *) asserting;   /* struct asserter, as each was found out */
    int level;
    array(void *) variables; /* struct variable: visible */
    array(void *) labels;    /* struct label: of the open blocks */
    array(void *) gotos;     /* struct pending_goto: of the open functions, solved ones too */
    struct expr *first_expr, *last_expr;
    struct call *first_call, *last_call;
    struct definition *first_definition, *last_definition;
    struct literal *first_literal, *last_literal;
    size_t work;          /* of analysis_values so far */
    bool own_environment; /* the file declares a local _ENV */
    fault_list faults;
};

/* ---- analysis_scope.c ---- */

struct symbol *symbol_of(struct parser *parser, const char *name);
void symbols_forget(struct parser *parser);
void block_open(struct parser *parser, struct block *block, bool is_loop);
void block_close(struct parser *parser);
struct variable *declare(struct parser *parser, struct symbol *symbol, struct place at, enum variable_kind kind);
void give(struct parser *parser, struct variable *variable, struct expr *value);
void declare_label(struct parser *parser, struct symbol *symbol, struct place at, bool is_last);
void check_label_is_new(struct parser *parser, const struct symbol *symbol);
void declare_goto(struct parser *parser, struct symbol *symbol, struct place at);
void names(struct parser *parser, struct asserter *named, struct asserter *by); /* `by` names `named` */
void asserts(struct parser *parser, struct asserter *asserter);

/* Adds a fault, up to ANALYSIS_FAULTS_MOST. */
void fault(struct parser *parser, enum lua_fault_kind kind, struct place at, const char *name, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- analysis_expression.c ---- */

bool next_is(struct parser *parser, int kind); /* takes the token if it is of that kind */
void expect_token(struct parser *parser, int kind);
void expect_match(struct parser *parser, int kind, int opener, struct place opened);
struct symbol *take_name_symbol(struct parser *parser, struct place *at);
bool enter_level(struct parser *parser); /* false: too deep, which is an error */
void leave_level(struct parser *parser);

struct expr *make_expr(struct parser *parser, enum expr_kind kind, struct place at);
struct expr *name_expr(struct parser *parser, struct symbol *symbol, struct place at); /* a local or a global */
struct expr *field_expr(struct parser *parser, struct expr *of, struct symbol *name, struct place at);
struct expr *text_expr(struct parser *parser); /* takes the string that is next */
struct expr *parse_table(struct parser *parser);
struct expr *parse_suffixed(struct parser *parser);

/* ---- analysis_operator.c ---- */

struct expr *parse_expression(struct parser *parser);

/* Expressions with commas between; up to `most` of them in `values`. Answers how many there were. */
size_t parse_list(struct parser *parser, struct expr **values, size_t most);

/* ---- analysis_parser.c ---- */

void parse_file(struct parser *parser);
void parse_body(struct parser *parser); /* statements, to the word that ends their block */

/* ---- analysis_assign.c ---- */

void parse_expression_statement(struct parser *parser); /* an assignment or a call */
void parse_local(struct parser *parser);                /* behind "local" */
void parse_local_function(struct parser *parser, struct place at);
void parse_function_statement(struct parser *parser, struct place at); /* behind "function", which is at `at` */
/* From the parameters to "end"; `name` is the local that it is declared as, or NULL. */
struct function *parse_function(struct parser *parser, struct place at, bool is_method, struct variable *name);

/* ---- analysis_resolve.c ---- */

/* Finds out what each expression is, and reports the names that do not exist. */
void resolve_all(struct parser *parser);
const struct texts *texts_of(struct parser *parser, struct expr *expr);

/* ---- analysis_checks.c, analysis_uses.c ---- */

void collect_checks(struct parser *parser, struct analysis *out);
void collect_uses(struct parser *parser, struct analysis *out);
const char *check_around(const struct function *function); /* its id, when it is one */
