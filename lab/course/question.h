#pragma once
/*
 * What a check asks that is a question: `kind: choice`, `number` or `text` in exercise.yaml. Such a check has no function in
 * checker.lua; the learner answers it in answers.yaml (course/answers.h). Right answers stand here alone, in the course,
 * and never in a workspace.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "course/strings.h"

enum check_kind { CHECK_LUA, CHECK_CHOICE, CHECK_NUMBER, CHECK_TEXT };

const char *check_kind_name(enum check_kind kind); /* "lua", "choice" … as exercise.yaml has it */

/* One answer to choose. */
struct choice {
    const char *id, *text; /* an id that is not given is a letter: a, b, … */
    bool right;
    const char *feedback; /* what who chose it is told, or NULL */
};

/* A value that may be a number or a text. */
struct scalar {
    const char *text; /* as written, or NULL: absent */
    double number;    /* NaN: it is none */
};

/* What a wrong number or text is told. */
struct feedback {
    struct scalar near; /* the wrong answer that it is for; absent: any */
    const char *say;
    const char *reason; /* the reason code that it gives, or NULL */
};

struct question {
    const char *asks;
    struct choice *choices; /* of a choice */
    size_t choice_count;
    double answer;          /* of a number */
    double within, percent; /* how far an answer may be from it, in its unit or of it; NaN: not said */
    const char *unit;       /* or NULL */
    struct strings accept;  /* of a text: right answers, in which `*` stands for any text */
    struct feedback *feedback;
    size_t feedback_count;
};

/* The choice with this id; NULL when there is none. */
const struct choice *question_choice(const struct question *question, const char *id);

/* How far from a value an answer may be, never negative. */
double question_tolerance(const struct question *question, double value);

/* Reads a number that a person wrote, with the question's unit behind it or without; false when it is none, or not finite. */
bool question_read_number(const struct question *question, const char *text, double *number);

/* Appends a text as answers are compared: lower case, white space as single spaces, none around. */
void question_normalise(struct str *out, const char *text);

/* Whether two texts are equal so. */
bool question_same_text(const char *a, const char *b);

/* Whether an answer is one that `accepted` stands for. */
bool question_matches(const char *accepted, const char *answer);
