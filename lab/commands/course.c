/* lab course VERB: the courses that a learner has beside the one at hand. Each verb is a file of its own, course_VERB.c. */

#include "commands/course.h"

static const struct command verbs[] = {
    {"course add", "PATH|URL|FILE", "add a course: a folder, a git repository, or an archive", "", &course_add_options,
     1, 1, cmd_course_add, NULL},
    {"course list", "", "the course at hand, and those that were added", "", &course_list_options, 0, 0,
     cmd_course_list, NULL},
    {"course update", "[NAME]", "fetch newer versions, and show what they change", "", &course_update_options, 0, 1,
     cmd_course_update, NULL},
    {"course trust", "NAME", "let the services of a course run with your rights", "", &course_trust_options, 1, 1,
     cmd_course_trust, NULL},
    {"course remove", "NAME", "forget a course; your work and progress in it are kept", "", &course_remove_options, 1,
     1, cmd_course_remove, NULL},
};
const struct command_table course_verbs = {verbs, LENGTH(verbs), NULL};
