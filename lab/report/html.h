#pragma once
/* Writing HTML: whatever comes from a course or a learner is text, and never markup. */

#include "base/str.h"

/* Appends text for an element or a quoted attribute: & < > " ' as references, what is no UTF-8 as U+FFFD, control characters as
 * spaces. */
void html_text(struct str *out, const char *text);

/* Appends markup, of which only the format may hold any: %s is a text and comes out as html_text has it, %d is an int. There are
 * no flags and no other conversions. */
void html_add(struct str *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
