#pragma once
/*
 * Python environments: shared by name, built once per lock in the cache, under a lock file so that two builders make
 * one. They are built where they stay, since their scripts hold absolute paths, and count only with a marker that is written
 * last: whatever moment lab is killed at, the next call finds a whole environment or clears the remains.
 *
 * The place is <cache>/python/NAME-<first 16 digits of SHA-256 over lock, interpreter and recipe>/. The environment without
 * packages ("plain", for exercises of the standard library) is made the same way.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/beneath.h"
#include "base/err.h"
#include "base/str.h"

/* Told while an environment is built: packages done of all, bytes fetched, what happens now. */
struct python_watcher {
    void (*show)(void *context, const char *label, size_t done, size_t total, double bytes);
    void *context;
};

struct python {
    char *directory; /* the environment; directory/bin/python is its interpreter */
    char *version;   /* "3.11.2" */
    bool built;      /* this call built it */
};
void python_release(struct python *python);

/* The interpreter that environments are made of: $LAB_PYTHON, /usr/bin/python3, then PATH; at least 3.11.
 * ERR_ENVIRONMENT with the package to install. Path and version allocated. */
int python_interpreter(char **path, char **version, struct err *err);

/* Finds or builds the environment `name` of the course in `environments` (…/exercises/environments); name NULL is plain.
 * One that has lost files since it was built, or had them cut short, is built anew. By uv when found (PATH, or the
 * cache, or from the package index into the cache), else by venv and pip; hash-checked. ERR_ENVIRONMENT when it cannot be built, with the tool's last lines and what to do. */
int python_ensure(struct python *python, const char *environments, const char *name,
                  const struct python_watcher *watcher, struct err *err);

/* As python_ensure but never builds: false when it is not there yet. */
bool python_find(struct python *python, const char *environments, const char *name);

/* True when one that was found still holds as much as when it was built: a file that was lost or cut short since makes it false. Takes
 * some tens of ms. */
bool python_is_whole(const struct python *python);

/* How environments would be built here, for doctor: "uv 0.9.1 (/usr/bin/uv)", "venv and pip" … Caller frees. */
char *python_builder(void);

/* True when the interpreter can make an environment with pip (Debian: python3-venv), which is needed without uv. */
bool python_has_pip(void);

/* Adds the folders that lie in the cache besides the environments that this course's locks name (NULL: any complete one
 * counts): unfinished ones, unless they are being made, and those of older locks. */
void python_leftovers(struct names *folders, const char *environments);

/* What a program needs to see besides the environment when its interpreter lies outside of /usr, as those of pyenv, conda and uv
 * do: the folders of the interpreter and its library, nothing beside them. NULL-terminated, in arena. */
enum { PYTHON_BASE_MOST = 3 };
struct arena;
const char **python_base_folders(struct arena *arena, const char *environment);

/* The fixed environment of every run, "NAME=value" each, NULL-terminated: HOME, PATH with the environment first, LANG, LC_ALL,
 * TZ, PYTHONHASHSEED, PYTHONDONTWRITEBYTECODE, OMP_NUM_THREADS, VIRTUAL_ENV. Strings live in arena. */
const char **python_run_environment(struct arena *arena, const char *environment, const char *home, const char *tmp);
