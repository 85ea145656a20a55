/* lab author VERB: what an instructor does. Each verb is a file of its own, author_VERB.c. */

#include "commands/author.h"

static const struct command verbs[] = {
    {"author test", "[EX…]", "prove that right work passes and wrong work fails", "", &author_test_options, 0,
     ANY_NUMBER, cmd_author_test, NULL},
    {"author preview", "EX [VARIANT]", "lesson and check as the learner sees them, at every save", "",
     &author_preview_options, 1, 2, cmd_author_preview, NULL},
};
const struct command_table author_verbs = {verbs, LENGTH(verbs)};
