#pragma once
/* Reading lab.d.lua: the part of LuaCATS that it uses. */

#include "base/arena.h"
#include "base/str.h"
#include "checker/api.h"

struct api {
    struct arena arena;
    struct api_class *classes, *last_class;
    struct api_function *functions, *last_function;
    struct api_member *globals; /* of lab.d.lua, later of all that checkers see */
};

/* Reads all of it. Types are texts still, until api_resolve. */
void api_read(struct api *api, const char *text);

/* Finds the class of every type that is written; makes one of each record "{a: T, b: T}". */
void api_resolve(struct api *api);

struct api_class *api_find_class(const struct api *api, const char *name, size_t len);
struct api_class *api_add_class(struct api *api, const char *name);
struct api_member *api_add_member(struct api *api, struct api_member **list, const char *name);

/* Words of a line: a name with its dots; a type as it is written, up to a blank or comma outside of brackets. */
const char *api_skip_blanks(const char *at);
char *api_take_word(struct api *api, const char **at);
char *api_take_type(struct api *api, const char **at);
