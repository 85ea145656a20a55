#pragma once
/*
 * Running the tools that build Python environments: python3, pip, uv. The python files of this room use it, and who builds
 * images by compose.
 *
 * A tool runs in a process group of its own, with the user's environment less what would redirect it (see
 * tool_environment), and dies with lab. While it runs, SIGINT, SIGTERM and SIGHUP do not end lab: they end the tool
 * and come back as ERR_INTERRUPTED, so that the caller can clear away what is half made. The signal stays pending, so
 * that it cannot get lost between two tools: every further one answers ERR_INTERRUPTED at once.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct tool {
    const char *const *argv;      /* NULL-terminated; argv[0] is a path */
    const char *const *variables; /* NULL-terminated: set, whatever the user has; NULL: none */
    const char *directory;        /* where it runs, so that no configuration of the learner's folder is picked up */
    double seconds;               /* it is ended after this time; 0: never */
    int lock;                     /* descriptor that it inherits, so that a lock outlives lab as long as the tool; -1 */
    void (*line)(void *context, const char *line); /* told each line that it prints; may be NULL */
    void (*tick)(void *context);                   /* called about five times a second; may be NULL */
    void *context;
};

/* Runs a tool to its end. *status is its exit status (128 + N for signal N, 127 when it cannot be started); `output` gets
 * the last 16 to 32 KiB of what it printed. -1 when it cannot be run at all, or ERR_INTERRUPTED. */
int tool_run(const struct tool *tool, struct str *output, int *status, struct err *err);

/* Keeps SIGINT, SIGTERM and SIGHUP back until tool_signals_release; they nest. With `answered` (the caller reports
 * ERR_INTERRUPTED) the outermost release forgets them; else one that came meanwhile takes effect there. */
void tool_signals_hold(sigset_t *before);
void tool_signals_release(const sigset_t *before, bool answered);

/* True when one of the held signals has come. */
bool tool_is_interrupted(void);

/* The environment of tools, NULL-terminated, from the user's: pip's and uv's settings pass (indexes, proxies,
 * certificates), what names another Python or another target does not, and caches lie in lab's own. */
const char **tool_environment(struct arena *arena);

/* Where uv keeps what it fetched: $UV_CACHE_DIR, else in lab's cache. Caller frees; NULL without a cache. */
char *tool_uv_cache(void);

/* Sets err (ERR_ENVIRONMENT) for a tool that failed: "what: cause", the tool's last five lines, and what to do.
 * Returns -1. */
int tool_failure(struct err *err, const char *what, const struct str *output);

/* True when the output tells that a package has another hash than its lock says. */
bool tool_met_other_hash(const struct str *output);

/* True when the output tells that no package index can be reached. */
bool tool_lacks_network(const struct str *output);
