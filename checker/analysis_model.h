#pragma once
/* What the parser keeps of a text: names, expressions, calls, checks. All of it lives in the arena of the analysis. */

#include "checker/analysis_lexer.h"
#include "checker/api.h"

/* ---- who asserts ---- */

/* Something that asserts when one of those does that it names: a function, a variable, the right side of an
 * assignment. */
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
    struct variable *binding;        /* the innermost one that is visible */
    struct label *label;             /* likewise */
    struct pending_goto *pending;    /* of those that wait for a label of this name, the last */
    const struct api_member *global; /* what the API has of that name */
    bool looked_up;                  /* whether `global` is known */
    bool global_assigned, field_assigned;
    struct asserter asserter; /* of the global */
    struct place first_check; /* of the check with this id; line 0: there is none yet */
};

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
    size_t index;                  /* of a parameter, or a loop's variable: from 0 */
    const struct api_class *class; /* of a parameter, by analysis_resolve */
    bool is_resolved;
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
    size_t count, capacity;
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
