#pragma once
/*
 * Events that another process told as JSON (docs/events.md), made events again, so that a sink can show them here, as often and
 * as wide as wanted.
 */

#include "attempt/event.h"
#include "base/arena.h"

struct replay {
    const struct exercise *exercise;
    struct sink *sink;
    struct arena arena;
    struct attempt_facts facts;
    bool begun;
};
void replay_init(struct replay *replay, const struct exercise *exercise, struct sink *sink);
void replay_release(struct replay *replay);

/* Tells the sink one event. What is no event, or of a check that the exercise has not, is left out. */
void replay_event(struct replay *replay, const json_t *line);
