#pragma once
/* Paths as text, and the folders that belong to lab. Nothing here follows or opens anything. */

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

char *path_join(const char *directory, const char *name); /* caller frees; an absolute name wins */
const char *path_base(const char *path);                  /* what stands after the last slash */
char *path_parent(const char *path);                      /* "." when there is none; caller frees */

/* Takes "", "." and ".." out of an absolute path, by its text alone; "/" becomes "". Caller frees. */
char *path_normalized(const char *path);

/* The part of path below folder, "" for the folder itself; NULL when it lies outside. By their texts alone. */
const char *path_below(const char *path, const char *folder);

/* True for a relative path that stays where it starts: not empty, no "..", no empty component, no ".git". */
bool path_is_inside(const char *path);

/* True for a folder of byte code, which Python leaves beside programs that it has run: it belongs to no work. */
bool path_is_bytecode(const char *path);

/* True when name may be a folder's or an id's name: lower-case letters, digits and single inner dashes,
 * at most 64 characters. */
bool path_is_id(const char *name);

/* True for an id, or two with a slash between: an exercise's, with or without its course's. */
bool path_is_scoped_id(const char *name);

/* Matches path against a pattern of `*`, `?`, `[a-z]` (within one component) and `**` (any number of components). */
bool path_matches(const char *pattern, const char *path);

/* The folders of docs/operators.md, as absolute paths. LAB_HOME moves all of them, LAB_WORK the workspaces; each answer is
 * made once and lives as long as the process. ERR_ENVIRONMENT when there is no HOME. */
struct path_places {
    const char *work;  /* workspaces */
    const char *data;  /* lab.db */
    const char *cache; /* Python environments, fetched data */
};
const struct path_places *path_places(struct err *err);
