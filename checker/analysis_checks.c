#include <stdlib.h>

#include "checker/analysis_parser.h"

const char *check_around(const struct function *function) {
    while (function && !function->definition) function = function->outer;
    const struct texts *ids = function ? function->definition->ids : NULL;
    return ids && ids->count == 1 && !ids->open ? ids->items[0].text : NULL;
}

/* From those that assert to those that name them, and on. */
static void spread_assertions(struct parser *parser) {
    for (size_t i = 0; i < parser->asserting.count; i++) {
        const struct asserter *asserter = parser->asserting.items[i];
        for (const struct asserter_link *link = asserter->named_by; link; link = link->next) asserts(parser, link->by);
    }
}

typedef array(struct lua_check) check_list;

static void add_check(struct parser *parser, check_list *list, const struct definition *definition, const char *id) {
    *array_push(list) = (struct lua_check){.id = id,
                                           .line = definition->at.line,
                                           .column = definition->at.column,
                                           .has_assertion = definition->asserter.asserts};
    if (!id) return;
    struct symbol *symbol = symbol_of(parser, id);
    if (symbol->first_check.line)
        fault(parser, LUA_CHECK_TWICE, definition->at, symbol->name,
              "checks[\"%s\"] is defined twice, first at line %d", id, symbol->first_check.line);
    else
        symbol->first_check = definition->at;
}

void collect_checks(struct parser *parser, struct analysis *out) {
    check_list list = {0};
    spread_assertions(parser);
    for (struct definition *definition = parser->first_definition; definition; definition = definition->next) {
        definition->ids = definition->id ? texts_of(parser, definition->id) : NULL;
        for (size_t i = 0; definition->ids && i < definition->ids->count; i++)
            add_check(parser, &list, definition, definition->ids->items[i].text);
        if (!definition->ids || definition->ids->open || !definition->ids->count)
            add_check(parser, &list, definition, NULL);
    }
    struct lua_check *checks = arena_alloc(parser->arena, list.count * sizeof *checks);
    if (list.count) memcpy(checks, list.items, list.count * sizeof *checks);
    out->checks = checks;
    out->check_count = list.count;
    array_free(&list);
}
