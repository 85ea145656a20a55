#pragma once
/*
 * Landlock (landlock(7)): where a box can have no namespaces of its own, this keeps its programs to the files that they
 * need. A ruleset is made once a box and entered by each program.
 *
 * What is always true: who has entered is held for good, and so is everything that it starts; programs that entered one
 * after the other cannot trace or signal each other. What it does not hold back: looking up names (stat, chdir), changing
 * modes, owners and times of files that belong to the user, sockets but TCP ones, and, for who has root's capabilities,
 * reading /proc/PID/environ and maps of others: they are to be dropped before.
 */

#include "base/err.h"
#include "box/filter.h"

/* The version of the kernel's interface (its "ABI"); 0: there is none. */
int landlock_level(void);

/*
 * Makes a ruleset and returns its descriptor, which closes at exec; caller closes. Beneath what is `readable` files may be
 * read and executed, beneath what is `writable` everything but devices may be made as well; both are NULL-terminated, and
 * may name files. A path that does not exist is skipped. Besides, /dev/null and its like may be used, and /proc read.
 * From level 4 on BOX_NETWORK_NONE refuses TCP; from level 6 on signals and abstract sockets stay inside. Moving files from
 * folder to folder needs level 2. ERR_ENVIRONMENT at level 0.
 */
int landlock_open(const char *const *readable, const char *const *writable, enum box_network network, struct err *err);

/* Enters the ruleset; no_new_privs must be set. 0 or -1 with errno. Only a system call: fit for a child between fork and
 * exec. */
int landlock_enter(int ruleset);
