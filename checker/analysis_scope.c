#include <search.h>
#include <stdlib.h>

#include "checker/analysis_parser.h"

static int by_name(const void *a, const void *b) {
    const struct symbol *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* A balanced tree: no choice of names makes it slow. */
struct symbol *symbol_of(struct parser *parser, const char *name) {
    const struct symbol wanted = {.name = name};
    struct symbol *const *found = tfind(&wanted, &parser->symbols, by_name);
    if (found) return *found;
    struct symbol *symbol = arena_alloc(parser->arena, sizeof *symbol);
    symbol->name = arena_string(parser->arena, name);
    if (!tsearch(symbol, &parser->symbols, by_name)) abort();
    return symbol;
}

static void keep_symbol(void *symbol) { (void)symbol; } /* it is the arena's */

void symbols_forget(struct parser *parser) {
    tdestroy(parser->symbols, keep_symbol);
    parser->symbols = NULL;
}

void fault(struct parser *parser, enum lua_fault_kind kind, struct place at, const char *name, const char *format,
           ...) {
    scoped(str) message = STR_INIT;
    va_list args;
    if (parser->faults.count == ANALYSIS_FAULTS_MOST) return;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    *array_push(&parser->faults) = (struct lua_fault){.kind = kind,
                                                      .line = at.line,
                                                      .column = at.column,
                                                      .message = arena_copy(parser->arena, message.data, message.len),
                                                      .name = name};
}

void names(struct parser *parser, struct asserter *named, struct asserter *by) {
    if (!by || by == named || (named->named_by && named->named_by->by == by)) return;
    struct asserter_link *link = arena_alloc(parser->arena, sizeof *link);
    link->by = by;
    link->next = named->named_by;
    named->named_by = link;
}

void asserts(struct parser *parser, struct asserter *asserter) {
    if (asserter->asserts) return;
    asserter->asserts = true;
    *array_push(&parser->asserting) = asserter;
}

/* ---- variables ---- */

static bool is_placeholder(const char *name) { return *name == '_'; }

struct variable *declare(struct parser *parser, struct symbol *symbol, struct place at, enum variable_kind kind) {
    struct function *function = parser->function;
    struct variable *variable = arena_alloc(parser->arena, sizeof *variable);
    const struct variable *outer = symbol->binding;
    *variable =
        (struct variable){.symbol = symbol, .at = at, .outer = symbol->binding, .owner = function, .kind = kind};
    if (++function->locals > LOCALS_MOST) {
        if (function->outer)
            lexer_fail_near(&parser->lexer, "too many local variables (limit is %d) in function at line %d",
                            LOCALS_MOST, function->at.line);
        else
            lexer_fail_near(&parser->lexer, "too many local variables (limit is %d) in main function", LOCALS_MOST);
    }
    if (outer && !is_placeholder(symbol->name))
        fault(parser, LUA_SHADOWED_LOCAL, at, symbol->name, "'%s' hides the one of line %d", symbol->name,
              outer->at.line);
    if (symbol == parser->environment) parser->own_environment = true;
    symbol->binding = variable;
    *array_push(&parser->variables) = variable;
    return variable;
}

void give(struct parser *parser, struct variable *variable, struct expr *value) {
    struct source *source = arena_alloc(parser->arena, sizeof *source);
    source->value = value;
    source->next = variable->sources;
    variable->sources = source;
}

static void report_unused(struct parser *parser, const struct variable *variable) {
    static const char *const words[] = {"variable", "function", "parameter", "loop variable"};
    fault(parser, variable->kind == VARIABLE_PARAMETER ? LUA_UNUSED_PARAMETER : LUA_UNUSED_LOCAL, variable->at,
          variable->symbol->name, "unused %s '%s'", words[variable->kind], variable->symbol->name);
}

/* A parameter, or a loop's variable, is needed when one behind it is; the first of a loop cannot be left out. */
static void look_at_unused(struct parser *parser, size_t first) {
    bool needed = false;
    for (size_t i = parser->variables.count; i-- > first;) {
        const struct variable *variable = parser->variables.items[i];
        bool ordered = variable->kind == VARIABLE_PARAMETER || variable->kind == VARIABLE_LOOP;
        bool excused = ordered && (needed || (variable->kind == VARIABLE_LOOP && variable->index == 0));
        if (ordered && variable->reads) needed = true;
        if (!ordered) needed = false;
        if (variable->reads || excused || is_placeholder(variable->symbol->name)) continue;
        if (variable->kind == VARIABLE_PARAMETER && !strcmp(variable->symbol->name, "self")) continue;
        report_unused(parser, variable);
    }
}

/* ---- labels ---- */

static void jump(struct parser *parser, struct pending_goto *from, struct label *label) {
    label->used = true;
    from->solved = true;
    if (from->variables >= label->variables) return;
    const struct variable *entered = parser->variables.items[from->variables];
    lexer_fail(&parser->lexer, from->at, "<goto %s> at line %d jumps into the scope of local '%s'", from->symbol->name,
               from->at.line, entered->symbol->name);
}

void check_label_is_new(struct parser *parser, const struct symbol *symbol) {
    const struct label *known = symbol->label;
    if (known && known->owner == parser->function)
        lexer_fail(&parser->lexer, parser->lexer.token.at, "label '%s' already defined on line %d", symbol->name,
                   known->at.line);
}

void declare_label(struct parser *parser, struct symbol *symbol, struct place at, bool is_last) {
    const struct block *block = parser->function->block;
    struct label *label = arena_alloc(parser->arena, sizeof *label);
    *label = (struct label){.symbol = symbol,
                            .outer = symbol->label,
                            .owner = parser->function,
                            .at = at,
                            .variables = is_last ? block->first_variable : parser->variables.count};
    symbol->label = label;
    *array_push(&parser->labels) = label;
    for (struct pending_goto *from; (from = symbol->pending) && from->number >= block->first_goto;) {
        symbol->pending = from->outer;
        jump(parser, from, label);
    }
}

void declare_goto(struct parser *parser, struct symbol *symbol, struct place at) {
    struct label *label = symbol->label;
    if (label && label->owner == parser->function) {
        label->used = true;
        return;
    }
    struct pending_goto *from = arena_alloc(parser->arena, sizeof *from);
    *from = (struct pending_goto){.symbol = symbol,
                                  .outer = symbol->pending,
                                  .at = at,
                                  .number = parser->gotos.count,
                                  .variables = parser->variables.count};
    symbol->pending = from;
    *array_push(&parser->gotos) = from;
}

/* Labels end with their block; what still waits for one waits outside of it, with fewer variables. */
static void close_labels(struct parser *parser, const struct block *block) {
    while (parser->labels.count > block->first_label) {
        const struct label *label = parser->labels.items[--parser->labels.count];
        label->symbol->label = label->outer;
        if (!label->used)
            fault(parser, LUA_UNUSED_LABEL, label->at, label->symbol->name, "unused label '%s'", label->symbol->name);
    }
    for (size_t i = block->first_goto; i < parser->gotos.count; i++) {
        struct pending_goto *from = parser->gotos.items[i];
        if (from->variables > block->first_variable) from->variables = block->first_variable;
        if (block->outer || from->solved) continue;
        lexer_fail(&parser->lexer, from->at, "no visible label '%s' for <goto> at line %d", from->symbol->name,
                   from->at.line);
    }
    if (!block->outer) parser->gotos.count = block->first_goto;
}

/* ---- blocks ---- */

void block_open(struct parser *parser, struct block *block, bool is_loop) {
    *block = (struct block){.outer = parser->function->block,
                            .first_variable = parser->variables.count,
                            .first_goto = parser->gotos.count,
                            .first_label = parser->labels.count,
                            .is_loop = is_loop};
    parser->function->block = block;
}

void block_close(struct parser *parser) {
    const struct block *block = parser->function->block;
    close_labels(parser, block);
    if (!parser->lexer.error) look_at_unused(parser, block->first_variable);
    while (parser->variables.count > block->first_variable) {
        const struct variable *variable = parser->variables.items[--parser->variables.count];
        variable->symbol->binding = variable->outer;
        parser->function->locals--;
    }
    parser->function->block = block->outer;
}
