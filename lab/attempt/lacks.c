#include "attempt/lacks.h"

#include <stdlib.h>

#include "base/path.h"

void lacks_init(struct lacks *lacks, const struct tools *tools) {
    *lacks = (struct lacks){.tools = tools, .items = mem_alloc((tools->count + 1) * sizeof *lacks->items)};
}

void lacks_release(struct lacks *lacks) {
    for (size_t i = 0; lacks->items && i < lacks->tools->count; i++) {
        free(lacks->items[i].message);
        free(lacks->items[i].reason);
    }
    free(lacks->items);
    lacks->items = NULL;
}

static void look(struct lack *lack, const struct tool_need *tool, const char *environment, int interrupt) {
    struct err why = ERR_INIT;
    lack->looked = true;
    if (!tool_look(tool, environment, interrupt, &why)) return;
    err_join(&why);
    lack->message = mem_copy_string(why.message);
    lack->reason = path_is_id(tool->name) ? str_format("needs-%s", tool->name) : NULL;
}

const struct lack *lacks_find(struct lacks *lacks, const struct check *check, const char *environment, int interrupt) {
    for (size_t i = 0; i < lacks->tools->count; i++) {
        const struct tool_need *tool = &lacks->tools->items[i];
        struct lack *lack = &lacks->items[i];
        if (!check_needs_tool(check, tool)) continue;
        if (!lack->looked) look(lack, tool, environment, interrupt);
        if (lack->message) return lack;
    }
    return NULL;
}
