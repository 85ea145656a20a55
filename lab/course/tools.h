#pragma once
/* Programs of the machine that an exercise needs, as exercise.yaml has them: "promtool >= 2.40". */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/version.h"

#define TOOL_ENGINE "docker" /* the container engine: whoever answers on its socket, and no program */

enum { TOOL_NAME_MOST = 64, IMAGE_NAME_MOST = 255 };

struct tool_need {
    const char *name;
    const char *least;    /* the version that it must have, as written; NULL: any */
    struct version bound; /* the same */
    bool apart;           /* only checks that name it with `tool:` need it; else all do */
    bool unlisted;        /* a check names the container engine, and requires.tools does not list it */
};
struct tools {
    struct tool_need *items;
    size_t count;
};

/* Whether this may be the name of a program: letters, digits and ". _ + -", at most TOOL_NAME_MOST. */
bool tool_is_name(const char *text);

/* Whether this may be the name of a container's image: letters, digits and ". _ - / : @", of which the first is a small letter or a
 * digit; at most IMAGE_NAME_MOST. */
bool image_is_name(const char *text);

/* Reads "NAME" or "NAME >= VERSION"; texts go into the arena. False with the reason in `why`. */
enum { TOOL_WHY_SIZE = 200 };
bool tool_read(struct tool_need *need, struct arena *arena, const char *text, char why[TOOL_WHY_SIZE]);

/* The need of this name, or NULL. */
struct tool_need *tools_find(const struct tools *tools, const char *name);
