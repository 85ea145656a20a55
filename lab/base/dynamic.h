#pragma once
/*
 * Libraries that are loaded on first use. libgit2 and libcurl pull in some forty others; linked as usual they would cost
 * every start of lab, also `lab --version`, 11 ms of dynamic linking, against 1.4 ms without them.
 *
 * A room lists the functions that it calls once, as an X macro, and gets a struct of pointers of their exact types:
 *
 *     #define GIT2_FUNCTIONS(X) X(blob_lookup) X(tree_lookup) …
 *     struct git2 { GIT2_FUNCTIONS(…) };
 *
 * and calls git2.blob_lookup(…). The soname is that of the library the build found.
 */

#include <stddef.h>

#include "base/err.h"

struct dynamic_symbol {
    const char *name;
    void **address; /* where the function's address goes */
};

/* Loads the library (once a process) and fills in every symbol. ERR_ENVIRONMENT, naming the library or the function. */
int dynamic_load(const char *soname, const struct dynamic_symbol *symbols, size_t count, struct err *err);
