#pragma once
/*
 * answers.yaml, in a workspace: what a learner answers to the questions of an exercise, a map from the ids of checks to an
 * option's id, a number or a text. Here it is read, written and begun; whether an answer is right is asked elsewhere. The
 * file is the learner's, so nothing in it is trusted, and what is wrong with it is a fault of theirs, with its place.
 */

#include "base/arena.h"
#include "course/course.h"

#define ANSWERS_FILE "answers.yaml"

enum { ANSWERS_MOST = 64 * 1024 /* bytes of the file */, ANSWER_MOST = 1000 /* of one answer */ };

struct answers {
    struct arena arena;
    struct str text;
    bool absent;       /* there is no such file */
    const char *fault; /* why none of it can be read: "answers.yaml:3:7: …", with the line and a caret; or NULL */
    const struct yaml_node *root; /* a map, or NULL: nothing is answered */
};

struct given_answer {
    const char *text;  /* as the learner means it, or NULL: none */
    int line;          /* where it stands; 0 without one */
    const char *fault; /* why there is none, with the place where it has one; NULL when it is simply not there */
};

/* Reads the file in a folder that is not trusted. */
void answers_read(struct answers *answers, int folder);
void answers_release(struct answers *answers);

/* The answer to a question of the exercise. Its texts live in answers. */
struct given_answer answers_get(struct answers *answers, const struct exercise *exercise, const struct check *check);

/* Appends the file that a workspace starts with: the questions as comments, and a line for each answer. */
void answers_append_template(struct str *out, const struct exercise *exercise);

/* Changes one answer in the file's text and keeps all the rest, comments too. ERR_USAGE with the place when the text is no such
 * file, or is written so that one line of it cannot be changed alone. */
int answers_put(struct str *text, const char *id, const char *value, struct err *err);
