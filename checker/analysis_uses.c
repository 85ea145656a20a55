#include <stdlib.h>

#include "checker/analysis_parser.h"

typedef array(struct lua_use) use_list;

struct context { /* of what is added */
    struct parser *parser;
    use_list list;
    size_t call; /* the number of the call, 0: none */
    const char *callee;
};

static struct lua_use *add(struct context *context, enum lua_use_kind kind, const char *text, struct place at,
                           const struct function *inside) {
    struct lua_use *use = array_push(&context->list);
    *use = (struct lua_use){.kind = kind,
                            .text = text,
                            .line = at.line,
                            .column = at.column,
                            .check = check_around(inside),
                            .call = context->call,
                            .callee = context->callee};
    return use;
}

/* ---- what is called ---- */

enum { DOTS_MOST = 4 };

/* "a.b.c" as far as it is made of names; "" when it is not. */
static const char *written(struct parser *parser, const struct expr *expr, int dots) {
    if (expr->kind == EXPR_LOCAL) return expr->variable->symbol->name;
    if (expr->kind == EXPR_GLOBAL) return expr->name->name;
    if (expr->kind != EXPR_FIELD || dots == DOTS_MOST) return "";
    return arena_printf(parser->arena, "%s.%s", written(parser, expr->of, dots + 1), expr->name->name);
}

static const char *callee_of(struct parser *parser, const struct expr *callee) {
    if (callee->api) return callee->api->name;
    if (callee->kind != EXPR_METHOD) return written(parser, callee, 0);
    return arena_printf(parser->arena, "%s:%s", written(parser, callee->of, 0), callee->name->name);
}

/* ---- what arguments mean ---- */

enum { EVERY = -1 };

static const struct meaning {
    const char *callee;
    int argument; /* from 0 */
    enum lua_use_kind kind;
} meanings[] = {
    {"private", 0, LUA_PRIVATE},
    {"shared", 0, LUA_SHARED},
    {"file", 0, LUA_FILE},
    {"start_file", 0, LUA_FILE},
    {"expect.file", 0, LUA_FILE},
    {"t:write", 0, LUA_FILE},
    {"t:patch", 0, LUA_FILE},
    {"t:remove", 0, LUA_FILE},
    {"result:json", 0, LUA_FILE},
    {"result:yaml", 0, LUA_FILE},
    {"result:toml", 0, LUA_FILE},
    {"result:csv", 0, LUA_FILE},
    {"result:xml", 0, LUA_FILE},
    {"result:dotenv", 0, LUA_FILE},
    {"result:ini", 0, LUA_FILE},
    {"t:copy", 1, LUA_COPY},
    {"glob", 0, LUA_GLOB},
    {"jq", 1, LUA_JQ},
    {"hint", 0, LUA_REASON},
    {"expect:because", 0, LUA_REASON},
    {"result:because", 0, LUA_REASON},
    {"service:get", 0, LUA_ROUTE},
    {"service:post", 0, LUA_ROUTE},
    {"expect:has_keys", EVERY, LUA_KEY},
    {"expect:not_has_keys", EVERY, LUA_KEY},
};

/* Of a method on a value whose class is not known, only what means the same in all classes that have it. */
static bool is_meant(const struct meaning *meaning, const struct expr *callee, const char *name) {
    if (callee->api || callee->kind != EXPR_METHOD) return !strcmp(meaning->callee, name);
    const char *method = strchr(meaning->callee, ':');
    bool ambiguous = string_starts_with(meaning->callee, "result:") && meaning->kind == LUA_FILE;
    return method && !ambiguous && !strcmp(method + 1, callee->name->name);
}

static const struct meaning *meaning_of(const struct expr *callee, const char *name, int argument) {
    for (size_t i = 0; i < LENGTH(meanings); i++)
        if ((meanings[i].argument == argument || meanings[i].argument == EVERY) && is_meant(&meanings[i], callee, name))
            return &meanings[i];
    return NULL;
}

static void add_texts(struct context *context, enum lua_use_kind kind, const struct call *call, struct expr *value) {
    const struct texts *texts = texts_of(context->parser, value);
    for (size_t i = 0; i < texts->count; i++) {
        const struct possible_text *possible = &texts->items[i];
        if (kind == LUA_ROUTE && possible->text[0] != '/') continue;
        add(context, kind, possible->text, possible->at, possible->inside);
    }
    if (kind == LUA_REASON && texts->open) add(context, kind, NULL, value->at, call->inside);
}

static void add_meant(struct context *context, enum lua_use_kind kind, const struct call *call,
                      const struct argument *argument) {
    const struct table *table = argument->value->kind == EXPR_TABLE ? argument->value->table : NULL;
    if (!table) add_texts(context, kind, call, argument->value);
    for (const struct item *item = table ? table->items : NULL; item; item = item->next)
        if (item->positional) add_texts(context, kind, call, item->value);
}

/* ---- literals handed to a call ---- */

static void add_argument(struct context *context, const struct call *call, const struct expr *value, const char *key) {
    add(context, LUA_ARGUMENT, value->text, value->at, call->inside)->key = key;
}

/* An item of t:run{…} or t:service{…} that begins with "-". */
static void add_option(struct context *context, const struct call *call, const struct expr *value) {
    bool runs = !strcmp(context->callee, "t:run") || !strcmp(context->callee, "t:service");
    if (runs && value->text[0] == '-') add(context, LUA_OPTION, value->text, value->at, call->inside);
}

static void add_table(struct context *context, const struct call *call, const struct table *table) {
    for (const struct item *item = table->items; item; item = item->next) {
        const struct expr *value = item->value;
        if (value->kind == EXPR_TABLE) add_table(context, call, value->table);
        if (value->kind != EXPR_TEXT) continue;
        add_argument(context, call, value, item->key);
        if (item->positional) add_option(context, call, value);
        bool names_route = item->key && (!strcmp(item->key, "path") || !strcmp(item->key, "http"));
        if (names_route && value->text[0] == '/') add(context, LUA_ROUTE, value->text, value->at, call->inside);
    }
}

static void add_arguments(struct context *context, const struct call *call) {
    int number = 0;
    for (const struct argument *argument = call->arguments; argument; argument = argument->next, number++) {
        const struct expr *value = argument->value;
        if (value->kind == EXPR_TEXT) add_argument(context, call, value, NULL);
        if (value->kind == EXPR_TABLE) add_table(context, call, value->table);
        const struct meaning *meaning = meaning_of(call->callee, context->callee, number);
        if (meaning) add_meant(context, meaning->kind, call, argument);
    }
}

static void add_call(struct context *context, const struct call *call) {
    const struct expr *callee = call->callee;
    const char *name = callee_of(context->parser, callee);
    context->callee = NULL;
    context->call++;
    struct lua_use *use = add(context, LUA_CALL, name, call->at, call->inside);
    if (callee->kind == EXPR_FIELD || callee->kind == EXPR_METHOD)
        use->receiver = written(context->parser, callee->of, 0);
    context->callee = name;
    add_arguments(context, call);
}

/* ---- t.needs ---- */

static void add_need(struct context *context, struct expr *expr) {
    const struct expr *of = expr->of;
    if (!of || of->kind != EXPR_FIELD || strcmp(of->name->name, "needs") != 0) return;
    if (expr->kind == EXPR_FIELD) add(context, LUA_NEED, expr->name->name, expr->at, expr->inside);
    if (expr->kind != EXPR_INDEX) return;
    const struct texts *texts = texts_of(context->parser, expr->other);
    for (size_t i = 0; i < texts->count; i++) add(context, LUA_NEED, texts->items[i].text, expr->at, expr->inside);
}

/* ---- all ---- */

static int by_place(const void *a, const void *b) {
    const struct lua_use *x = a, *y = b;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->call != y->call) return x->call < y->call ? -1 : 1;
    return strcmp(x->text ? x->text : "", y->text ? y->text : "");
}

void collect_uses(struct parser *parser, struct analysis *out) {
    struct context context = {.parser = parser};
    use_list *list = &context.list;
    for (const struct literal *literal = parser->first_literal; literal; literal = literal->next)
        add(&context, LUA_TEXT, literal->text, literal->at, literal->inside);
    for (struct expr *expr = parser->first_expr; expr; expr = expr->next) add_need(&context, expr);
    for (const struct call *call = parser->first_call; call; call = call->next) add_call(&context, call);
    if (list->count) qsort(list->items, list->count, sizeof *list->items, by_place);
    struct lua_use *uses = arena_alloc(parser->arena, list->count * sizeof *uses);
    if (list->count) memcpy(uses, list->items, list->count * sizeof *uses);
    out->uses = uses;
    out->use_count = list->count;
    array_free(list);
}
