#pragma once
/*
 * What the files of the supervisor share: its loop (supervise.c) starts checks and hears what their runners say, a check's
 * verdict is settled here (supervise_settle.c), and so is what the keeper says of the services (supervise_services.c).
 */

#include "attempt/keeper.h"
#include "attempt/lacks.h"
#include "attempt/runner.h"
#include "attempt/schedule.h"

/* One check's runner and what came of it. */
struct slot {
    struct runner runner;
    json_t *value; /* what the check returned, for those that need it */
};

struct supervisor {
    struct attempt *attempt;
    struct sink *const *sinks;
    size_t sink_count;
    struct schedule schedule;
    struct slot *slots; /* parallel to the exercise's checks */
    size_t running;     /* checks without a verdict */
    unsigned jobs;
    struct keeper *keeper;
    enum { SERVICES_STARTING, SERVICES_READY, SERVICES_FAILED } services; /* ready when there are none */
    char *services_fault;                                                 /* why they failed */
    struct lacks lacks;
    bool silent;              /* checks were begun, but nothing may be told yet */
    bool interrupted, strays; /* strays: a runner died, what it left must be swept */
    struct attempt_summary summary;
};

void supervisor_tell(const struct supervisor *s, struct event event);

/* ---- services ---- */

/* A frame of the keeper, or its end. */
void hear_keeper(struct supervisor *s);

/* Whether a service has ended by now: whoever could not reach it may be heard sooner than the keeper sees that. */
bool has_lost_services(struct supervisor *s);

/* ---- verdicts: each settles the check, counts it and tells ---- */

void settle_blocked(struct supervisor *s, size_t index, const char *blocked_by);

/* The machine lacks a tool, or a service that the attempt began with: never the learner's fault. */
void settle_lacking(struct supervisor *s, size_t index, const struct lack *lack);

void settle_broken(struct supervisor *s, size_t index, const char *message);

/* What the worker said, as a result; anything that is not understood is broken, never a pass. Not settled when the interrupt came
 * meanwhile. */
void settle_outcome(struct supervisor *s, size_t index, const json_t *done);
void settle_question(struct supervisor *s, size_t index);
