#pragma once
/*
 * Building one environment: the folder by Python's own venv, the packages by uv, or by pip where uv cannot be had. Only the
 * python files of this room use it.
 */

#include <stddef.h>

#include "base/err.h"
#include "workspace/python.h"
#include "workspace/python_tool.h"

struct build {
    const char *what;         /* "the Python environment ml", for messages */
    const char *directory;    /* what to fill; empty or absent */
    const char *interpreter;  /* what it is made of … */
    const char *version;      /* … and its version, "3.11.2" */
    const char *requirements; /* path of the lock */
    size_t packages;          /* in the lock; 0 makes an environment without packages */
    const char *cache;        /* a folder that exists: where tools run */
    const struct python_watcher *watcher;
    bool offline;    /* set by a step that could not reach the package index */
    bool other_hash; /* … that met another package than was locked */
};

/* place_make over a struct build. */
int build_environment(void *build, int lock, struct err *err);

/* How many characters of a version are its major and minor number: 4 of "3.11.2". */
int build_minor_length(const char *version);

/* The same by pip, which is how uv itself gets into the cache. */
int build_with_pip(struct build *build, int lock, struct err *err);

/* The program uv, of a version that will do: from PATH or the cache; with `fetch` also from the package index into the
 * cache. *uv is NULL when it cannot be had; -1 only for what would stop pip too (no network) or ERR_INTERRUPTED. Caller
 * frees. The version ("0.13.9") goes to `version` unless that is NULL. */
int uv_find(char **uv, char **version, const struct build *fetch, struct err *err);

/* ---- progress ---- */

enum { SIZES_MOST = 64 };

enum build_phase { PHASE_RESOLVING, PHASE_DOWNLOADING, PHASE_INSTALLING, PHASE_COMPILING };

/* What is known from the tool's lines and from what appears on disk. */
struct build_progress {
    const struct python_watcher *watcher;
    enum build_phase phase;
    size_t total;        /* packages */
    size_t collected;    /* packages that pip has named */
    char *site_packages; /* where they get to */
    char *archives;      /* where uv unpacks each package */
    size_t archives_before, installed_before;
    double bytes; /* downloaded */
    struct {
        char name[64];
        double bytes;
    } pending[SIZES_MOST]; /* downloads that run */
};
void build_progress_init(struct build_progress *progress, const struct build *build);
void build_progress_release(struct build_progress *progress);
void build_progress_line(void *progress, const char *line); /* struct tool's line */
void build_progress_tick(void *progress);                   /* struct tool's tick */
