#pragma once
/*
 * The document of `lab progress export`, as tables: one row a field, in the order of the columns of its statements. What
 * is written and what is accepted come from the same rows. docs/progress.md describes it. Private to progress/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_NAME   "lab-progress-"
#define EXCHANGE_FORMAT EXCHANGE_NAME "3"
enum { EXCHANGE_VERSION = 3 }; /* written; those before it are read */

enum field_kind {
    FIELD_TEXT,            /* at most `most` bytes */
    FIELD_NAME,            /* an id of the course */
    FIELD_KEY,             /* of an exercise: its id, or COURSE/ID */
    FIELD_HASH,            /* 64 hexadecimal digits */
    FIELD_IDENTITY,        /* 32 hexadecimal digits */
    FIELD_VERDICT,         /* of a check */
    FIELD_ATTEMPT_VERDICT, /* of an attempt */
    FIELD_INTEGER,         /* least … most */
    FIELD_REAL,            /* 0 … most */
    FIELD_FLAG,            /* true or false */
};

struct field {
    const char *key;
    enum field_kind kind;
    bool nullable;
    int64_t least, most;
    int since; /* the version that brought it. In older documents it is missing, and null */
};

enum { FIELDS_MOST = 12 };

struct record {
    const char *list; /* key of the list in the document */
    const struct field *fields;
    size_t count, most; /* fields; records in a list */
    const char *select; /* columns in the order of fields */
    const char *insert; /* parameters: the list's own, then fields */
};

extern const struct record exchange_attempts; /* one more column, the last: its row's id */
extern const struct record exchange_checks;   /* parameter of select: the attempt; of insert: attempt, position */
extern const struct record exchange_opened;
extern const struct record exchange_hints;

/* Among the attempt verdicts that there are. */
bool exchange_knows_verdict(const char *name);
