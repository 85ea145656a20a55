#pragma once
/* What came of proofs: for people, as NDJSON (docs/events.md) and as JUnit XML. */

#include <stdio.h>

#include "author/proof.h"
#include "term/term.h"

/* A heading, the cases at fault (with `verbose` all), the faults of the whole, and one line that sums up. */
void proof_print(const struct proof *proof, FILE *stream, const struct term *term, bool verbose);

/* One `case_done` object a case, then `proof_done`, to standard output. */
void proof_print_json(const struct proof *proof);

/* Writes a file of one <testsuite> an exercise, one <testcase> a case and one more for the whole, as continuous integration systems
 * read them (the format that Apache Ant's JUnit task established). */
int proof_write_junit(const struct proof *proofs, size_t count, const char *path, struct err *err);
