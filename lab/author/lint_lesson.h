#pragma once
/* A lesson that is being judged. Inside lint's rules for lessons only. */

#include "author/lint_rules.h"
#include "term/outline.h"

struct lesson {
    struct lint *lint;
    struct lint_file *file;
    struct outline outline;
    const char **anchors; /* of its headings, sorted */
    size_t anchor_count;
};

void lesson_anchors(struct lesson *lesson); /* fills them in */

void lesson_link(const struct lesson *lesson, const struct outline_item *item); /* of a link or a picture */
void lesson_table(const struct lesson *lesson, const struct outline_item *item);
