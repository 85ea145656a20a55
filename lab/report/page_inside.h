#pragma once
/* The parts of the page. Inside report/ only. */

#include "report/html.h"
#include "report/page.h"

enum { PAGE_DATE_SIZE = 11 };
void page_date(char date[PAGE_DATE_SIZE], int64_t time); /* "2026-01-05", UTC */

/* The cell of a table with a bar of so many per cent; `mark` is where it should reach, 0: nowhere. */
void page_bar(struct str *out, int percent, int mark);

void page_tracks(struct str *out, const struct survey *survey); /* certificates, modules, what was not judged */
void page_skills(struct str *out, const struct page *page, const struct page_course *one);
void page_tallies(struct str *out, const struct survey *survey);   /* levels, phases, layers */
void page_exercises(struct str *out, const struct survey *survey); /* what was passed, and when */

/* page.css, carried inside lab. */
extern const char page_style[], page_style_end[];
