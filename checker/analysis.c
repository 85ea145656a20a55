#include "checker/analysis.h"

#include <stdlib.h>

#include "checker/analysis_parser.h"

static int by_place(const void *a, const void *b) {
    const struct lua_fault *x = a, *y = b;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void keep_faults(struct parser *parser, struct analysis *out) {
    size_t count = parser->faults.count;
    struct lua_fault *faults = arena_alloc(parser->arena, count * sizeof *faults);
    if (count) memcpy(faults, parser->faults.items, count * sizeof *faults);
    if (count) qsort(faults, count, sizeof *faults, by_place);
    out->faults = faults;
    out->fault_count = count;
}

static void analyse(struct parser *parser, struct analysis *out) {
    const struct lexer *lexer = &parser->lexer;
    parse_file(parser);
    if (lexer->error) {
        parser->faults.count = 0;
        fault(parser, LUA_SYNTAX_ERROR, lexer->error_at, "", "%s", lexer->error);
        return;
    }
    resolve_all(parser);
    collect_checks(parser, out);
    collect_uses(parser, out);
}

void checker_analysis(struct analysis *out, struct arena *arena, const char *file, const char *text, size_t len) {
    struct parser *parser = arena_alloc(arena, sizeof *parser);
    *out = (struct analysis){.file = arena_string(arena, file)};
    parser->arena = arena;
    parser->environment = symbol_of(parser, "_ENV");
    if (len > ANALYSIS_TEXT_MOST) {
        fault(parser, LUA_SYNTAX_ERROR, (struct place){1, 1}, "", "longer than %d MiB", ANALYSIS_TEXT_MOST >> 20);
    } else {
        lexer_init(&parser->lexer, arena, (struct sv){text, len});
        analyse(parser, out);
        lexer_release(&parser->lexer);
    }
    keep_faults(parser, out);
    symbols_forget(parser);
    array_free(&parser->faults);
    array_free(&parser->variables);
    array_free(&parser->labels);
    array_free(&parser->gotos);
    array_free(&parser->asserting);
}
