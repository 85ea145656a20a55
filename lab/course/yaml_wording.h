#pragma once
/* Errors of libyaml's parser. Inside course/yaml*.c only. */

#include <yaml.h>

#include "base/err.h"
#include "course/source.h"

/* Sets err to what stopped the parser; returns -1. */
int yaml_fail_as_parser(const yaml_parser_t *parser, const struct source *source, struct err *err);
