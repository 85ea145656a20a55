#include "course/stated.h"

#include <errno.h>

#include "base/beneath.h"

static const struct yaml_node *entry_of(const struct stated *stated, const char *skill, const char *key) {
    const struct yaml_node *entry = stated->root ? yaml_get(stated->root, skill) : NULL;
    return entry ? yaml_get(entry, key) : NULL;
}

int stated_level(const struct stated *stated, const char *skill) {
    const struct yaml_node *level = entry_of(stated, skill, "level");
    bool known = level && level->kind == YAML_INTEGER && level->integer >= 0 && level->integer <= SKILL_LEVEL_MOST;
    return known ? (int)level->integer : STATED_NONE;
}

const char *stated_evidence(const struct stated *stated, const char *skill) {
    const struct yaml_node *evidence = entry_of(stated, skill, "evidence");
    return evidence && evidence->kind == YAML_STRING ? evidence->text : NULL;
}

static bool says_something(const struct stated *stated, const struct skill_table *table) {
    for (size_t i = 0; i < table->count; i++)
        if (stated_level(stated, table->items[i].id) > 0) return true;
    return false;
}

void stated_read(struct stated *stated, const struct skill_table *table, int folder) {
    *stated = (struct stated){.text = STR_INIT};
    const char *file = table->stated.file;
    struct err err = ERR_INIT;
    if (beneath_read(folder, file, &stated->text, STATED_MOST)) {
        const char *cause = errno == ELOOP ? "it is a symbolic link" : strerror(errno);
        if (errno != ENOENT) stated->fault = arena_printf(&stated->arena, "%s:1:1: %s", file, cause);
        return;
    }
    stated->root = yaml_parse(&stated->arena, file, stated->text.data, stated->text.len, YAML_STRICT, &err);
    if (!stated->root) stated->fault = arena_string(&stated->arena, err.message);
    if (!says_something(stated, table)) stated->root = NULL;
}

void stated_release(struct stated *stated) {
    arena_release(&stated->arena);
    str_release(&stated->text);
}
