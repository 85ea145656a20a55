#pragma once
/*
 * What the text of a checker says before it runs: Lua 5.4, read whole, with every name resolved. Nothing is run, and
 * no Lua state is made. The text is a stranger's: time is linear in its size, nesting is bounded as in Lua itself, and
 * whatever it holds gives faults, never more.
 *
 * What is reported is certain: of a value whose class is not evident nothing is said.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
    ANALYSIS_TEXT_MOST = 1 << 20, /* bytes; a longer text is one fault */
    ANALYSIS_FAULTS_MOST = 1000,  /* the first ones are kept */
};

enum lua_fault_kind {
    LUA_SYNTAX_ERROR,    /* worded as Lua words it; nothing else is reported then */
    LUA_UNKNOWN_GLOBAL,  /* read, and neither of Lua nor of the API */
    LUA_GLOBAL_ASSIGNED, /* a global, or a field of a table of the API */
    LUA_UNKNOWN_FIELD,   /* of a table of the API, or of a value whose class is known */
    LUA_UNKNOWN_METHOD,
    LUA_UNKNOWN_OPTION, /* of a call's table of options */
    LUA_FORBIDDEN,      /* a part of Lua that checkers do not have */
    LUA_UNUSED_LOCAL,
    LUA_UNUSED_PARAMETER,
    LUA_SHADOWED_LOCAL,
    LUA_UNUSED_LABEL,
    LUA_UNREACHABLE,
    LUA_DROPPED_VALUE, /* a call that only answers, and whose answer nobody takes */
    LUA_NAN_COMPARED,
    LUA_EMPTY_BRANCH,
    LUA_CHECK_TWICE,
};

struct lua_fault {
    enum lua_fault_kind kind;
    int line, column;    /* from 1; columns count characters */
    const char *message; /* without the place */
    const char *name;    /* what it is about: "json.encod", a variable; "" for none */
};

enum lua_use_kind {
    LUA_TEXT, /* a string literal, any */
    LUA_CALL, /* a call; text is the function as the reference names it ("t:run"), else as written ("helper", ":go") */
    LUA_ARGUMENT, /* a literal text handed to a call, in an argument or as an item of a table there */
    LUA_OPTION,   /* an argument word of t:run or t:service that begins with "-" */
    LUA_REASON,   /* a reason code; text is NULL where it is not a literal */
    LUA_PRIVATE,  /* private("name") */
    LUA_SHARED,   /* shared("name") */
    LUA_FILE,  /* file("path"), expect.file, start_file, t:write, t:patch, t:remove, result:json("path") and its like */
    LUA_GLOB,  /* glob("pattern") */
    LUA_COPY,  /* t:copy(…, "path"): where it goes */
    LUA_ROUTE, /* a path of HTTP: app:get("/x"), ready = {http = "/x"}, {path = "/x"} */
    LUA_KEY,   /* a key that a learner's data must have: has_keys("x") */
    LUA_JQ,    /* a path of jq(value, "path") */
    LUA_NEED,  /* t.needs["id"] */
};

struct lua_use {
    enum lua_use_kind kind;
    const char *text; /* NUL-terminated; what stands behind a NUL byte in it is left out */
    int line, column;
    const char *check;  /* id of the check in whose function it stands, NULL: elsewhere, or in a function of several */
    size_t call;        /* the call that it is or belongs to, by its number from 1; 0: none */
    const char *callee; /* of what belongs to a call: the function, as for LUA_CALL; else NULL */
    const char
        *receiver;   /* of a LUA_CALL of a field or method: what stands before it, "" when that is no name; else NULL */
    const char *key; /* of a LUA_ARGUMENT in a table: its key; NULL for an item */
};

struct lua_check {
    const char *id; /* NULL: made at run time. Loops over literal lists give one entry for each id */
    int line, column;
    bool has_assertion; /* it, or a function of this file that it names, expects something */
};

struct analysis {     /* each list by place */
    const char *file; /* as it was given, for whoever shows the rest */
    const struct lua_fault *faults;
    const struct lua_use *uses;
    const struct lua_check *checks;
    size_t fault_count, use_count, check_count;
};

/* Reads the text. Everything in `out` lives in the arena; `text` and `file` need not stay. */
void checker_analysis(struct analysis *out, struct arena *arena, const char *file, const char *text, size_t len);
