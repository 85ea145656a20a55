#pragma once
/*
 * Judging questions: the supervisor does it itself, since no program and no Lua is involved, only the text of answers.yaml in
 * the tree that was laid out. The outcome has the form of a worker's (checker/protocol.md), so that everything behind it is
 * the same for all checks.
 *
 * Its reasons: the id of the option chosen, or what a feedback names; `no-answer`, `no-such-option`, `no-number`,
 * `wrong-answer`, and `unreadable-answers` for a file, or a line of it, that cannot be read.
 */

#include <jansson.h>

#include "course/answers.h"

/* New reference. Its value, for checks that need it, is the answer as a text. */
json_t *question_judge(struct answers *answers, const struct exercise *exercise, const struct check *check);

/* Whether a check that is a question can give this reason. */
bool question_gives(const struct check *check, const char *reason);
