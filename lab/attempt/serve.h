#pragma once
/* Answers the worker's requests (checker/protocol.md): the runner's side of the channel. */

#include "attempt/dock.h"
#include "attempt/internal.h"
#include "attempt/material.h"
#include "attempt/reproduce.h"
#include "box/box.h"
#include "checker/channel.h"

enum { SIGNAL_TEXT_SIZE = 24 };
/* "SIGSEGV", or "signal 34" for one without a name, as the real-time signals are; answers text. */
const char *signal_text(char text[SIGNAL_TEXT_SIZE], int number);

/* What a check's runner owns. */
struct service_desk {
    const struct attempt *attempt;
    const struct check *check; /* NULL while only loading */
    struct box *box;
    int worker;                  /* the channel to the worker */
    int supervisor;              /* the channel to the supervisor, for output events */
    const struct places *places; /* folders of the check */
    struct material material;
    struct reproduction reproduction;
    struct dock dock;
    json_t *commands; /* the "try" line of each run and service, in order */
};

/* Carries one request out and answers it. -1 when the check must end: the channel failed, or ERR_INTERRUPTED. */
int serve_request(struct service_desk *desk, const struct frame *request, struct err *err);
