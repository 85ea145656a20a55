/* What libyaml says, in our words, and where a person would look for it. */

#include "course/yaml_wording.h"

#include <stdlib.h>

#include "course/yaml_inside.h"

static struct yaml_position position_of(yaml_mark_t mark) {
    return (struct yaml_position){(int)mark.line + 1, (int)mark.column + 1};
}

static const struct wording {
    const char *problem, *context; /* beginnings of libyaml's texts; NULL: any */
    const char *say;
    bool at_context; /* the place is where the construct began */
} wordings[] = {
    {"found unexpected end of stream", "while scanning a quoted scalar", "the quoted text that begins here has no end",
     true},
    {"found unexpected document indicator", "while scanning a quoted scalar",
     "the quoted text that begins here has no end", true},
    {"found unknown escape character", NULL,
     "unknown escape in double quotes; write \\\\ for a backslash, or use single quotes", false},
    {"mapping values are not allowed", NULL,
     "a ':' and a blank cannot stand here; put the text in quotes, or check the indentation", false},
    {"did not find expected ',' or ']'", NULL, "the list that begins here with '[' has no ']', or lacks a ','", true},
    {"did not find expected ',' or '}'", NULL, "the map that begins here with '{' has no '}', or lacks a ','", true},
    {"did not find expected node content", NULL, "a value is missing here; is a bracket left open?", false},
    {"did not find expected key", NULL, "expected a key here; check the indentation and the quotes", false},
    {"could not find expected ':'", NULL, "expected 'key: value' here; a ':' is missing", true},
    {"did not find expected '-' indicator", NULL, "expected '- ' here; check the indentation of the list", false},
    {"block sequence entries are not allowed", NULL, "a '- ' cannot stand here; a list begins on a line of its own",
     false},
};

static const struct wording *find_wording(const yaml_parser_t *parser) {
    const char *problem = parser->problem ? parser->problem : "", *context = parser->context ? parser->context : "";
    for (size_t i = 0; i < LENGTH(wordings); i++)
        if (string_starts_with(problem, wordings[i].problem) &&
            (!wordings[i].context || string_starts_with(context, wordings[i].context)))
            return &wordings[i];
    return NULL;
}

/* The byte at a mark, whose index counts characters. */
static char byte_at(const struct source *source, yaml_mark_t mark) {
    size_t index = 0;
    for (size_t i = 0; i < source->len; i++) {
        if (((unsigned char)source->text[i] & 0xc0) == 0x80) continue;
        if (index++ == mark.index) return source->text[i];
    }
    return '\0';
}

int yaml_fail_as_parser(const yaml_parser_t *parser, const struct source *source, struct err *err) {
    if (parser->error == YAML_MEMORY_ERROR) abort();
    if (parser->error == YAML_READER_ERROR)
        return yaml_fail(source, err, source_position(source, parser->problem_offset), "%s", parser->problem);
    struct yaml_position at = position_of(parser->problem_mark);
    if (byte_at(source, parser->problem_mark) == '\t')
        return yaml_fail(source, err, at, "a tab cannot stand here; indent with spaces");
    const struct wording *wording = find_wording(parser);
    if (!wording) return yaml_fail(source, err, at, "%s", parser->problem ? parser->problem : "not YAML");
    return yaml_fail(source, err, wording->at_context ? position_of(parser->context_mark) : at, "%s", wording->say);
}
