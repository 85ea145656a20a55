#pragma once
/*
 * A place: a folder in the cache that is made once, by tools that write absolute paths into it (a virtual environment
 * cannot be moved), so it is made where it will stay. What is always true: a place without its marker is nothing, and is
 * cleared by whoever makes it next; the marker is written last, whole, under the place's lock; the lock is inherited by
 * the tools, so that one that outlives a killed lab still keeps others out.
 */

#include <stdbool.h>

#include "base/err.h"
#include "workspace/python.h"

/* Fills the empty or absent folder `directory`; `lock` is for the tools to inherit (struct tool). */
typedef int place_make(void *context, int lock, struct err *err);

/* True when directory was made to its end and its program `bin/python` is still there. */
bool place_is_complete(const char *directory);

/* True when a complete place still holds as many files and bytes as when it was made. Reads the sizes of all: for thousands of files some
 * tens of ms. */
bool place_is_whole(const char *directory);

/* True while another process makes it. */
bool place_is_locked(const char *directory);

/* Makes directory unless it is whole. Waits while another process makes it. On failure and on SIGINT, SIGTERM or SIGHUP
 * nothing of it is left. `description` and how much there is go into the marker. *made tells whether this call made it. */
int place_ensure(const char *directory, const char *description, const struct python_watcher *watcher, place_make *make,
                 void *context, bool *made, struct err *err);

/* Calls the watcher, if there is one. */
void watcher_show(const struct python_watcher *watcher, const char *label, size_t done, size_t total, double bytes);
