#include "checker/analysis_parser.h"

/* The texts that a value may be: literals, through variables, parameters, loops over literal lists, `and`, `or`,
 * `..`. */

enum {
    SEARCH_MOST = 50,
    JOINED_MOST = 200,      /* bytes of a text made by `..` */
    WORK_MOST = 1000 * 1000 /* texts of all values together: more is not looked for */
};

static const struct texts *find(struct parser *parser, struct expr *expr, int depth);

static void grow(struct parser *parser, struct texts *texts) {
    texts->capacity = texts->capacity ? 2 * texts->capacity : 1;
    struct possible_text *items = arena_alloc(parser->arena, texts->capacity * sizeof *items);
    if (texts->count) memcpy(items, texts->items, texts->count * sizeof *items);
    texts->items = items;
}

static void add_text(struct parser *parser, struct texts *texts, struct possible_text possible) {
    for (size_t i = 0; i < texts->count; i++)
        if (!strcmp(texts->items[i].text, possible.text)) return;
    if (texts->count == TEXTS_MOST || ++parser->work > WORK_MOST) {
        texts->open = true;
        return;
    }
    if (texts->count == texts->capacity) grow(parser, texts);
    texts->items[texts->count++] = possible;
}

static void add_all(struct parser *parser, struct texts *texts, const struct texts *more) {
    for (size_t i = 0; i < more->count; i++) add_text(parser, texts, more->items[i]);
    texts->open |= more->open;
}

static void add_value(struct parser *parser, struct texts *texts, struct expr *value, int depth) {
    if (value && ++parser->work <= WORK_MOST)
        add_all(parser, texts, find(parser, value, depth + 1));
    else
        texts->open = true;
}

/* ---- by kind ---- */

static void add_joined_text(struct parser *parser, struct texts *texts, struct possible_text left, const char *right) {
    if (texts->count == TEXTS_MOST || strlen(left.text) + strlen(right) > JOINED_MOST || parser->work > WORK_MOST)
        texts->open = true;
    else
        add_text(parser, texts,
                 (struct possible_text){arena_printf(parser->arena, "%s%s", left.text, right), left.at, left.inside});
}

static void add_joined(struct parser *parser, struct texts *texts, const struct expr *expr, int depth) {
    const struct texts *left = find(parser, expr->of, depth + 1), *right = find(parser, expr->other, depth + 1);
    texts->open = left->open || right->open;
    for (size_t i = 0; i < left->count; i++)
        for (size_t j = 0; j < right->count; j++) add_joined_text(parser, texts, left->items[i], right->items[j].text);
}

/* What the calls of its function hand in. */
static void add_parameter(struct parser *parser, struct texts *texts, const struct variable *variable, int depth) {
    const struct variable *name = variable->owner->name;
    if (!name || name->writes || name->reads != name->call_count) texts->open = true;
    for (const struct call *call = name ? name->calls : NULL; call; call = call->next_of_same) {
        const struct argument *argument = call->arguments;
        for (size_t i = 0; argument && i < variable->index; i++) argument = argument->next;
        if (argument) add_value(parser, texts, argument->value, depth);
    }
}

static void add_variable(struct parser *parser, struct texts *texts, const struct variable *variable, int depth) {
    if (variable->kind == VARIABLE_PARAMETER) add_parameter(parser, texts, variable, depth);
    for (const struct source *source = variable->sources; source; source = source->next)
        add_value(parser, texts, source->value, depth);
}

/* The table that a name holds for good. */
static const struct table *table_of(const struct expr *expr) {
    if (expr->kind == EXPR_TABLE) return expr->table;
    if (expr->kind != EXPR_LOCAL || expr->variable->writes) return NULL;
    const struct source *source = expr->variable->sources;
    return source && !source->next && source->value && source->value->kind == EXPR_TABLE ? source->value->table : NULL;
}

static void add_items(struct parser *parser, struct texts *texts, const struct expr *expr, int depth) {
    const struct table *table = table_of(expr->of);
    texts->open = !table;
    for (const struct item *item = table ? table->items : NULL; item; item = item->next) {
        if (expr->second)
            add_value(parser, texts, item->value, depth);
        else if (item->key)
            add_text(parser, texts, (struct possible_text){item->key, item->at, expr->inside});
        else
            texts->open = true;
    }
}

/* `a and "x" or "y"`: what stands before `and` is no text when it is the result. */
static void add_either(struct parser *parser, struct texts *texts, const struct expr *expr, int depth) {
    if (!expr->second) add_value(parser, texts, expr->of, depth);
    add_value(parser, texts, expr->other, depth);
}

static void add_by_kind(struct parser *parser, struct texts *texts, const struct expr *expr, int depth) {
    switch (expr->kind) {
    case EXPR_TEXT: add_text(parser, texts, (struct possible_text){expr->text, expr->at, expr->inside}); break;
    case EXPR_JOIN: add_joined(parser, texts, expr, depth); break;
    case EXPR_EITHER: add_either(parser, texts, expr, depth); break;
    case EXPR_LOCAL: add_variable(parser, texts, expr->variable, depth); break;
    case EXPR_ITEM: add_items(parser, texts, expr, depth); break;
    case EXPR_NOTHING: break;
    case EXPR_OTHER:
    case EXPR_NUMBER:
    case EXPR_GLOBAL:
    case EXPR_FIELD:
    case EXPR_INDEX:
    case EXPR_METHOD:
    case EXPR_CALL:
    case EXPR_TABLE:
    case EXPR_FUNCTION:
    case EXPR_CHECK:
    case EXPR_VARARG: texts->open = true; break;
    }
}

static const struct texts *find(struct parser *parser, struct expr *expr, int depth) {
    static const struct texts nothing = {0}, anything = {.open = true};
    if (expr->texts_state == RESOLVED) return expr->texts;
    if (expr->texts_state == RESOLVING) return &nothing; /* a circle adds nothing */
    if (depth > SEARCH_MOST || parser->work > WORK_MOST) return &anything;
    struct texts *texts = arena_alloc(parser->arena, sizeof *texts);
    expr->texts_state = RESOLVING;
    add_by_kind(parser, texts, expr, depth);
    expr->texts = texts;
    expr->texts_state = RESOLVED;
    return texts;
}

const struct texts *texts_of(struct parser *parser, struct expr *expr) { return find(parser, expr, 0); }
