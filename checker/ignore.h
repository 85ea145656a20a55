#pragma once
/*
 * Patterns of .dockerignore, one against one path, as Docker's own builder judges them: the time is that of the pattern's length times the
 * path's, whatever both hold. What the lines of such a file mean together is in checker/prelude/77_context.lua.
 *
 *     *  ?  [a-z]  [^a]   within one component          \x    x itself
 *     **                  any number of components; at the end, all that follows; at the beginning, before plain text, any beginning
 *
 * Paths and patterns are relative, with slashes and no `.` or `..` between them.
 */

#include <stdbool.h>
#include <stddef.h>

enum { IGNORE_PATH_MOST = 4096 }; /* bytes of a path; a longer one matches nothing */

/* True when every set is closed and not empty, every range has two ends, and no backslash stands at the end. */
bool ignore_is_pattern(const char *pattern);

bool ignore_matches(const char *pattern, const char *path);
