#pragma once
/*
 * Golden transcripts: what a learner sees for the start, the solutions and each wrong variant, kept in the course as
 * tests/golden/EX/NAME.txt, so that a change of wording or of behaviour is seen in review. What differs from run to run (how long
 * things took) is made equal first.
 */

#include "author/proof.h"

/* The transcript of a result, made comparable. */
void golden_normalize(struct str *out, const char *transcript);

/* Compares the cases that have one. Without a folder tests/golden/EX nothing is compared. With `update`, differences are shown on
 * `show` as unified diffs and gathered, and golden_write writes them; else each is a fault of its case. *changed counts them. */
struct golden_change {
    char *path; /* from the course's folder */
    char *text; /* NULL: the file is of no case any more */
};
struct golden_changes {
    array(struct golden_change) list;
};
void golden_changes_release(struct golden_changes *changes);

int golden_compare(struct proof *proof, const struct course *course, bool update, struct golden_changes *changes,
                   struct str *diffs, struct err *err);
int golden_write(const struct golden_changes *changes, const struct course *course, struct err *err);
