/* lab author VERB: what an instructor does. Each verb is a file of its own, author_VERB.c. */

#include "commands/author.h"

static const struct command verbs[] = {
    {"author new", "EX", "make a small exercise, complete and proved, to begin with", "", &author_new_options, 1, 1,
     cmd_author_new, NULL},
    {"author lint", "[EX…]", "what can be known of exercises without running them", "", &author_lint_options, 0,
     ANY_NUMBER, cmd_author_lint, NULL},
    {"author test", "[EX…]", "prove that right work passes and wrong work fails", "", &author_test_options, 0,
     ANY_NUMBER, cmd_author_test, NULL},
    {"author preview", "EX [VARIANT]", "lesson and check as the learner sees them, at every save", "",
     &author_preview_options, 1, 2, cmd_author_preview, NULL},
    {"author record", "EX -- COMMAND…", "a draft of a check, from what the solution does", "", &author_record_options,
     1, ANY_NUMBER, cmd_author_record, NULL},
    {"author api", "", "print the reference of the checker API, in Markdown", "", &author_api_options, 0, 0,
     cmd_author_api, NULL},
    {"author schema", "[course|exercise|service|track|wrong]",
     "the formats of a course's files as JSON Schema, for editors", "", &author_schema_options, 0, 1, cmd_author_schema,
     NULL},
    {"author pack", "", "the course as one file, for others to add", "", &author_pack_options, 0, 0, cmd_author_pack,
     NULL},
};
const struct command_table author_verbs = {verbs, LENGTH(verbs), NULL};
