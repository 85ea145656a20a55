#pragma once
/*
 * Formats as tables: a row a key, from which reading, checking and defaults come. The tables stand in course/format.c.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "course/problems.h"
#include "course/yaml.h"

enum field_kind {
    FIELD_FORMAT,  /* must be `least`; stored nowhere */
    FIELD_INTEGER, /* int */
    FIELD_COUNT,   /* int64_t */
    FIELD_SECONDS, /* double */
    FIELD_SIZE,    /* int64_t: bytes, written as 512MiB */
    FIELD_NUMBER,  /* double, NaN when absent */
    FIELD_SCALAR,  /* struct scalar: a number or one line */
    FIELD_BOOLEAN, /* bool */
    FIELD_ENUM,    /* int-sized enum, the index in `names` */
    FIELD_TEXT,    /* const char *, may have several lines */
    FIELD_LINE,    /* const char *, one line */
    FIELD_ID,      /* const char * */
    FIELD_IDS,     /* struct strings */
    FIELD_LINES,   /* struct strings, one line each */
    FIELD_PATHS,   /* struct strings: paths or patterns that stay inside */
    FIELD_NAMES,   /* struct strings: names of files */
    FIELD_TOOL,    /* const char *, a program's name (tools.h) */
    FIELD_TOOLS,   /* struct tools */
    FIELD_IMAGES,  /* struct strings: images of containers (tools.h) */
    FIELD_MAP,     /* a nested struct at offset */
    FIELD_LIST,    /* a pointer to nested structs and, next to it, a size_t that counts them */
};

struct fields;

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
    bool required;
    int64_t least, most;      /* of a number (0, 0: any), the bytes of a text, the items of a list */
    int64_t otherwise;        /* of a number, boolean or enum that is absent */
    const char *const *names; /* of an enum */
    size_t name_count;
    const struct fields *nested;
    const char *doc;
};

/* The format of a map. */
struct fields {
    const char *what; /* "a check" */
    const struct field *items;
    size_t count;
    size_t size;              /* of the struct */
    const struct field *bare; /* the row that a bare text stands for, or NULL */
    const char *placed;       /* the key whose value's place is kept, or NULL */
    size_t place;             /* offset of that struct yaml_position */
};

struct field_reader {
    struct arena *arena; /* strings and lists are copied here */
    struct problems *problems;
};

/* Fills the struct at base, which is zeroed, from node; every fault is noted, and reading goes on behind it. What is at
 * fault keeps its default, so lists stay parallel to those of the text. */
void fields_read(const struct field_reader *reader, const struct fields *fields, const struct yaml_node *node,
                 void *base);

/* Appends a number of bytes as a FIELD_SIZE is written: 512MiB. */
void fields_append_size(struct str *out, int64_t bytes);
