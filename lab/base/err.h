#pragma once
/*
 * Errors: one out-parameter, last in every signature, set once by whoever first knows.
 *
 * A struct err holds its text inline: nothing to free, safe across longjmp. Functions that take one return
 * 0 or -1. Only main prints an error and turns its code into the exit status. A check that fails is a
 * verdict, not an error.
 */

#include <stdarg.h>
#include <stdbool.h>

/* The values are the exit codes of the program. */
enum err_code {
    ERR_NONE = 0,
    ERR_USAGE = 2,         /* the command line, or something the learner named, is wrong */
    ERR_COURSE = 3,        /* the course is invalid */
    ERR_ENVIRONMENT = 4,   /* something that the machine lacks or refuses */
    ERR_INTERNAL = 6,      /* the checker or lab itself is at fault */
    ERR_INTERRUPTED = 130, /* Ctrl-C */
};

struct err {
    enum err_code code;
    char message[8192]; /* lower case, no full stop; several lines for a list of course errors */
    char help[256];     /* the one command or step that helps, or "" */
};

#define ERR_INIT \
    { 0 }

/* Sets code and message; returns -1, so that `return err_set(err, …)` reads well. err may be NULL. */
int err_set(struct err *err, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and the text of errno behind the message. */
int err_errno(struct err *err, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts context before the message: "context: message". Returns -1. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts the step that helps behind the message, "message; help", where there is but one line. Returns -1. */
int err_join(struct err *err);

/* Sets the step that helps, unless one is set already. Returns -1. */
int err_help(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
