#pragma once
/*
 * The whole terminal: keys as they are typed, and a picture that covers it, on the alternate screen. Whatever way the process
 * ends, save by SIGKILL, the terminal is as it was before: screen_close, or a handler for the signals of a crash.
 */

#include "base/err.h"
#include "base/str.h"

enum key {
    KEY_NONE = 0, /* values below 256 are the byte that was typed */
    KEY_UP = 256,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_CLOSED, /* the terminal is gone */
};
enum { KEY_TAB = '\t', KEY_CTRL_C = 3, KEY_CTRL_Z = 26 };

struct screen {
    int resized; /* readable when the size has changed */
    int rows, columns;
    char typed[64]; /* bytes that are no whole key yet */
    size_t typed_count;
};

/* Takes the terminal over: standard input and standard output. ERR_ENVIRONMENT when they are none. One at a time. */
int screen_open(struct screen *screen, struct err *err);
void screen_close(struct screen *screen); /* gives it back; twice is once */
void screen_forget(void);                 /* in a process forked from this one: the terminal stays the parent's */

void screen_measure(struct screen *screen); /* rows and columns, as they are now */
void screen_suspend(struct screen *screen); /* what Ctrl-Z does; returns when the process goes on */

/* The next key that was typed, KEY_NONE when there is none yet. Reads standard input once when it has none in store. */
int screen_key(struct screen *screen, bool readable);

/* Shows one line for each row; a line is styled text, at most as wide as the screen. */
void screen_draw(const struct screen *screen, struct sv lines);
