#pragma once
/* Analysing short texts, for the tests of checker/analysis.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/fs.h"
#include "base/str.h"
#include "checker/analysis.h"

static const char *const fault_names[] = {
    [LUA_SYNTAX_ERROR] = "syntax",     [LUA_UNKNOWN_GLOBAL] = "global", [LUA_GLOBAL_ASSIGNED] = "assigned",
    [LUA_UNKNOWN_FIELD] = "field",     [LUA_UNKNOWN_METHOD] = "method", [LUA_UNKNOWN_OPTION] = "option",
    [LUA_FORBIDDEN] = "forbidden",     [LUA_UNUSED_LOCAL] = "unused",   [LUA_UNUSED_PARAMETER] = "parameter",
    [LUA_SHADOWED_LOCAL] = "shadowed", [LUA_UNUSED_LABEL] = "label",    [LUA_UNREACHABLE] = "unreachable",
    [LUA_DROPPED_VALUE] = "dropped",   [LUA_NAN_COMPARED] = "nan",      [LUA_EMPTY_BRANCH] = "empty",
    [LUA_CHECK_TWICE] = "twice",
};

static const char *const use_names[] = {
    [LUA_TEXT] = "text",     [LUA_CALL] = "call",       [LUA_ARGUMENT] = "argument", [LUA_OPTION] = "option",
    [LUA_REASON] = "reason", [LUA_PRIVATE] = "private", [LUA_SHARED] = "shared",     [LUA_FILE] = "file",
    [LUA_GLOB] = "glob",     [LUA_COPY] = "copy",       [LUA_ROUTE] = "route",       [LUA_KEY] = "key",
    [LUA_JQ] = "jq",         [LUA_NEED] = "need",
};

/* "3:7 global: unknown name 'x'", one a line. */
static inline void append_faults(struct str *out, struct sv text) {
    struct arena arena = ARENA_INIT;
    struct analysis analysis;
    checker_analysis(&analysis, &arena, "checker.lua", text.data, text.len);
    for (size_t i = 0; i < analysis.fault_count; i++) {
        const struct lua_fault *fault = &analysis.faults[i];
        str_printf(out, "%d:%d %s: %s\n", fault->line, fault->column, fault_names[fault->kind], fault->message);
    }
    arena_release(&arena);
}

/* 1 when the two differ, after showing it. */
static inline size_t differs(const char *source, const char *wanted, const char *found) {
    if (!strcmp(wanted, found)) return 0;
    print_error("of\n%s\nwanted\n%sfound\n%s\n", source, wanted, found);
    return 1;
}

/* The whole file, from the top of the repository. */
static inline void read_source(struct str *out, const char *path) {
    if (fs_read(out, path, 1 << 20, NULL)) fail_msg("no %s: run me from the top of the repository", path);
}
