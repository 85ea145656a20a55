#pragma once
/*
 * What the parts of the analysis share. The parser goes through the text once and keeps of it what can be asked later: variables and
 * what they are given, the expressions that lead to names of the API, calls. Those are flat lists in the order of the text, so that
 * whoever works through them meets what an expression is made of before the expression itself, and needs no deep recursion.
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
#include "checker/analysis_lexer.h"
#include "checker/api.h"

enum {
    LEVELS_MOST = 190, /* of nesting: a little under what the engine takes, which counts its own calls too */
    LOCALS_MOST = 200, /* of one function, as Lua has it */
};

/* ---- who asserts ---- */

/* Something that asserts when one of those does that it names: a function, a variable, the right side of an assignment. */
struct asserter {
    bool asserts;
    struct asserter_link *named_by;
};

struct asserter_link {
    struct asserter *by;
    struct asserter_link *next;
};

/* ---- names ---- */

struct symbol {
    const char *name;
    struct symbol *next;             /* in its row of the table */
    struct variable *binding;        /* the innermost one that is visible */
    struct label *label;             /* likewise */
    struct pending_goto *pending;    /* of those that wait for a label of this name, the last */
    const struct api_member *global; /* what the API has of that name */
    bool looked_up;                  /* whether `global` is known */
    bool global_assigned, field_assigned;
    struct place first_check; /* of the check with this id; line 0: there is none yet */
};

enum { SYMBOL_ROWS = 4096 };

enum variable_kind { VARIABLE_LOCAL, VARIABLE_FUNCTION, VARIABLE_PARAMETER, VARIABLE_LOOP };

struct source { /* a value that a variable is given */
    struct expr *value;
    struct source *next;
};

struct variable {
    struct symbol *symbol;
    struct place at;
    struct variable *outer; /* the binding that this one covers */
    struct function *owner;
    enum variable_kind kind;
    bool is_constant;
    int reads, writes;         /* writes: assignments after its declaration */
    struct source *sources;    /* newest first */
    struct function *function; /* the function that it is declared as, or NULL */
    struct call *calls;        /* of the variable itself, newest first */
    int call_count;
    size_t index; /* of a parameter, or a loop's variable: from 0 */
    struct asserter asserter;
};

struct block {
    struct block *outer;
    size_t first_variable; /* in parser->variables */
    size_t first_goto, first_label;
    bool is_loop;
};

struct label {
    struct symbol *symbol;
    struct label *outer;
    struct function *owner;
    struct place at;
    size_t variables; /* how many were visible */
    bool used;
};

struct pending_goto {
    struct symbol *symbol;
    struct pending_goto *outer;
    struct place at;
    size_t number; /* in parser->gotos */
    size_t variables;
    bool solved;
};

struct function {
    struct function *outer;
    struct place at;
    bool is_vararg;
    struct block *block;
    size_t locals;                /* active */
    struct variable **parameters; /* in the arena */
    size_t parameter_count;
    struct variable *name;         /* the local that holds it, or NULL */
    int results;                   /* return statements with values */
    struct expr *result;           /* the first value of the last of them */
    struct definition *definition; /* the check that it is, or NULL */
    struct place open_break;       /* a break outside of any loop; line 0: none */
    struct asserter asserter;
};

/* ---- expressions ---- */

enum expr_kind {
    EXPR_OTHER,
    EXPR_NOTHING, /* nil, false, true */
    EXPR_TEXT,
    EXPR_NUMBER,
    EXPR_GLOBAL,   /* name */
    EXPR_LOCAL,    /* variable */
    EXPR_FIELD,    /* of.name, of["name"] */
    EXPR_INDEX,    /* of[other] */
    EXPR_METHOD,   /* of:name, always called */
    EXPR_CALL,     /* call; of is what is called */
    EXPR_EITHER,   /* of and/or other */
    EXPR_JOIN,     /* of .. other */
    EXPR_TABLE,    /* table */
    EXPR_FUNCTION, /* function */
    EXPR_ITEM,     /* what a loop over `of` gives: keys, or (second) values */
    EXPR_CHECK,    /* the value that a check is given */
    EXPR_VARARG,
};

enum { TEXTS_MOST = 64 };

struct possible_text {
    const char *text;
    struct place at; /* where it is written */
    const struct function *inside;
};

/* Texts that a value may be; `open` when it may be others. */
struct texts {
    size_t count;
    bool open;
    struct possible_text *items;
};

struct expr {
    enum expr_kind kind;
    struct place at; /* of a field or method: of its name */
    struct function *inside;
    bool in_parentheses, is_target, is_nan, is_zero, second;
    struct expr *of, *other;
    union {
        struct symbol *name;
        struct variable *variable;
        struct function *function;
        struct call *call;
        struct table *table;
        const char *text;
    };
    struct expr *next; /* made after it */
    /* filled in by analysis_resolve: */
    enum { UNRESOLVED, RESOLVING, RESOLVED } state, texts_state;
    const struct api_class *class;
    const struct api_function *api;
    const struct texts *texts;
};

struct item {        /* of a table */
    const char *key; /* name = … or ["name"] = …; NULL for others */
    bool positional;
    struct place at;
    struct expr *value;
    struct item *next;
};

struct table {
    struct item *items, *last;
};

struct argument {
    struct expr *value;
    struct argument *next;
};

struct call {
    struct expr *callee;
    struct argument *arguments, *last_argument;
    struct place at;
    struct function *inside;
    bool is_statement;
    struct call *next;         /* in the text */
    struct call *next_of_same; /* variable */
};

/* checks[id] = … */
struct definition {
    struct expr *id, *value;
    struct place at;
    struct asserter asserter;
    const struct texts *ids; /* analysis_checks */
    struct definition *next;
};

struct literal {
    const char *text;
    struct place at;
    struct function *inside;
    struct literal *next;
};

typedef array(struct lua_fault) fault_list;

struct parser {
    struct lexer lexer;
    struct arena *arena;
    struct symbol *symbols[SYMBOL_ROWS];
    struct symbol *environment; /* the symbol _ENV */
    struct function *function;
    struct asserter *asserter; /* of what is being read */
    array(struct asserter *) asserting;
    int level;
    array(struct variable *) variables; /* visible */
    array(struct label *) labels;       /* of the open blocks */
    array(struct pending_goto *) gotos; /* of the open functions, solved ones too */
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

/* Expressions with commas between; up to `most` of them in `values`. Answers how many there were; `open` says whether the last may be
 * several values. */
size_t parse_list(struct parser *parser, struct expr **values, size_t most, bool *open);

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
