#pragma once
/*
 * The checker API as data: what checkers can name, of which class a value is, what each function takes and answers. It
 * is read once, from what the build embeds of checker/types/, Lua's own tables and the sandbox's list of names; so
 * lint, the printed reference and the editor never differ. Nothing here needs a Lua state, and nothing is ever freed.
 */

#include <stdbool.h>
#include <stddef.h>

struct api_function;
struct api_class;

/* A type as written, and its class where it is one: "HttpResponse?" is HttpResponse, "string" the class of texts. */
struct api_type {
    const char *text;
    const struct api_class *class; /* NULL: a type without fields, or of several */
};

struct api_member {
    const char *name, *doc;
    const char *group;                   /* of a global, as of a function; else NULL */
    struct api_type type;                /* of a field */
    const struct api_function *function; /* or NULL */
    bool optional;                       /* a field that may be missing */
    struct api_member *next;
};

/* What has fields: a value's class ("Result"), the options of a call ("RunOptions"), a table of functions ("json"). */
struct api_class {
    const char *name, *doc;
    const char *group; /* as of a function; NULL for a record in a type */
    const char *parent_name;
    const struct api_class *parent;
    struct api_type items; /* what it holds by number; text NULL: nothing */
    const char *items_doc;
    struct api_member *members;          /* its own, in their order */
    const struct api_function *function; /* what calling a value of it does, or NULL */
    bool is_table;                       /* a global table, as json */
    struct api_class *next;
};

struct api_parameter {
    const char *name, *doc;
    struct api_type type;
    bool optional;
    struct api_parameter *next;
};

struct api_function {
    const char *name;      /* as the reference has it: "t:run", "json.decode", "expect.file:exists" */
    const char *signature; /* "t:run(options: RunOptions): Result"; an optional parameter is "name?: T" */
    const char *doc;       /* sentences, lines joined; "" when it has none */
    const char *group;     /* of lab.d.lua: "results" */
    struct api_parameter *parameters;
    const char *returns;    /* types, names and texts as written, one a line; "" when it answers nothing */
    struct api_type result; /* the first of them */
    bool answers_self;      /* the result is what it was called on */
    bool must_use;          /* a call whose result is dropped does nothing */
    struct api_function *next;
};

/* A global name: its function, its class, or neither, as `_VERSION` would have. NULL when checkers do not see it. */
const struct api_member *api_global(const char *name);

/* A field or method, also of the classes that this one extends. NULL when there is none. */
const struct api_member *api_member(const struct api_class *class, const char *name);
const struct api_class *api_class(const char *name);

/* For "did you mean": the nearest name, or NULL. */
const char *api_nearest_global(const char *name);
const char *api_nearest_member(const struct api_class *class, const char *name);

/* The functions of lab.d.lua, without Lua's own, and its classes, with the records in its types; in their order. */
const struct api_function *api_functions(void);
const struct api_class *api_classes(void);
const struct api_member *api_globals(void); /* all, Lua's too */
