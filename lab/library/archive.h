#pragma once
/*
 * A course as one file, FILE.labcourse: an uncompressed tar of plain files. Its first entry is manifest.json,
 *
 *     {"format": "lab-archive-1", "id": ID, "files": {PATH: {"sha256": HEX, "size": BYTES, "executable": BOOL}}}
 *
 * and then comes every file that it names, once. Order, times, owners and modes are fixed, so equal files make equal
 * archives.
 */

#include <stddef.h>

#include "base/hash.h"
#include "course/course.h"

#define ARCHIVE_FORMAT   "lab-archive-1"
#define ARCHIVE_MANIFEST "manifest.json"
#define ARCHIVE_ENDING   ".labcourse"

struct packed {
    char *file; /* what was written; FILE.sha256 lies beside it */
    char sha256[HASH_HEX_SIZE];
    size_t files;
};
void packed_release(struct packed *packed);

/* Writes the course into `out`, or ID-REF.labcourse in that folder, or (NULL) in the current one; REF is made of the content.
 * Left out: what begins with a dot, build/, node_modules/, byte code and archives. ERR_USAGE names an entry that no course may
 * have, ERR_COURSE when the course is invalid. */
int archive_pack(struct packed *packed, struct course *course, const char *out, struct err *err);

/* Takes the file into an unlinked one of lab's own in `folder`, so that nobody changes it any more, and its SHA-256. Returns the
 * descriptor, or -1: ERR_USAGE when it is no file, or too large. */
int archive_take(const char *file, int folder, char sha256[HASH_HEX_SIZE], struct err *err);

/* Unpacks it into the empty folder `target`; *id is the course's, as the manifest has it (caller frees). ERR_USAGE, with the entry, for whatever is not as above, or goes beyond the limits
 * of a course. */
int archive_unpack(int archive, int target, char **id, struct err *err);
