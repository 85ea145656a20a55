#include "course/tools.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define OPERATORS "<>=!~^"

enum { SHOWN = 60 }; /* bytes of a text that a message quotes */

static size_t name_length(const char *text) {
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || (len && char_is_one_of(text[len], "._+-"))) len++;
    return len;
}

bool tool_is_name(const char *text) {
    size_t len = name_length(text);
    return len && len <= TOOL_NAME_MOST && !text[len];
}

bool image_is_name(const char *text) {
    size_t len = 0;
    if (isupper((unsigned char)*text)) return false;
    while (isalnum((unsigned char)text[len]) || (len && char_is_one_of(text[len], "._-/:@"))) len++;
    return len && len <= IMAGE_NAME_MOST && !text[len];
}

static bool read_bound(struct tool_need *need, struct arena *arena, const char *text, char why[TOOL_WHY_SIZE]) {
    size_t len = strspn(text, OPERATORS);
    const char *version = text + len + strspn(text + len, " ");
    if (len != 2 || strncmp(text, ">=", 2) != 0)
        snprintf(why, TOOL_WHY_SIZE, "behind '%s' stands '%.*s', but a least version is written as '%s >= 2.40'",
                 need->name, SHOWN, text, need->name);
    else if (!version_read(&need->bound, version))
        snprintf(why, TOOL_WHY_SIZE, "'%.*s' is no version: up to three numbers, as 2.40.1", SHOWN, version);
    else if (!strcmp(need->name, TOOL_ENGINE))
        snprintf(why, TOOL_WHY_SIZE, "'%s' takes no version: other engines, with versions of their own, answer for it",
                 need->name);
    else
        need->least = arena_string(arena, version);
    return need->least;
}

bool tool_read(struct tool_need *need, struct arena *arena, const char *text, char why[TOOL_WHY_SIZE]) {
    size_t len = name_length(text);
    const char *rest = text + len + strspn(text + len, " ");
    bool ends = !text[len] || (*rest && (rest > text + len || char_is_one_of(*rest, OPERATORS)));
    if (!len || len > TOOL_NAME_MOST || !ends) {
        snprintf(why, TOOL_WHY_SIZE, "'%.*s' is no tool: the name of a program, or 'NAME >= VERSION'", SHOWN, text);
        return false;
    }
    *need = (struct tool_need){.name = arena_copy(arena, text, len)};
    return !*rest || read_bound(need, arena, rest, why);
}

struct tool_need *tools_find(const struct tools *tools, const char *name) {
    for (size_t i = 0; i < tools->count; i++)
        if (!strcmp(tools->items[i].name, name)) return &tools->items[i];
    return NULL;
}
