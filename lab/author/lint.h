#pragma once
/*
 * What can be known of a course without running what learners write: `lab author lint`. Rules are files of their own
 * (lint_*.c), what they find is a finding (finding.h). Everything that is read belongs to a stranger's course:
 * through descriptors that stay beneath its folder, links are never followed, sizes are bounded.
 */

#include "author/finding.h"
#include "course/course.h"
#include "term/term.h"

struct lint_request {
    const char *directory;  /* of the course */
    const char *const *ids; /* of the exercises to look at */
    size_t count;           /* 0: all, and the course as a whole */
};

/* Looks, and gives what was found, sorted, with the course that it is about and how many exercises were looked at.
 * What is wrong with the course is a finding; -1 for what is no course at all, for an id that it has not (ERR_USAGE),
 * and when the machine fails. */
int lint_run(struct findings *findings, struct course **course, size_t *exercises, const struct lint_request *request,
             struct err *err);

/* ---- showing ---- */

struct lint_counts {
    size_t exercises, errors, warnings, notes;
};
struct lint_counts lint_count(const struct findings *findings, size_t exercises);

/* For people: each finding with its place, the line, a caret and what to do, then a summary; `brief`: errors and
 * warnings without their lines. The texts are harmless on a terminal. */
void lint_print(const struct findings *findings, const struct course *course, const struct lint_counts *counts,
                bool brief, const struct term *term);

/* As NDJSON: a `finding` each, then `lint_done`. */
void lint_print_json(const struct findings *findings, const struct lint_counts *counts);

/* SARIF 2.1.0 (OASIS), one run; allocated. */
char *lint_sarif(const struct findings *findings);
