/* lab author VERB: what an instructor does. Each verb is a file of its own, author_VERB.c. */

#include "commands/author.h"

static const struct command verbs[] = {
    {"author api", "", "print the reference of the checker API, in Markdown", "", &author_api_options, 0, 0,
     cmd_author_api, NULL},
    {"author test", "[EX…]", "prove that right work passes and wrong work fails", "", &author_test_options, 0,
     ANY_NUMBER, cmd_author_test, NULL},
};
const struct command_table author_verbs = {verbs, LENGTH(verbs)};
