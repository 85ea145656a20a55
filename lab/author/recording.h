#pragma once
/*
 * lab author record: what a command does to the solution, as the draft of a check. The command runs twice, in the box, by a checker
 * of lab's own (record.lua); the draft asks for what was the same both times, and is run on the solution before it is handed out.
 */

#include "author/work.h"
#include "base/json.h"

struct recording {
    const struct work *work; /* its variant is the solution */
    const char *environment; /* as in attempt_options */
    const char *cache;
    const char *folder;  /* an empty one, for trials; the caller removes it */
    int interrupt;       /* as in attempt_options */
    const char *id;      /* of the check that is drafted */
    const json_t *asked; /* {"id", "argv": [text], "service": bool, "requests": [{"method", "path", "body"}]} */
};

/* Drafts the check. ERR_COURSE when the solution fails at it (it runs too long, is ended by a signal, the service does not get
 * ready …), ERR_ENVIRONMENT when the machine lacks something. */
int recording_draft(const struct recording *record, struct str *draft, struct err *err);

/* Runs the check with this id of a checker on the solution; the exercise is the work's, with `checks` in place of its own. As
 * recording_draft when it does not pass. */
int recording_prove(const struct recording *record, struct sv checker, const struct check *checks, size_t count,
                    struct err *err);

/* ---- record_append.c ---- */

/* An exercise's files with one check more. */
struct recording_files {
    struct str yaml, checker;         /* as they are to be */
    struct str yaml_was, checker_was; /* as they were read */
};
#define RECORD_FILES_INIT \
    { STR_INIT, STR_INIT, STR_INIT, STR_INIT }
void recording_files_release(struct recording_files *files);

/* Reads them as they are, before the command is run. */
int recording_read(struct recording_files *files, const struct work *work, struct err *err);

/* Adds the check at the end of both; all else stays as it was, comments too. The exercise has no check with that id. ERR_COURSE for
 * checks that are written in a way that is not edited here. */
int recording_add(struct recording_files *files, const struct work *work, const char *id, const char *draft,
                  struct err *err);

/* Writes both, or none. ERR_COURSE when they have changed since they were read. */
int recording_write(const struct recording_files *files, const struct work *work, struct err *err);
