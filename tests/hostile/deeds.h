#pragma once
/* Attacks that are more than one system call: attack_deeds.c, for the table of attack_calls.c. */

#include <stdbool.h>

struct deed {
    const char *attack, *what;
    bool (*works)(void); /* called in a child of its own */
};
extern const struct deed deeds[]; /* ended by a row without a name */
