#pragma once
/* The program compose, by which services become containers. Inside services/ only. */

#include "base/arena.h"
#include "base/err.h"

enum { COMPOSE_WORDS = 3 };

/* Finds a compose that works: docker's plugin, else the program of its own. Its words, NULL-terminated, strings in
 * arena; nothing is done when there are some already. ERR_ENVIRONMENT when there is none. */
int compose_find(const char *words[COMPOSE_WORDS], struct arena *arena, struct err *err);
