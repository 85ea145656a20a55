#pragma once
/*
 * What `lab author lint` has found: a stable code, how bad it is, where, and what to do. A list of findings is sorted
 * by place and shown for people, as NDJSON, or as SARIF 2.1.0.
 *
 * The codes are rows of one table (finding_codes.c); docs/lint.md explains each, and a test holds the two together. A
 * code's meaning never changes and is never used again for something else.
 */

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/mem.h"
#include "course/yaml.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

/* What a code means: E… is an error, W… a warning, N… a note. */
struct finding_code {
    const char *code;  /* "E012" */
    const char *name;  /* "unproved-check": for SARIF's rule name, and for reading */
    const char *about; /* one sentence: what is wrong with such a thing */
    const char *help;  /* what to do */
};
const struct finding_code *finding_code(const char *code); /* a row; the caller names one that exists */
const struct finding_code *finding_codes(size_t *count);   /* all of them, by code */

struct finding {
    const struct finding_code *code;
    const char *exercise;    /* id, or NULL: of the course */
    const char *file;        /* from the course's folder */
    struct yaml_position at; /* line 0: the file as a whole */
    const char *message;     /* one line, without the place */
};

struct findings {
    struct arena arena; /* of their texts */
    array(struct finding) list;
};
#define FINDINGS_INIT \
    { .arena = ARENA_INIT }
void findings_release(struct findings *findings);

/* Adds one; file and exercise are copied. */
void findings_add(struct findings *findings, const char *code, const char *exercise, const char *file,
                  struct yaml_position at, const char *format, ...) __attribute__((format(printf, 6, 7)));

void findings_sort(struct findings *findings);                 /* by file, line, column, code; equal ones once */
enum severity finding_severity(const struct finding *finding); /* by the letter of its code */
size_t findings_count(const struct findings *findings, enum severity severity);
