#pragma once
/* The machine. */

#include <stdbool.h>

/* Processors that are online: at least 1, at most `most`. */
unsigned machine_cores(unsigned most);

/* True on Debian, and on what says in os-release that it is made of it: apt installs Debian's packages there. */
bool machine_is_debian(void);
bool machine_release_is_debian(const char *release); /* the text of os-release */
