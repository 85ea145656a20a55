#pragma once
/* The machine. */

/* Processors that are online: at least 1, at most `most`. */
unsigned machine_cores(unsigned most);
