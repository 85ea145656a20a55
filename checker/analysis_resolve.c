#include "checker/analysis_absent.h"
#include "checker/analysis_parser.h"

/* Ends the search for a class through variables that are given one another; a chain that long says nothing. */
enum { SEARCH_MOST = 100 };

static void resolve(struct parser *parser, struct expr *expr, int depth);

/* ---- names of the API ---- */

static const struct api_member *global_of(struct symbol *symbol) {
    if (!symbol->looked_up) symbol->global = api_global(symbol->name);
    symbol->looked_up = true;
    return symbol->global;
}

/* The nearest global name, or member of a class. Not sought for faults that nobody will see. */
static const char *did_you_mean(struct parser *parser, const struct api_class *class, const char *name) {
    if (parser->faults.count == ANALYSIS_FAULTS_MOST) return "";
    const char *near = class ? api_nearest_member(class, name) : api_nearest_global(name);
    return near ? arena_printf(parser->arena, ", did you mean '%s'?", near) : "";
}

/* "os.time" where that was written, else "os". */
static void report_absent(struct parser *parser, const struct expr *global) {
    const char *name = global->name->name, *full = name;
    if (global->other) full = arena_printf(parser->arena, "%s.%s", name, global->other->name->name);
    const struct absent *absent = absent_find(full);
    if (!absent) absent = absent_find(name);
    fault(parser, LUA_FORBIDDEN, global->at, full, "checkers have no '%s': %s", full, absent->instead);
}

static void resolve_global(struct parser *parser, struct expr *expr) {
    struct symbol *symbol = expr->name;
    if (symbol == parser->environment || parser->own_environment) return;
    const struct api_member *known = global_of(symbol);
    if (expr->is_target) {
        fault(parser, LUA_GLOBAL_ASSIGNED, expr->at, symbol->name,
              known ? "'%s' belongs to the API: take another name" : "'%s' becomes a global: make it local",
              symbol->name);
        return;
    }
    if (symbol->global_assigned) return;
    if (known) {
        expr->class = known->type.class;
        expr->api = known->function ? known->function : known->type.class ? known->type.class->function : NULL;
    } else if (absent_find(symbol->name)) {
        report_absent(parser, expr);
    } else {
        fault(parser, LUA_UNKNOWN_GLOBAL, expr->at, symbol->name, "unknown name '%s'%s", symbol->name,
              did_you_mean(parser, NULL, symbol->name));
    }
}

/* How messages speak of a value of a class. */
static const char *owner_words(struct parser *parser, const struct expr *member) {
    static const struct {
        const char *class, *words;
    } values[] = {{"Check", "t has no"},
                  {"Result", "a result has no"},
                  {"Service", "a service has no"},
                  {"File", "a file has no"},
                  {"HttpResponse", "a response has no"},
                  {"Expectation", "there is no matcher"},
                  {"FileExpectation", "there is no matcher"},
                  {"string", "a text has no"}};
    const struct api_class *class = member->of->class;
    bool of_table = class->is_table && member->kind == EXPR_FIELD; /* ("x"):rep is of a text, string.rep is not */
    for (const struct api_member *global = of_table ? api_globals() : NULL; global; global = global->next)
        if (global->type.class == class) return arena_printf(parser->arena, "%s has no", global->name);
    for (size_t i = 0; i < LENGTH(values); i++)
        if (!strcmp(values[i].class, class->name)) return values[i].words;
    return *class->name == '{' ? "the value has no" : arena_printf(parser->arena, "%s has no", class->name);
}

static void report_member(struct parser *parser, const struct expr *expr) {
    const struct expr *of = expr->of;
    const char *name = expr->name->name;
    bool of_table = of->kind == EXPR_GLOBAL;
    const char *full = of_table ? arena_printf(parser->arena, "%s.%s", of->name->name, name) : name;
    const struct absent *absent = of_table ? absent_find(full) : NULL;
    if (absent) {
        fault(parser, LUA_FORBIDDEN, expr->at, full, "checkers have no '%s': %s", full, absent->instead);
        return;
    }
    fault(parser, expr->kind == EXPR_METHOD ? LUA_UNKNOWN_METHOD : LUA_UNKNOWN_FIELD, expr->at, full, "%s '%s'%s",
          owner_words(parser, expr), name, did_you_mean(parser, of->class, name));
}

/* A field or a method of a value whose class is known. */
static void resolve_member(struct parser *parser, struct expr *expr) {
    const struct expr *of = expr->of;
    if (!of->class) return;
    const struct api_member *member = api_member(of->class, expr->name->name);
    if (expr->is_target && of->kind == EXPR_GLOBAL && of->class->is_table) {
        fault(parser, LUA_GLOBAL_ASSIGNED, expr->at, expr->name->name, "'%s.%s' belongs to the API: take another name",
              of->name->name, expr->name->name);
        return;
    }
    if (member) {
        expr->class = member->type.class;
        expr->api = member->function;
    } else if (!expr->is_target && (!expr->name->field_assigned || of->class->is_table)) {
        report_member(parser, expr);
    }
}

/* ---- values ---- */

/* A value that is a text has the methods of texts. */
static const struct api_class *class_of_texts(void) { return api_class("string"); }

static void resolve_call(struct expr *expr) {
    const struct expr *callee = expr->of;
    if (callee->api) {
        expr->class = callee->api->answers_self ? callee->of->class : callee->api->result.class;
        return;
    }
    const struct function *function = callee->kind == EXPR_LOCAL ? callee->variable->function : NULL;
    if (!function || callee->variable->writes || function->results != 1 || !function->result) return;
    if (function->result->state == RESOLVED) expr->class = function->result->class;
}

/* The class that every call of the parameter's function hands in. */
static const struct api_class *class_of_parameter(struct parser *parser, const struct variable *variable, int depth) {
    const struct variable *name = variable->owner->name;
    const struct api_class *class = NULL;
    if (!name || name->writes || name->reads != name->call_count) return NULL;
    for (const struct call *call = name->calls; call; call = call->next_of_same) {
        struct argument *argument = call->arguments;
        for (size_t i = 0; argument && i < variable->index; i++) argument = argument->next;
        if (!argument) return NULL;
        if (argument->value->kind == EXPR_LOCAL && argument->value->variable == variable) continue;
        resolve(parser, argument->value, depth + 1);
        if (!argument->value->class || (class && class != argument->value->class)) return NULL;
        class = argument->value->class;
    }
    return class;
}

static void resolve_local(struct parser *parser, struct expr *expr, int depth) {
    struct variable *variable = expr->variable;
    if (variable->writes) return;
    if (variable->kind == VARIABLE_PARAMETER && !variable->sources) {
        if (!variable->is_resolved) { /* once, however often it is read */
            variable->is_resolved = true;
            variable->class = class_of_parameter(parser, variable, depth);
        }
        expr->class = variable->class;
        return;
    }
    if (!variable->sources || variable->sources->next || !variable->sources->value) return;
    resolve(parser, variable->sources->value, depth + 1);
    expr->class = variable->sources->value->class;
    if (variable->sources->value->kind != EXPR_CALL) expr->api = variable->sources->value->api;
}

static void resolve_by_kind(struct parser *parser, struct expr *expr, int depth) {
    switch (expr->kind) {
    case EXPR_TEXT:
    case EXPR_JOIN: expr->class = class_of_texts(); break;
    case EXPR_GLOBAL: resolve_global(parser, expr); break;
    case EXPR_LOCAL: resolve_local(parser, expr, depth); break;
    case EXPR_FIELD:
    case EXPR_METHOD:
        resolve(parser, expr->of, depth + 1);
        resolve_member(parser, expr);
        break;
    case EXPR_CALL:
        resolve(parser, expr->of, depth + 1);
        resolve_call(expr);
        break;
    case EXPR_CHECK: expr->class = api_class("Check"); break;
    case EXPR_OTHER:
    case EXPR_NOTHING:
    case EXPR_NUMBER:
    case EXPR_INDEX:
    case EXPR_EITHER:
    case EXPR_TABLE:
    case EXPR_FUNCTION:
    case EXPR_ITEM:
    case EXPR_VARARG: break;
    }
}

static void resolve(struct parser *parser, struct expr *expr, int depth) {
    if (expr->state != UNRESOLVED || depth > SEARCH_MOST) return;
    expr->state = RESOLVING;
    resolve_by_kind(parser, expr, depth);
    expr->state = RESOLVED;
}

/* ---- calls ---- */

/* The keys of a table of options are fields of its class. */
static void look_at_options(struct parser *parser, const struct table *table, const struct api_class *class,
                            const char *what) {
    for (const struct item *item = table->items; item; item = item->next) {
        if (!item->key) continue;
        const struct api_member *member = api_member(class, item->key);
        if (!member)
            fault(parser, LUA_UNKNOWN_OPTION, item->at, item->key, "%s: unknown option '%s'%s", what, item->key,
                  did_you_mean(parser, class, item->key));
        else if (member->type.class && !member->type.class->is_table && item->value->kind == EXPR_TABLE)
            look_at_options(parser, item->value->table, member->type.class,
                            arena_printf(parser->arena, "%s: %s", what, item->key));
    }
}

static void look_at_arguments(struct parser *parser, const struct call *call, const struct api_function *api) {
    const struct argument *argument = call->arguments;
    for (const struct api_parameter *p = api->parameters; p && argument; p = p->next, argument = argument->next)
        if (p->type.class && !p->type.class->is_table && argument->value->kind == EXPR_TABLE)
            look_at_options(parser, argument->value->table, p->type.class, api->name);
}

static void look_at_dropped(struct parser *parser, const struct call *call, const struct api_function *api) {
    if (!call->is_statement || !api->must_use) return;
    if (api->result.class && api_member(api->result.class, "equals"))
        fault(parser, LUA_DROPPED_VALUE, call->at, api->name, "%s(…) without a matcher", api->name);
    else
        fault(parser, LUA_DROPPED_VALUE, call->at, api->name, "the result of %s is dropped", api->name);
}

void resolve_all(struct parser *parser) {
    for (struct expr *expr = parser->first_expr; expr; expr = expr->next) resolve(parser, expr, 0);
    for (const struct call *call = parser->first_call; call; call = call->next) {
        if (!call->callee->api) continue;
        look_at_arguments(parser, call, call->callee->api);
        look_at_dropped(parser, call, call->callee->api);
    }
}
