#pragma once
/* The six verdicts on a check, and whose fault each is. A row a verdict, in course/verdict.c. */

#include <stdbool.h>

enum verdict {
    VERDICT_PASS,    /* the work does what the check asks */
    VERDICT_FAIL,    /* the learner's work falls short */
    VERDICT_TIMEOUT, /* the learner's program ran too long */
    VERDICT_BLOCKED, /* a needed check did not pass, or a tool or service is missing */
    VERDICT_BROKEN,  /* the checker or lab failed: never charged to the learner */
    VERDICT_UNTRIED, /* the tree still equals the start (of a whole attempt only) */
};
enum { VERDICT_COUNT = VERDICT_UNTRIED + 1 };

const char *verdict_name(enum verdict verdict);              /* "pass" … */
bool verdict_is_failure(enum verdict verdict);               /* the learner's to mend */
bool verdict_parse(const char *name, enum verdict *verdict); /* false for an unknown name */
