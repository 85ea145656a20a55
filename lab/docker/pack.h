#pragma once
/* The tar that an engine is handed: files out of a folder that someone else made. */

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

enum { PACK_BYTES_MOST = 256 << 20, PACK_ENTRIES_MOST = 20000 };

/* Packs the files that `paths` names (relative to the folder `below` in `folder`, "." is itself): regular files, links as links, and
 * the folders above them. No link is followed; modes are kept, and all belongs to root. ERR_USAGE for what is not there, is of
 * another kind, or is more than the limits above. */
int docker_pack(struct str *out, int folder, const char *below, const json_t *paths, struct err *err);
