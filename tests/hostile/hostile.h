#pragma once
/*
 * What the files of the hostile program share. `hostile MODE [ARGUMENT…]` is one program with a table of modes in
 * each file: the tests of the box run it, and `lab doctor --attack` does.
 *
 * An attack says what it reached and ends with 0; one that reached nothing says "nothing" and ends with KEPT_IN, so
 * that one that fell over is taken for neither. No attack may harm a machine that does not hold it: sizes are capped,
 * calls that would change something carry arguments that are refused after the permission was looked at, and nothing
 * outlives a minute.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { LIFE = 60, KEPT_IN = 7 };

struct mode {
    const char *name;
    int (*run)(char **args);
};

/* The modes of the other files, each ended by a row without a name. */
extern const struct mode attack_calls[], attack_exhaust[], attack_linger[];

/* Who started the program; a child of it would ask in vain. */
extern pid_t starter;

static inline long number(const char *text) { return text ? strtol(text, NULL, 10) : 0; }

static inline void say(const char *text) {
    if (write(STDOUT_FILENO, text, strlen(text)) < 0) _exit(99);
}

static inline void idle(void) {
    for (;;) pause();
}

/* Notes a thing that the attack reached. */
void reached(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what was noted; the exit status. */
int conclude(void);
