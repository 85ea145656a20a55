#pragma once
/* What sql may ask for and be answered, whichever database answers. */

#include <stddef.h>

enum {
    ROWS_ANSWER_MOST = 8 << 20, /* bytes of a whole answer, a value counted as ROWS_VALUE_COST and its text */
    ROWS_VALUE_COST = 32,
    ROWS_MOST = 10000,
    ROWS_QUERY_MOST = 64 << 10, /* bytes of a query */
};

/* What is wrong with an answer of so many rows and such a cost, as an end to "it …"; NULL: nothing. */
static inline const char *rows_fault(size_t count, size_t cost) {
    if (count > ROWS_MOST) return "answers with more than 10 000 rows";
    return cost > ROWS_ANSWER_MOST ? "answers with more than 8 MiB" : NULL;
}
