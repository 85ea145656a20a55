#pragma once
/*
 * What is known of an added course: data/courses/NAME/record.json, and for a course that was fetched or unpacked its
 * content beside it, in the folder that the record names. The record is replaced by temporary and rename, so a course is
 * at every moment the old or the new one, whole; content that no record names is what a killed lab left.
 */

#include <jansson.h>

#include "base/err.h"

enum source_kind { SOURCE_FOLDER, SOURCE_GIT, SOURCE_ARCHIVE };
const char *source_kind_name(enum source_kind kind); /* "folder", "git", "archive" */

struct record {
    enum source_kind kind;
    char *source;    /* absolute path, or URL */
    char *ref;       /* what was asked for, or NULL: what the repository proposes */
    char *revision;  /* commit, or the archive's SHA-256; NULL for a folder */
    char *content;   /* name of the folder beside the record; NULL for a folder */
    json_t *digests; /* of each exercise: {id: {checks, start, lesson}} (changes.h) */
    bool trusted;    /* its services may run with the learner's rights; an older record says nothing: they may not */
};
void record_release(struct record *record);

/* The folder of all added courses. Caller frees. */
char *record_home(struct err *err);

/* Reads the record of NAME. ERR_USAGE when there is none, ERR_ENVIRONMENT when it cannot be read. */
int record_read(struct record *record, const char *name, struct err *err);
int record_write(const struct record *record, const char *name, struct err *err);
bool record_exists(const char *name);

/* Notes that the course is trusted, under the lock. ERR_USAGE when none of this name was added. */
int record_trust(const char *name, struct err *err);

/* Whether a course of this name was added and is not trusted; also when its record cannot be read. */
bool record_distrusts(const char *name);

/* Where the course lies. Caller frees. */
char *record_directory(const struct record *record, const char *name, struct err *err);

/* The names of added courses, in byte order. */
struct record_names {
    char **items;
    size_t count;
};
void record_names_release(struct record_names *names);
int record_list(struct record_names *names, struct err *err);

/* The lock of everyone who changes what is added; its descriptor, or -1. */
int record_lock(struct err *err);

/* A source as it may be shown: a URL's password is left out, with https the user as well (RFC 3986, 3.2.1). Caller frees. */
char *source_shown(const char *source);
