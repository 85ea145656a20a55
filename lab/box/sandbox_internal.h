#pragma once
/* What the files of the sandbox share. */

#include "base/str.h"
#include "box/box.h"
#include "box/init.h"

#define SANDBOX_STAGE "/tmp" /* where root lays its folders out for bubblewrap, in a mount namespace of its own */

enum { SANDBOX_FILES = 5 };
static const uint64_t SANDBOX_TMPFS_SIZE = 256u << 20; /* bytes, of a box without a limit */

/* The descriptors of bubblewrap, by number. */
enum {
    SANDBOX_AT_COMPLAINTS = 2,
    SANDBOX_AT_SOCKET = INIT_SOCKET,
    SANDBOX_AT_OPTIONS,
    SANDBOX_AT_FILTER,
    SANDBOX_AT_IMAGE,
    SANDBOX_FILE_FIRST,
    SANDBOX_END = SANDBOX_FILE_FIRST + SANDBOX_FILES
};

/* A file in memory that holds the text, read from its beginning. */
int sandbox_memory_file(const char *name, const struct str *text, struct err *err);

/* Appends bubblewrap's options, each ended by a NUL, and makes the SANDBOX_FILES files that they name. `staged`: the
 * folders lie in SANDBOX_STAGE, by their number in the configuration. */
int sandbox_view(struct str *options, const struct box_config *config, bool staged, int *descriptors, struct err *err);
