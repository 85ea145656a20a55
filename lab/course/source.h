#pragma once
/* A text file of a course, and how a place in it is shown to a person. */

#include <stddef.h>

#include "base/str.h"
#include "course/yaml.h"

struct source {
    const char *file; /* as named in messages */
    const char *text;
    size_t len;
};

/* The source in text, which may begin with a byte order mark: that counts as no column. */
struct source source_of(const char *file, const char *text, size_t len);

/* Appends "file:line:col: message", the source line, and a caret below the place, without a final newline. Control
 * bytes are shown escaped; a long line is cut around the caret. Lines end as YAML 1.1 has it: LF, CR, CRLF, NEL, LS
 * and PS, since libyaml counts so. */
void source_describe(struct str *out, const struct source *source, struct yaml_position at, const char *message);

/* The place of a byte of the text. */
struct yaml_position source_position(const struct source *source, size_t offset);
