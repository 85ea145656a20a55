#pragma once
/*
 * A trial that is watched while it runs, in a process of its own: nothing that happens to it happens to the watcher. Its events
 * come as JSON, one a line (docs/events.md), and two more:
 *
 *     {"event": "preparing", "label": "…", "done": 3, "total": 88}   its Python environment is being built
 *     {"event": "fault", "message": "…"}                             why there is no verdict
 */

#include <jansson.h>
#include <sys/types.h>

#include "author/trial.h"
#include "author/work.h"

struct live {
    pid_t pid;                 /* 0: none */
    int events, stop, process; /* what it says; written to when it shall end; readable when it has ended */
    char *folder;              /* of its own */
    struct str said;           /* the line that is not complete yet */
    double overdue;            /* when it is killed, on the monotonic clock; 0: it may go on */
};
#define LIVE_INIT \
    { .events = -1, .stop = -1, .process = -1, .said = STR_INIT }

struct live_setting {
    const char *cache;    /* as in attempt_options */
    bool outputs;         /* `output` events too: what the programs said */
    void (*before)(void); /* runs in the new process first: lets go of what is the watcher's alone */
};

/* Starts it in `folder`, which is made. */
int live_begin(struct live *live, const struct work *work, const struct live_setting *setting, const char *folder,
               struct err *err);

/* Takes what it has said, without waiting. */
void live_hear(struct live *live, void (*take)(void *context, const json_t *line), void *context);

bool live_has_ended(const struct live *live);
void live_stop(struct live *live); /* asks it to end, and gives it a moment */

/* Kills it, if it still lives, and removes its folder. The status is waitpid's. */
int live_end(struct live *live);
