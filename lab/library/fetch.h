#pragma once
/* Fetching a git repository: by the program git, in a box that sees the network and a scratch folder. */

#include "base/err.h"

/* True for what git fetches: "PROTOCOL://…", or "HOST:PATH" as ssh has it. */
bool fetch_is_url(const char *source);

/* ERR_USAGE for a URL of another protocol than https, ssh, git and file, and for a ref that git could take for an option. */
int fetch_check(const char *url, const char *ref, struct err *err);

/* Lays the newest commit of ref (NULL: what the repository proposes) out in the empty folder `target`, and writes its id.
 * ERR_USAGE when what came breaks a limit, holds a link, or is no repository; ERR_ENVIRONMENT when it cannot be
 * fetched. */
int fetch_git(const char *url, const char *ref, int target, char commit[65], int interrupt, struct err *err);
