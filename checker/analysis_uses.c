#include <stdlib.h>

#include "checker/analysis_parser.h"

typedef array(struct lua_use) use_list;

static void add(use_list *list, enum lua_use_kind kind, const char *text, struct place at,
                const struct function *inside, const char *callee) {
    *array_push(list) = (struct lua_use){.kind = kind,
                                         .text = text,
                                         .line = at.line,
                                         .column = at.column,
                                         .check = check_around(inside),
                                         .callee = callee};
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

static void add_texts(struct parser *parser, use_list *list, enum lua_use_kind kind, const struct call *call,
                      struct expr *value, const char *callee) {
    const struct texts *texts = texts_of(parser, value);
    for (size_t i = 0; i < texts->count; i++) {
        const struct possible_text *possible = &texts->items[i];
        if (kind == LUA_ROUTE && possible->text[0] != '/') continue;
        add(list, kind, possible->text, possible->at, possible->inside, callee);
    }
    if (kind == LUA_REASON && texts->open) add(list, kind, NULL, value->at, call->inside, callee);
}

static void add_meant(struct parser *parser, use_list *list, enum lua_use_kind kind, const struct call *call,
                      const struct argument *argument, const char *callee) {
    const struct table *table = argument->value->kind == EXPR_TABLE ? argument->value->table : NULL;
    if (!table) add_texts(parser, list, kind, call, argument->value, callee);
    for (const struct item *item = table ? table->items : NULL; item; item = item->next)
        if (item->positional) add_texts(parser, list, kind, call, item->value, callee);
}

/* ---- literals handed to a call ---- */

static void add_argument(use_list *list, const struct call *call, const struct expr *value, const char *callee,
                         bool is_word) {
    bool runs = !strcmp(callee, "t:run") || !strcmp(callee, "t:service");
    add(list, LUA_ARGUMENT, value->text, value->at, call->inside, callee);
    if (is_word && runs && value->text[0] == '-') add(list, LUA_OPTION, value->text, value->at, call->inside, callee);
}

static void add_table(use_list *list, const struct call *call, const struct table *table, const char *callee) {
    for (const struct item *item = table->items; item; item = item->next) {
        const struct expr *value = item->value;
        if (value->kind == EXPR_TABLE) add_table(list, call, value->table, callee);
        if (value->kind != EXPR_TEXT) continue;
        add_argument(list, call, value, callee, item->positional);
        bool names_route = item->key && (!strcmp(item->key, "path") || !strcmp(item->key, "http"));
        if (names_route && value->text[0] == '/') add(list, LUA_ROUTE, value->text, value->at, call->inside, callee);
    }
}

static void add_call(struct parser *parser, use_list *list, const struct call *call) {
    const char *callee = callee_of(parser, call->callee);
    int number = 0;
    add(list, LUA_CALL, callee, call->at, call->inside, NULL);
    for (const struct argument *argument = call->arguments; argument; argument = argument->next, number++) {
        const struct expr *value = argument->value;
        if (value->kind == EXPR_TEXT) add_argument(list, call, value, callee, false);
        if (value->kind == EXPR_TABLE) add_table(list, call, value->table, callee);
        const struct meaning *meaning = meaning_of(call->callee, callee, number);
        if (meaning) add_meant(parser, list, meaning->kind, call, argument, callee);
    }
}

/* ---- t.needs ---- */

static void add_need(struct parser *parser, use_list *list, struct expr *expr) {
    const struct expr *of = expr->of;
    if (!of || of->kind != EXPR_FIELD || strcmp(of->name->name, "needs") != 0) return;
    if (expr->kind == EXPR_FIELD) add(list, LUA_NEED, expr->name->name, expr->at, expr->inside, NULL);
    if (expr->kind != EXPR_INDEX) return;
    const struct texts *texts = texts_of(parser, expr->other);
    for (size_t i = 0; i < texts->count; i++) add(list, LUA_NEED, texts->items[i].text, expr->at, expr->inside, NULL);
}

/* ---- all ---- */

static int by_place(const void *a, const void *b) {
    const struct lua_use *x = a, *y = b;
    if (x->line != y->line) return x->line < y->line ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return strcmp(x->text ? x->text : "", y->text ? y->text : "");
}

void collect_uses(struct parser *parser, struct analysis *out) {
    use_list list = {0};
    for (const struct literal *literal = parser->first_literal; literal; literal = literal->next)
        add(&list, LUA_TEXT, literal->text, literal->at, literal->inside, NULL);
    for (const struct call *call = parser->first_call; call; call = call->next) add_call(parser, &list, call);
    for (struct expr *expr = parser->first_expr; expr; expr = expr->next) add_need(parser, &list, expr);
    if (list.count) qsort(list.items, list.count, sizeof *list.items, by_place);
    struct lua_use *uses = arena_alloc(parser->arena, list.count * sizeof *uses);
    if (list.count) memcpy(uses, list.items, list.count * sizeof *uses);
    out->uses = uses;
    out->use_count = list.count;
    array_free(&list);
}
