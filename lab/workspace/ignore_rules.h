#pragma once
/*
 * What git ignores. libgit2 answers for a path in 10 to 20 µs, too long for 10 000 unchanged files: so each answer is
 * kept with a digest of all the rules that can have led to it, and holds as long as that digest does.
 */

#include "workspace/internal.h"

/* Digest of the rules outside of the work tree: .git/info/exclude, core.excludesFile and git's default for it. */
uint64_t ignore_rules_global(struct workspace *workspace);

/* The digest below a directory: of the rules above it and of its own .gitignore, if it has one. `path` is for
 * messages and makes the same rules at another place differ. */
int ignore_rules_of(uint64_t above, int directory, const char *path, uint64_t *rules, struct err *err);

/* Asks libgit2. */
int ignore_rules_ask(struct workspace *workspace, const char *path, bool is_directory, bool *ignored, struct err *err);
