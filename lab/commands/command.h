#pragma once
/*
 * What every command shares: its row in the table, options, and the context in which it runs.
 *
 * A command is a file that reads top to bottom: purpose, options, helpers, cmd_NAME. Its row stands in main.c, which also
 * feeds `lab help`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "course/course.h"
#include "library/library.h"
#include "term/term.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LIST };

/* An option: how it is written, what it takes, and where its value goes in the command's own struct of values. */
struct option {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t offset;        /* of a bool, const char *, struct option_number or struct option_texts */
    const char *argument; /* name of the value in help; NULL for flags */
    const char *help;
    long long least, most; /* of a number */
};

struct option_number {
    bool given;
    long long value;
};

enum { OPTION_TEXTS_MOST = 64 };
struct option_texts { /* of an option that may be repeated */
    const char *items[OPTION_TEXTS_MOST + 1];
    size_t count;
};

struct options {
    const struct option *items;
    size_t count;
    size_t values_size; /* of the struct of values, which is zeroed before parsing */
};
extern const struct options no_options;

struct context {
    const char *course; /* --course, or NULL */
    bool json, quiet, verbose, no_color;
    int before_dashes;    /* how many arguments stand before "--"; all of them when there is none */
    struct term out, err; /* of standard output and standard error */
};

enum { ANY_NUMBER = -1 };

struct command_table {
    const struct command *items;
    size_t count;
    const char *usual; /* of verbs: the one that is meant when none is given, or NULL */
};

struct command {
    const char *name, *arguments, *summary;
    const char *group; /* heading in help */
    const struct options *options;
    int least, most; /* positional arguments; what stands behind "--" counts among them */
    /* Returns an exit status of 0 or more, or -1 with err set. */
    int (*run)(const struct context *context, const void *values, int argc, char **argv, struct err *err);
    /* Of a command that is only the first word of others ("author" of "author new"), those; else NULL. */
    const struct command_table *verbs;
};

/* Parses the command line against the table, runs the command, prints its error if there is one, and returns the exit
 * status of the process. */
int command_main(const struct command *table, size_t count, int argc, char **argv);

/* ---- shared by commands ---- */

/* Opens the course at hand, of --course, LAB_COURSE or the current folder. */
int command_course(const struct context *context, struct course **course, struct err *err);

/* Opens it and those that were added; says on standard error which of these cannot be had. */
int command_library(const struct context *context, struct library *library, struct err *err);

/* A fault in an added course hinders no other: it is said on standard error (not with --quiet), and 0 is returned. In the course
 * at hand it is the command's: *err, and -1. */
int command_leave_out(const struct context *context, const struct shelved *shelved, const struct err *fault,
                      struct err *err);

/* What a command is about: an exercise, its course, and the workspace. */
struct target {
    struct library library;
    struct course *course; /* of the library */
    const struct exercise *exercise;
    char *directory; /* of the workspace: where it is or would be */
    bool started;
};
void target_release(struct target *target);

/* Finds it from the exercise's id ("EX" or "COURSE/EX"), or without one (NULL) from the workspace one stands in. `directory`
 * (may be NULL) says where the workspace lies. The course at hand is --course, else the one that the workspace belongs to,
 * else as course_find says; --course alone rules out those that were added. */
int command_target(const struct context *context, const char *id, const char *directory, struct target *target,
                   struct err *err);

/* As command_target, for a command that needs a started workspace: ERR_USAGE with "lab start EX" when it is not. */
int command_started(const struct context *context, const char *id, const char *directory, struct target *target,
                    struct err *err);

/* A descriptor that becomes readable on Ctrl-C and its like, which do nothing else from then on. */
int command_interrupts(struct err *err);
/* Closes it; from then on they end this process again, also those that came meanwhile, unless they were heeded. */
void command_interrupts_end(int descriptor, bool heeded);

/* Whether there is a terminal to ask a question on. */
bool command_asks(void);

/* Asks a yes-or-no question on the terminal; `otherwise` when there is none to ask on. */
bool command_confirm(const char *question, bool otherwise);
