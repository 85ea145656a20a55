#pragma once
/*
 * The formats of a course's files for those who write them: as JSON Schema (draft-07), by which an editor completes and
 * checks, and as the tables of docs/format.md. Both are made from the tables that the parser reads by, so they cannot say
 * anything else; what only the parser can know is listed in docs/format.md.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"
#include "course/fields.h"

struct schema {
    const char *name; /* "exercise": of `lab author schema exercise`, and of the file exercise.schema.json */
    const char *file; /* the file that it is about: "exercise.yaml" */
    const struct fields *format;
    const char *about;
};
extern const struct schema schemas[];
extern const size_t schema_count;

/* The schema with this name. NULL with ERR_USAGE, which lists them, when there is none. */
const struct schema *schema_find(const char *name, struct err *err);

json_t *schema_json(const struct schema *schema); /* a new reference */

/* Appends it as a file has it: indented, with a final newline. */
void schema_append(struct str *out, const struct schema *schema);

/* Appends a heading and a table for every map of the format: keys, types and ranges, defaults, meaning. */
void schema_append_markdown(struct str *out, const struct schema *schema);
