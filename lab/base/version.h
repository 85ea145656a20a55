#pragma once
/* Versions of programs: up to three numbers. They are compared as numbers, so 2.9 is older than 2.40. */

#include <stdbool.h>

#include "base/str.h"

enum { VERSION_PARTS = 3, VERSION_DIGITS = 5, VERSION_TEXT_SIZE = VERSION_PARTS * (VERSION_DIGITS + 1) };

struct version {
    unsigned parts[VERSION_PARTS]; /* what is not said is 0 */
};

/* Reads "1", "1.2" or "1.2.3"; false when the text is anything else. */
bool version_read(struct version *version, const char *text);

/* Finds the first version in what a program says of itself ("jq-1.6", "git version 2.39.5"): one with a dot before one
 * without. `text` gets the version as it stands there. False when there is none. */
bool version_find(struct version *version, char text[VERSION_TEXT_SIZE], struct sv said);

bool version_is_older(const struct version *a, const struct version *b);
