#pragma once
/*
 * The learner's progress as one page of HTML, for people who have no lab: complete in itself, without scripts, and loading
 * nothing. It shows verified work; the levels that a learner states stand apart from it and say so.
 */

#include "course/stated.h"
#include "progress/survey.h"

struct page_course {
    const struct course *course;
    const struct survey *survey;
    const struct stated *stated;
};

struct page {
    const char *name; /* whose progress it is, or NULL */
    int64_t time;     /* when, seconds since 1970 */
    bool has_role;
    enum role role; /* marked in the table of skills */
    const struct page_course *courses;
    size_t count;
};

void page_append(struct str *out, const struct page *page);
