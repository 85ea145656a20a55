#pragma once
/* Ctrl-C and its like. */

#include <signal.h>

/* SIGINT, SIGTERM and SIGHUP: what a person, or the end of a session, ends a program with. */
sigset_t interrupt_signals(void);
