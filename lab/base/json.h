#pragma once
/* Conveniences over jansson: building and reading objects without a line per field. */

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

void json_release_pointer(json_t *const *value);
/* `autojson json_t *object = json_object();` drops its reference when the block is left. */
#define autojson __attribute__((cleanup(json_release_pointer)))

/* A string from bytes of any kind: invalid UTF-8 becomes U+FFFD, so that output is always strict JSON. */
json_t *json_text(const char *data, size_t len);
json_t *json_text_or_null(const char *text); /* NULL gives null */

/* Sets object[key] = value, taking the reference over. */
void json_put(json_t *object, const char *key, json_t *value);

const char *json_get_string(const json_t *object, const char *key, const char *otherwise);
double json_get_number(const json_t *object, const char *key, double otherwise);
long long json_get_integer(const json_t *object, const char *key, long long otherwise);
bool json_get_boolean(const json_t *object, const char *key, bool otherwise);

/* One compact line and a newline, written whole to standard output's buffer. */
void json_print_line(const json_t *value);
